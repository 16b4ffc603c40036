import { describe, expect, it } from '@jest/globals';
import type { Volume } from '../../src/volume/objects.ts';
import { stateOf, writeFileInto } from '../dataset-state.ts';
import { untilRefused } from '../refused-deletion.ts';
import { useStage } from '../stage.ts';

const path = 'zfs.pv.kubernetes.io/zfs-dataset-path';
const notOwned = (text: string) => ({ code: 'DATASET_NOT_OWNED', text });

const stage = useStage({
  nodes: ['storage-1'],
  env: { ZFS_USAGE_INTERVAL: '1h' },
  classes: [{ name: 'nfs' }, { name: 'hostpath', type: 'hostpath' }],
});

/** Everything on the host, so that nothing can have gone or changed unseen. */
async function everything(): Promise<readonly string[]> {
  const { host } = stage();
  const columns = 'name,guid,mounted,sharenfs,refquota';
  const all = await host.zfs('list', '-Hp', '-r', '-t', 'all', '-o', columns, host.pool);
  const exported = host.exports().map(({ mountpoint }) => mountpoint);
  return [...all.trim().split('\n'), ...exported];
}

describe('a volume that was edited to name another dataset', () => {
  const edits: readonly [string, (own: string, sibling: string) => string | null][] = [
    ['its sibling', (_own, sibling) => sibling],
    ['its parent', (own) => own.slice(0, own.lastIndexOf('/'))],
    ['the pool', (own) => own.slice(0, own.indexOf('/'))],
    ['a snapshot of its sibling', (_own, sibling) => `${sibling}@monday`],
    ['a dataset below it', (own) => `${own}/child`],
    ['a way around over ".."', (own, sibling) => `${own}/../${sibling.split('/').at(-1) ?? ''}`],
    ['an option of zfs', (own) => `-r ${own}`],
    ['a command', (own) => `$(touch /tmp/x)/${own}`],
    ['nothing', () => ''],
    ['none, as the annotation was removed', () => null],
  ];

  it.each(edits)('%s destroys nothing, asks no host and says so', async (what, edit) => {
    const { host } = stage();
    const claim = `edited-${edits.findIndex(([each]) => each === what)}`;
    const [volume, sibling] = await Promise.all([
      stage().provision({ name: claim, className: 'nfs' }),
      stage().provision({ name: `${claim}-sibling`, className: 'nfs' }),
    ]);
    const { name } = volume.metadata;
    await writeFileInto(host, stage().datasetOf(sibling));
    await host.snapshot(stage().datasetOf(sibling), 'monday');
    const before = await everything();
    const mark = host.ssh.log.mark();

    const edited = edit(stage().datasetOf(volume), stage().datasetOf(sibling));
    await stage().patchVolume(name, { metadata: { annotations: { [path]: edited } } });
    await stage().deleteClaim(claim);
    const message = await untilRefused(stage(), name, { code: 'REQUEST_INVALID', text: path });

    expect(message).toContain('nothing was destroyed');
    expect(await everything()).toEqual(before);
    expect(host.ssh.log.execsSince(mark)).toBe(0);
    expect(await stage().volume(name)).toMatchObject({ status: { phase: 'Released' } });
    // Once it names its own again, it goes.
    const annotations = { [path]: stage().datasetOf(volume) };
    await stage().patchVolume(name, { metadata: { annotations } });
    await stage().untilVolumeGone(name);
    expect(await stage().datasetNames()).toContain(stage().datasetOf(sibling));
  });
});

describe('a volume that a person wrote', () => {
  /** Released at once, since its claim never was. */
  async function writeVolume(name: string, dataset: string): Promise<void> {
    const annotations = {
      'pv.kubernetes.io/provisioned-by': 'pv.kubernetes.io/zfs',
      [path]: dataset,
      'zfs.pv.kubernetes.io/zfs-host': 'storage-1',
      'zfs.pv.kubernetes.io/destroy-snapshots': 'true',
    };
    await stage().createVolume({
      metadata: { name, annotations } as unknown as Volume['metadata'],
      spec: {
        capacity: { storage: '64Mi' },
        accessModes: ['ReadWriteOnce'],
        persistentVolumeReclaimPolicy: 'Delete',
        storageClassName: 'nfs',
        claimRef: { namespace: 'default', name: 'never-was', uid: 'b2c8e6de-never-was' },
        hostPath: { path: `/srv/${name}` },
      },
    });
  }

  it.each([
    ['the parent of all volumes', 'kubernetes', (pool: string) => `${pool}/kubernetes`],
    ["an administrator's dataset", 'home', (pool: string) => `${pool}/home`],
    ["an administrator's among ours", 'backup', (pool: string) => `${pool}/kubernetes/backup`],
  ])('for %s destroys nothing', async (_what, name, datasetIn) => {
    const { host } = stage();
    const dataset = datasetIn(host.pool);
    if (name !== 'kubernetes') await host.zfs('create', dataset);
    await writeFileInto(host, dataset);
    await host.snapshot(dataset, 'monday');
    const before = await everything();

    await writeVolume(name, dataset);
    const message = await untilRefused(stage(), name, notOwned(dataset));

    expect(message).toContain('cannot be proven to be this volume');
    expect(await everything()).toEqual(before);
    expect((await stateOf(host, dataset)).files).toContain('precious');
  });

  it('for a pool destroys nothing', async () => {
    const { host } = stage();
    const before = await everything();

    await writeVolume(host.pool, host.pool);
    const invalid = { code: 'REQUEST_INVALID', text: 'nothing was destroyed' };
    await untilRefused(stage(), host.pool, invalid);

    expect(await everything()).toEqual(before);
  });

  it("for a copy of another volume's dataset destroys nothing", async () => {
    const { host } = stage();
    const volume = await stage().provision({ name: 'original', className: 'nfs' });
    const keys = ['io.kubernetes.pv.zfs:managed_by', 'zfs-provisioner.io:cluster'];
    const original = (await host.datasets(...keys)).get(stage().datasetOf(volume));
    const copy = await host.createByHand('copy', {
      ...original,
      'zfs-provisioner.io:volume': volume.metadata.name,
    });
    const before = await everything();

    await writeVolume('copy', copy);
    const message = await untilRefused(stage(), 'copy', notOwned(copy));

    expect(message).toContain(volume.metadata.name);
    expect(await everything()).toEqual(before);
  });
});

describe('with allowed parents', () => {
  it('a dataset elsewhere stays, although all else is right', async () => {
    const { host, installation, provisioner } = stage();
    const volume = await stage().provision({ name: 'elsewhere', className: 'nfs' });
    const { name } = volume.metadata;
    await provisioner.stop();
    const confined = await installation.start({ ZFS_ALLOWED_PARENTS: `${host.pool}/allowed` });
    const before = await everything();

    await stage().deleteClaim('elsewhere');
    await stage().untilEvent(name, 'VolumeFailedDelete', 'ZFS_ALLOWED_PARENTS');
    expect(await everything()).toEqual(before);

    await confined.stop();
    await installation.start({ ZFS_ALLOWED_PARENTS: host.parentDataset });
    await stage().untilVolumeGone(name);
  });
});
