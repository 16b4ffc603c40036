import { beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../bench/eventually.ts';
import type { VirtualMachine } from '../bench/openzfs/virtual-machine.ts';
import { inWorkerPod, startWorker } from '../bench/openzfs/worker.ts';
import type { Volume } from '../../src/volume/objects.ts';
import { mountpointOf, stateOf } from '../dataset-state.ts';
import { useOpenZfs } from '../openzfs.ts';
import { createRealPod, deletePod, endPod, eventsOfPod, runPod } from '../pods.ts';

const { stage, host } = useOpenZfs({ classes: [{ name: 'unused' }] });
let worker: VirtualMachine;

const script = 'trap "exit 0" TERM; while :; do sleep 3600 & wait; done';
/** A number every tenth of a second, brought to the server at once, through a file that stays open. */
const goOnWriting = [
  'trap "exit 0" TERM; exec 3>>/data/lines; n=0',
  'while n=$((n + 1)); do { echo $n >&3 && sync -d /data/lines; } || echo $n >>/tmp/failed; sleep 0.1; done',
].join('\n');
const ours = '192.168.77.0/24';
const accessModes = ['ReadWriteMany'];

const inPod = (pod: string, command: string): Promise<string> => inWorkerPod(worker, pod, command);

async function linesIn(pod: string): Promise<readonly string[]> {
  return (await inPod(pod, 'cat /data/lines')).split('\n').slice(0, -1);
}

async function untilMoreLines(pod: string, timeoutMs = 10_000): Promise<void> {
  const { length } = await linesIn(pod);
  const hasMore = async (): Promise<boolean> => (await linesIn(pod)).length > length;
  await eventually('the pod goes on writing', hasMore, { timeoutMs });
}

/** As a person does who wants them gone by all means: what Kubernetes protects them with is taken off. */
async function forceAway(claimName: string, { metadata }: Volume): Promise<void> {
  const { name, finalizers = [] } = metadata;
  await stage().deleteVolume(name);
  await stage().deleteClaim(claimName);
  const others = finalizers.filter((finalizer) => finalizer !== 'kubernetes.io/pv-protection');
  await stage().patchVolume(name, { metadata: { finalizers: others } });
  await stage().patchClaim(claimName, { metadata: { finalizers: null } });
}

/** Why a pod cannot have its volume. */
async function untilMountRefused(pod: string): Promise<string> {
  return eventually(
    'the kubelet says that it cannot mount',
    async () => {
      const events = await eventsOfPod(stage(), pod);
      return events.find(({ reason }) => reason === 'FailedMount')?.message;
    },
    { timeoutMs: 40_000 },
  );
}

/** A class whose host is known to SSH and to NFS by its address on the machines' network. */
async function createNfsClass(
  name: string,
  shareProperties: string,
  ...more: readonly string[]
): Promise<void> {
  const { segmentAddress: hostname } = host();
  const mountOptions = ['nfsvers=4.2', 'hard', 'noatime', ...more];
  await stage().createClass(name, { parameters: { hostname, shareProperties }, mountOptions });
}

beforeAll(async () => {
  const config = join(stage().bench.ssh.path, 'config');
  const { segmentAddress, address, port, user } = host();
  const block = `Host ${segmentAddress}\n  HostName ${address}\n  Port ${port}\n  User ${user}\n\n`;
  writeFileSync(config, block + readFileSync(config, 'utf8'));
  await createNfsClass('nfs', `rw=@${ours},no_root_squash`);
  await createNfsClass('squashed', `rw=@${ours}`);
  await createNfsClass('others', 'rw=@10.9.9.0/24,no_root_squash');
  await createNfsClass('sys', `sec=sys,rw=@${ours},no_root_squash`, 'sec=sys');
  await createNfsClass('krb5', `sec=krb5,rw=@${ours},no_root_squash`, 'sec=sys');
  worker = await startWorker(stage().bench);
}, 120_000);

describe('a pod on another machine', () => {
  it('mounts its claim over NFS with the options of the class, and writes into the dataset', async () => {
    await stage().createClaim({ name: 'data', className: 'nfs', size: '16Mi', accessModes });

    expect(await runPod(stage(), 'writer', 'data', { script })).toBe('worker');

    const told = await inPod(
      'writer',
      'echo written over NFS >/data/greeting; grep " /data " /proc/mounts',
    );
    expect(told).toMatch(/ nfs4 .*noatime.*vers=4\.2.*hard/);
    const volume = await stage().untilBound('data');
    const folder = await mountpointOf(host(), stage().datasetOf(volume));
    expect(readFileSync(join(folder, 'greeting'), 'utf8')).toBe('written over NFS\n');
  });

  it('shares it with another pod', async () => {
    await runPod(stage(), 'sharer', 'data', { script });

    await inPod('sharer', 'echo and shared >>/data/greeting');
    const told = await inPod('writer', 'cat /data/greeting');

    expect(told).toBe('written over NFS\nand shared\n');
  });

  it('is stopped by the quota, at the latest when the file is closed, and goes on when there is room', async () => {
    const write = (mebibytes: number): Promise<string> => {
      const count = mebibytes * 16;
      return inPod('writer', `dd if=/dev/urandom of=/data/bytes bs=64k count=${count}`);
    };

    await expect(write(24)).rejects.toThrow('Disk quota exceeded');
    // What the client still had to write can fail once more, with what is done to the file next.
    await eventually('it is removed', () => inPod('writer', 'rm /data/bytes').then(() => true));

    await eventually('there is room again', () => write(8).then(() => true), { timeoutMs: 20_000 });
  });

  it('finds everything there after it has moved', async () => {
    await Promise.all([endPod(stage(), 'writer'), endPod(stage(), 'sharer')]);
    await runPod(stage(), 'successor', 'data', { script });

    const told = await inPod('successor', 'cat /data/greeting; wc -c </data/bytes');

    expect(told).toBe('written over NFS\nand shared\n8388608\n');
    await endPod(stage(), 'successor');
  });
});

describe('a volume that pods on another machine have used', () => {
  it('goes within 30 seconds after them, and nothing else is unshared', async () => {
    const other = await stage().provision({ name: 'other', className: 'nfs' });
    const volume = await stage().untilBound('data');
    const before = host().exports();

    await stage().deleteClaim('data');
    await stage().untilVolumeGone(volume.metadata.name, 30_000);

    const left = before.filter(({ mountpoint }) => mountpoint !== volume.spec.nfs?.path);
    expect(host().exports()).toEqual(left);
    expect(left.map(({ mountpoint }) => mountpoint)).toContain(other.spec.nfs?.path);
    expect(await stage().datasetNames()).not.toContain(stage().datasetOf(volume));
  });
});

describe('the share options of a class', () => {
  it('squash root unless they say no_root_squash', async () => {
    await stage().createClaim({ name: 'squashed', className: 'squashed' });
    await runPod(stage(), 'squashed', 'squashed', { script });

    await expect(inPod('squashed', 'echo x >/data/file')).rejects.toThrow('Permission denied');
  });

  it('keep out clients that they do not name, and the pod is told', async () => {
    await stage().provision({ name: 'others', className: 'others' });
    await createRealPod(stage(), 'outsider', 'others', { script });

    expect(await untilMountRefused('outsider')).toContain('mount.nfs');
    expect(await worker.run('grep -c /pvc- /proc/mounts || :')).not.toBe('0\n');
    await deletePod(stage(), 'outsider');
  });

  it('name the flavour of security, which the mount asks for', async () => {
    await stage().provision({ name: 'sys', className: 'sys' });
    await runPod(stage(), 'sys', 'sys', { script });

    const told = await inPod('sys', 'grep " /data " /proc/mounts; echo written >/data/file');

    expect(told).toMatch(/ nfs4 .*sec=sys/);
    await endPod(stage(), 'sys');
  });

  it('keep out who comes with a lesser flavour, and the pod is told', async () => {
    await stage().provision({ name: 'krb5', className: 'krb5' });
    await createRealPod(stage(), 'krb5', 'krb5', { script });

    expect(await untilMountRefused('krb5')).toContain('Operation not permitted');

    await deletePod(stage(), 'krb5');
  });
});

describe('a volume that is forced away under a pod on another machine', () => {
  it('stays mounted and shared while a file is open, and goes after the pod', async () => {
    const volume = await stage().provision({ name: 'forced', className: 'nfs' });
    const { name } = volume.metadata;
    const dataset = stage().datasetOf(volume);
    await runPod(stage(), 'holder', 'forced', { script: goOnWriting });
    await untilMoreLines('holder');
    const before = await stateOf(host(), dataset);
    const exports = host().exports();
    const lines = await linesIn('holder');

    await forceAway('forced', volume);
    await stage().untilEvent(name, 'VolumeFailedDelete', 'busy', 40_000);

    await eventually('all is as before', async () => {
      expect(await stateOf(host(), dataset)).toEqual(before);
      expect(host().exports()).toEqual(exports);
      return true;
    });
    await untilMoreLines('holder', 20_000);
    // Not all that comes later: ZFS unshares for a moment to find out, and what a client sends just then fails.
    expect((await linesIn('holder')).slice(0, lines.length)).toEqual(lines);
    await endPod(stage(), 'holder');
    await stage().untilVolumeGone(name, 30_000);
    expect(await stage().datasetNames()).not.toContain(dataset);
  }, 240_000);

  it('goes at once when no file is open, and the pod is told', async () => {
    const volume = await stage().provision({ name: 'idle', className: 'nfs' });
    await runPod(stage(), 'idle', 'idle', { script });
    await inPod('idle', 'echo written >/data/file');

    await forceAway('idle', volume);
    await stage().untilVolumeGone(volume.metadata.name, 30_000);

    expect(await stage().datasetNames()).not.toContain(stage().datasetOf(volume));
    await expect(inPod('idle', 'cat /data/file')).rejects.toThrow('Stale file handle');
    await endPod(stage(), 'idle');
  }, 120_000);
});

describe('a storage host that is cut from its power while a pod on another machine writes', () => {
  it('has everything when it is back, and the pod goes on by itself', async () => {
    await stage().provision({ name: 'hung', className: 'nfs' });
    await runPod(stage(), 'hung', 'hung', { script: goOnWriting });
    await untilMoreLines('hung');

    await host().reboot();

    await untilMoreLines('hung', 90_000);
    const lines = await linesIn('hung');
    expect(lines).toEqual(lines.map((_, index) => `${index + 1}`));
    await expect(inPod('hung', 'cat /tmp/failed')).rejects.toThrow('No such file');
    await endPod(stage(), 'hung');
  }, 240_000);
});
