import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import type { Volume } from '../../src/volume/objects.ts';
import { mountpointOf, stateOf, writeFileInto } from '../dataset-state.ts';
import { KubectlZfs } from '../kubectl-zfs.ts';
import { useStage } from '../stage.ts';

// Many processes: slow where the machine is busy.
jest.setTimeout(240_000);

const stage = useStage({ classes: [{ name: 'nfs' }] });

let zfs: KubectlZfs;

beforeAll(async () => {
  zfs = new KubectlZfs(stage());
  await stage().createClass('trashed', { parameters: { onDelete: 'trash', trashRetention: '7d' } });
  await stage().createClass('kept', { parameters: { onDelete: 'retain' } });
});

afterAll(() => {
  zfs.remove();
});

/** A volume with a file in it, whose claim was deleted. */
async function deleted(name: string, className: string): Promise<Volume> {
  const volume = await stage().provision({ name, className });
  await writeFileInto(stage().host, stage().datasetOf(volume));
  await stage().deleteClaim(name);
  await stage().untilVolumeGone(volume.metadata.name);
  return volume;
}

/** The claim has the volume of the dataset with all that was in it, as it was before. */
async function expectBack(claimName: string, before: Volume): Promise<void> {
  const volume = await stage().untilBound(claimName);
  const dataset = stage().datasetOf(before);
  expect(volume.metadata.name).toBe(before.metadata.name);
  expect(volume.metadata.annotations).toEqual(before.metadata.annotations);
  const claimRef = expect.anything();
  expect({ ...volume.spec, claimRef }).toEqual({ ...before.spec, claimRef });
  expect(volume.metadata.finalizers).toEqual(
    expect.arrayContaining([...(before.metadata.finalizers ?? [])]),
  );
  const state = await stateOf(stage().host, dataset);
  expect(state).toMatchObject({ mounted: 'yes', isExported: true, files: ['precious'] });
  const file = `${await mountpointOf(stage().host, dataset)}/precious`;
  expect(readFileSync(file, 'utf8')).toBe('x'.repeat(16));
  writeFileSync(file, 'writable again');
}

describe('kubectl zfs trash', () => {
  it('lists what was deleted, and has it back in a claim that is made for it', async () => {
    const volume = await deleted('lost', 'trashed');
    const { name } = volume.metadata;

    const items = await zfs.items('trash', 'list');
    const { stdout: listed } = await zfs.run('trash', 'list');
    const dry = await zfs.run('trash', 'restore', name, '--claim', 'default/found', '--dry-run');
    const isStillThere = (await zfs.items('trash', 'list')).length;
    const done = await zfs.run('trash', 'restore', name, '--claim', 'default/found', '--yes');
    const again = await zfs.run('trash', 'restore', name, '--claim', 'default/found', '--yes');

    expect(items).toEqual([
      expect.objectContaining({
        volume: name,
        claim: { namespace: 'default', name: 'lost' },
        ...{ storageClass: 'trashed', host: 'storage-1', ours: true, expired: false },
        dataset: expect.stringContaining('/.trash/'),
      }),
    ]);
    expect(listed).toMatch(/^VOLUME +CLAIM +CLASS +HOST +DATASET +USED +DELETED +EXPIRES\n.*in 6d/);
    expect(dry).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('Nothing was changed'),
    });
    expect(isStillThere).toBe(1);
    expect(done).toMatchObject({ exitCode: 0, stderr: '' });
    await expectBack('found', volume);
    expect(await zfs.items('trash', 'list')).toEqual([]);
    expect(again).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('already') });
  });

  it('goes on where a restore was cut off, or somebody took it out by hand, and takes a claim that names the volume', async () => {
    const { host } = stage();
    const volume = await deleted('cut', 'trashed');
    const dataset = stage().datasetOf(volume);
    const [trashed] = await zfs.items('trash', 'list');
    await host.zfs('rename', String(trashed?.['dataset']), dataset);
    await stage().createClaim({
      ...{ name: 'waiting', className: 'trashed' },
      spec: { volumeName: volume.metadata.name, accessModes: volume.spec.accessModes },
    });

    const done = await zfs.run('trash', 'restore', dataset, '--claim', 'default/waiting', '-y');

    expect(done).toMatchObject({ exitCode: 0, stderr: '' });
    await expectBack('waiting', volume);
  });

  it('refuses a claim that is bound, a namespace that is not there, and names that mean nothing', async () => {
    const volume = await deleted('refused', 'trashed');
    await stage().provision({ name: 'taken', className: 'nfs' });
    const restore = (name: string, claim: string): ReturnType<KubectlZfs['run']> =>
      zfs.run('trash', 'restore', name, '--claim', claim, '--yes');

    const bound = await restore(volume.metadata.name, 'default/taken');
    const unknown = await restore('pvc-nobodys', 'default/free');
    const nowhere = await restore(volume.metadata.name, 'no-such-namespace/free');
    const unasked = await zfs.run('trash', 'empty');

    expect(bound).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('already') });
    expect(unknown).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('trash list') });
    expect(nowhere).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('namespace no-such-namespace'),
    });
    expect(unasked).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--yes') });
    expect(await zfs.items('trash', 'list')).toHaveLength(1);
  });

  it('destroys for good what is named, and nothing that has not expired with --expired', async () => {
    const volume = await deleted('rubbish', 'trashed');
    const { name } = volume.metadata;

    const expired = await zfs.run('trash', 'empty', '--expired', '--yes');
    const named = await zfs.run('trash', 'empty', name, '--yes', '-o', 'json');

    expect(expired).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('nothing to') });
    expect(named.exitCode).toBe(0);
    expect(JSON.parse(named.stdout)).toMatchObject({
      items: [{ action: 'destroy', state: 'done' }],
    });
    const left = await zfs.items('trash', 'list');
    expect(left.map(({ volume: of }) => of)).not.toContain(name);
  });
});

describe('kubectl zfs orphans and adopt', () => {
  it('list a dataset that lost its volume, and write it again', async () => {
    const volume = await stage().provision({ name: 'orphaned', className: 'nfs' });
    const dataset = stage().datasetOf(volume);
    await writeFileInto(stage().host, dataset);
    await stage().patchVolume(volume.metadata.name, {
      spec: { persistentVolumeReclaimPolicy: 'Retain' },
    });
    await stage().deleteClaim('orphaned');
    await stage().deleteVolume(volume.metadata.name);
    await stage().untilVolumeGone(volume.metadata.name);

    const found = await zfs.run('orphans', '--exit-code', '-o', 'name');
    const done = await zfs.run('adopt', `storage-1:${dataset}`, '--claim', 'default/home', '--yes');

    expect(found).toMatchObject({ exitCode: 3, stdout: `storage-1:${dataset}\n` });
    expect(done).toMatchObject({ exitCode: 0, stderr: '' });
    await expectBack('home', volume);
    expect(await zfs.run('orphans', '--exit-code')).toMatchObject({ exitCode: 0, stdout: '' });
  });

  it('show what was retained apart, and adopt it as well', async () => {
    const volume = await deleted('retained', 'kept');
    const dataset = stage().datasetOf(volume);

    const [orphan] = await zfs.items('orphans');
    const found = await zfs.run('orphans', '--exit-code');
    const done = await zfs.run('adopt', dataset, '--claim', 'default/retained-home', '--yes');

    expect(orphan).toMatchObject({ volume: volume.metadata.name, state: 'retained' });
    expect(found.exitCode).toBe(0);
    expect(done).toMatchObject({ exitCode: 0, stderr: '' });
    await expectBack('retained-home', volume);
    expect(await zfs.items('orphans')).toEqual([]);
  });

  it('refuse a dataset of another cluster, and one whose volume is there', async () => {
    const { host } = stage();
    const volume = await stage().provision({ name: 'living', className: 'nfs' });
    const foreign = await host.createByHand('pvc-foreign', {
      'io.kubernetes.pv.zfs:managed_by': 'pv.kubernetes.io/zfs',
      'zfs-provisioner.io:cluster': 'another',
      'zfs-provisioner.io:volume': 'pvc-foreign',
    });

    const ofAnother = await zfs.run('adopt', foreign, '--claim', 'default/free', '--yes');
    const inUse = await zfs.run('adopt', volume.metadata.name, '--claim', 'default/free', '--yes');

    expect(ofAnother).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('of another cluster'),
    });
    expect(inUse).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('it is in use') });
  });
});

describe('kubectl zfs drift', () => {
  it('lists what is otherwise than promised, and repairs what was asked for', async () => {
    const { host } = stage();
    const volume = await stage().provision({ name: 'drifted', className: 'nfs' });
    const { name } = volume.metadata;
    const dataset = stage().datasetOf(volume);
    await host.zfs('set', 'refreservation=none', dataset);
    await host.zfs('set', 'refquota=33554432', dataset);
    await host.zfs('unmount', dataset);
    const kindsOf = async (): Promise<readonly unknown[]> =>
      (await zfs.items('drift', name)).map(({ kind }) => kind);

    const kinds = await kindsOf();
    const found = await zfs.run('drift', '--exit-code');
    const dry = await zfs.run('drift', name, '--repair', '--dry-run');
    const some = await zfs.run('drift', name, '--repair=quota,unmounted', '--yes');
    const left = await kindsOf();
    const rest = await zfs.run('drift', name, '--repair', '--yes');

    expect(kinds).toEqual(expect.arrayContaining(['quota', 'unmounted']));
    expect(found).toMatchObject({ exitCode: 3, stdout: expect.stringContaining(name) });
    expect(dry.stdout).toContain(`zfs mount ${dataset}`);
    expect(some.exitCode).toBe(0);
    expect(left).not.toContain('quota');
    expect(left).not.toContain('unmounted');
    expect(rest.exitCode).toBe(0);
    expect(await kindsOf()).toEqual([]);
    expect(await stateOf(host, dataset)).toMatchObject({ mounted: 'yes', refquota: '67108864' });
  });
});

describe('kubectl zfs guard', () => {
  it('lists the volumes that wait for a person, and confirms them', async () => {
    const volume = await stage().provision({ name: 'held', className: 'nfs' });
    const { name } = volume.metadata;
    const label = 'zfs-provisioner.io/destroy';
    await stage().patchVolume(name, { metadata: { labels: { [label]: 'held' } } });

    const list = await zfs.run('guard', 'list', '--exit-code', '-o', 'name');
    const done = await zfs.run('guard', 'release', name, '--yes');

    expect(list).toMatchObject({ exitCode: 3, stdout: `${name}\n` });
    expect(done.exitCode).toBe(0);
    expect((await stage().volume(name))?.metadata.labels).toMatchObject({ [label]: 'confirmed' });
    expect(await zfs.items('guard', 'list')).toEqual([]);
  });
});

describe('kubectl zfs', () => {
  it('tells all that is wrong with a command line at once, with exit code 2', async () => {
    const ended = await zfs.run('trash', 'restore', '--clam', '--claim', 'nonsense', '-o', 'jsn');

    expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ended.stderr).toContain('there is no option --clam (did you mean --claim?)');
    expect(ended.stderr).toContain('--claim is "nonsense": expected NAMESPACE/NAME');
    expect(ended.stderr).toContain('--output is "jsn"');
    expect(ended.stderr).toContain('the volume or dataset to restore is missing');
  });

  it('tells a wrong context, a wrong setting and a host that is down', async () => {
    const context = await zfs.run('orphans', '--context', 'elsewhere');
    const setting = await zfs.runIn(
      { ZFS_SSH_PORT: 'ssh', ZFS_SSH_KEY_PASSPHRASE: 'c4nary' },
      'drift',
    );
    const down = await zfs.run('trash', 'list', '--parent', 'nobodys-nas.invalid:tank');

    expect(context).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('"elsewhere"') });
    expect(setting).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('ZFS_SSH_PORT') });
    expect(setting.stderr).not.toContain('c4nary');
    expect(down.exitCode).toBe(1);
    expect(down.stderr).toContain('nobodys-nas.invalid');
    expect(down.stdout).toContain('VOLUME');
  });

  it.each(['trash list', 'orphans', 'drift', 'guard list'])(
    'needs no more for %s than the provisioner has, as in its pod',
    async (command) => {
      const { env } = stage().installation;

      const ended = await zfs.runIn(env, ...command.split(' '), '-o', 'json');

      expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
      expect(JSON.parse(ended.stdout)).toMatchObject({ items: expect.any(Array) });
    },
  );

  it('is a plugin of kubectl, with a version and help', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

    expect(await zfs.byKubectl(stage().bench, 'zfs', '--version')).toBe(`${version}\n`);
    const help = await zfs.run('--help');
    expect(help).toMatchObject({ exitCode: 0, stderr: '' });
    expect(help.stdout).toContain('Exit codes');
  });
});
