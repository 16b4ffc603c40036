import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VirtualHost } from '../bench/openzfs/virtual-host.ts';
import type { ProvisionerProcess } from '../bench/provisioner-process.ts';
import type { LogMark } from '../bench/storage-host/ssh-log.ts';
import { eventually } from '../bench/eventually.ts';
import { stateOf } from '../dataset-state.ts';
import { untilRefused } from '../refused-deletion.ts';
import { useStage } from '../stage.ts';

const path = 'zfs.pv.kubernetes.io/zfs-dataset-path';
const hostKey = 'zfs.pv.kubernetes.io/zfs-host';
const parentGuid = 'zfs-provisioner.io/parent-guid';

const stage = useStage({
  nodes: ['storage-1'],
  hosts: ['storage-1', 'storage-2'],
  provisioner: false,
  classes: [{ name: 'nfs' }, { name: 'hostpath', type: 'hostpath' }],
});

let folder = '';
let provisioner: ProvisionerProcess;

/** What a zfs that ran on the provisioner's own machine was asked to do. */
const ranHere = (): string =>
  existsSync(join(folder, 'ran-here')) ? readFileSync(join(folder, 'ran-here'), 'utf8') : '';

/** Starts the provisioner with a zfs that leaves a mark where it was not reached by SSH. */
async function start(env: Readonly<Record<string, string>> = {}): Promise<void> {
  const zfs = join(folder, 'zfs');
  provisioner = await stage().installation.start({
    ZFS_USAGE_INTERVAL: '1h',
    ZFS_BIN: zfs,
    ...env,
  });
  await provisioner.untilReady();
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'zfs-marker-'));
  chmodSync(folder, 0o755);
  const program = [
    '#!/bin/sh',
    `if [ -z "$SSH_CONNECTION" ]; then echo "$*" >>${folder}/ran-here; exit 1; fi`,
    'exec sudo -H zfs "$@"',
    '',
  ];
  const file = join(folder, 'zfs');
  writeFileSync(file, program.join('\n'), { mode: 0o755 });
  for (const host of stage().bench.hosts) {
    if (!(host instanceof VirtualHost)) continue;
    await host.machine.run(`mkdir -m 755 ${folder}`);
    await host.machine.copyIn(file, file);
  }
  await start();
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function provision(name: string, className = 'hostpath') {
  const volume = await stage().provision({ name, className });
  return { name: volume.metadata.name, dataset: stage().datasetOf(volume) };
}

const markAll = (): readonly LogMark[] => stage().bench.hosts.map(({ ssh }) => ssh.log.mark());

/** Execs and logins on every host since then. */
const contactsSince = (marks: readonly LogMark[]): readonly number[] =>
  stage().bench.hosts.map(
    ({ ssh }, index) => ssh.log.execsSince(marks[index]) + ssh.log.loginsSince(marks[index]),
  );

describe('a volume that was edited to name another host', () => {
  beforeEach(() => {
    rmSync(join(folder, 'ran-here'), { force: true });
  });

  it.each([
    'storage-2',
    'localhost',
    'LOCALHOST',
    '127.0.0.1',
    '::1',
    '127.0.0.2',
    'storage-1.example.com',
    '-oProxyCommand=x',
  ])('%s opens no connection, runs nothing here, and says so', async (other) => {
    const { host } = stage();
    const claim = `host-${Buffer.from(other).toString('hex')}`;
    const { name, dataset } = await provision(claim);
    const before = await stateOf(host, dataset);
    const marks = markAll();

    await stage().patchVolume(name, { metadata: { annotations: { [hostKey]: other } } });
    await stage().deleteClaim(claim);
    const refusal = { code: 'HOST_NOT_ALLOWED', text: 'ZFS_ALLOWED_HOSTS' };
    const message = await untilRefused(stage(), name, refusal, provisioner);

    expect(message).toContain(JSON.stringify(other));
    expect(contactsSince(marks)).toEqual([0, 0]);
    expect(ranHere()).toBe('');
    expect(await stateOf(host, dataset)).toEqual(before);
    expect(await stage().volume(name)).toMatchObject({ status: { phase: 'Released' } });
  });

  it.each(['storage-2', 'localhost'])(
    '%s is not believed of an NFS volume either, whose server says where it is',
    async (other) => {
      const { name } = await provision(`nfs-${other}`, 'nfs');
      const marks = markAll();

      await stage().patchVolume(name, { metadata: { annotations: { [hostKey]: other } } });
      await stage().deleteClaim(`nfs-${other}`);
      const refusal = { code: 'REQUEST_INVALID', text: 'NFS server' };
      await untilRefused(stage(), name, refusal, provisioner);

      expect(contactsSince(marks)).toEqual([0, 0]);
      expect(ranHere()).toBe('');
    },
  );

  it('no host at all destroys nothing', async () => {
    const { name } = await provision('no-host');
    const marks = markAll();

    await stage().patchVolume(name, { metadata: { annotations: { [hostKey]: null } } });
    await stage().deleteClaim('no-host');
    await stage().untilEvent(name, 'VolumeFailedDelete', hostKey);

    expect(contactsSince(marks)).toEqual([0, 0]);
  });
});

describe('a volume that was edited to name a host of another class', () => {
  beforeAll(async () => {
    const { parentDataset } = stage().bench.host('storage-2');
    await stage().installation.applyClasses([
      { name: 'other', hostName: 'storage-2', parentDataset },
    ]);
  });

  it('destroys nothing there, and does not count as deleted', async () => {
    const { host } = stage();
    const { name, dataset } = await provision('misled');
    const before = await stateOf(host, dataset);

    await stage().patchVolume(name, { metadata: { annotations: { [hostKey]: 'storage-2' } } });
    await stage().deleteClaim('misled');
    const first = await stage().untilEvent(name, 'VolumeFailedDelete', 'storage-2');
    // Where the parent is that it is told of now, another guid is. (Machines of one template have the same names
    // and guids, and differ in where they mount.)
    const there = `${stage().bench.host('storage-2').parentDataset}/${name}`;
    await stage().patchVolume(name, { metadata: { annotations: { [path]: there } } });
    const isTwin = there === dataset;
    const reason = isTwin ? "the volume's path is elsewhere" : 'its parent is not the one';
    const told = await stage().untilEvent(name, 'VolumeFailedDelete', reason);

    expect(first.message).toContain(isTwin ? reason : 'does not exist');
    expect(told.message).toContain('storage-2');
    expect(await stateOf(host, dataset)).toEqual(before);
    expect((await stage().volume(name))?.metadata.annotations).toHaveProperty([parentGuid]);
  });

  it("destroys no other volume's dataset that is there", async () => {
    const there = stage().bench.host('storage-2');
    const victim = await stage().provision({ name: 'victim', className: 'other' });
    const before = await stateOf(there, stage().datasetOf(victim));
    const { name } = await provision('attacker');

    const annotations = { [hostKey]: 'storage-2', [path]: stage().datasetOf(victim) };
    await stage().patchVolume(name, { metadata: { annotations } });
    await stage().deleteClaim('attacker');
    await stage().untilEvent(name, 'VolumeFailedDelete', 'nothing was destroyed');

    expect(await stateOf(there, stage().datasetOf(victim))).toEqual(before);
  });
});

describe('a volume whose class is gone', () => {
  const remove = (...classes: readonly string[]): Promise<string> =>
    stage().bench.kubectl('delete', 'storageclass', '--ignore-not-found', ...classes);

  it('stays until the setting ZFS_ALLOWED_HOSTS names its host, or its class is back', async () => {
    const { host } = stage();
    const first = await provision('set-free', 'nfs');
    const second = await provision('class-back', 'nfs');
    await remove('nfs', 'hostpath');
    const marks = markAll();

    await stage().deleteClaim('set-free');
    const { message } = await stage().untilEvent(first.name, 'VolumeFailedDelete', '"storage-1"');
    expect(message).toContain('no StorageClass of this provisioner and no hosts file names it');
    expect(message).toContain('ZFS_ALLOWED_HOSTS');
    expect(contactsSince(marks)[0]).toBe(0);

    await provisioner.stop();
    await start({ ZFS_ALLOWED_HOSTS: 'storage-1' });
    await stage().untilVolumeGone(first.name);
    expect(await stage().datasetNames()).not.toContain(first.dataset);

    await provisioner.stop();
    await start();
    await stage().deleteClaim('class-back');
    await stage().untilEvent(second.name, 'VolumeFailedDelete', 'ZFS_ALLOWED_HOSTS');
    await stage().installation.applyClasses([{ name: 'any-name', hostName: host.name }]);
    await stage().untilVolumeGone(second.name);
    expect(await stage().datasetNames()).not.toContain(second.dataset);
  });
});

describe('the mark of what runs here', () => {
  it('is left where local execution is set', async () => {
    await provisioner.stop();
    await start({ ZFS_EXEC_LOCAL: 'true' });

    await eventually('zfs ran here', () => ranHere() !== '');
  });
});
