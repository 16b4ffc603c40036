import { describe, expect, it } from '@jest/globals';
import type { Volume } from '../../src/volume/objects.ts';
import { eventually } from '../bench/eventually.ts';
import { stateOf, writeFileInto } from '../dataset-state.ts';
import { useStage } from '../stage.ts';

const ourFinalizer = 'external-provisioner.volume.kubernetes.io/finalizer';

const stage = useStage({
  nodes: ['storage-1'],
  // Looks at the hosts once, at the start: so every later exec is that of a verb.
  env: { ZFS_USAGE_INTERVAL: '1h' },
  classes: [
    { name: 'nfs' },
    { name: 'hostpath', type: 'hostpath' },
    { name: 'local', type: 'local' },
    { name: 'retain', policy: 'Retain' },
  ],
});

const metric = async (name: string): Promise<number> => {
  const line = (await stage().provisioner.metrics())
    .split('\n')
    .find((each) => each.startsWith(`${name} `) || each.startsWith(`${name}{`));
  return Number(line?.split(' ').at(-1) ?? NaN);
};

const untilReleased = (name: string): Promise<Volume> =>
  eventually(`${name} is released`, async () => {
    const volume = await stage().volume(name);
    return volume?.status?.phase === 'Released' ? volume : undefined;
  });

describe('a claim that is deleted', () => {
  it.each(['nfs', 'hostpath', 'local'])(
    'takes its volume of class %s along: dataset, export, finalizer and object',
    async (className) => {
      const { host } = stage();
      const volume = await stage().provision({ name: `gone-${className}`, className });
      expect(volume.metadata.finalizers).toContain(ourFinalizer);
      await writeFileInto(host, stage().datasetOf(volume));

      await stage().deleteClaim(`gone-${className}`);
      await stage().untilVolumeGone(volume.metadata.name);

      expect(await stage().datasetNames()).not.toContain(stage().datasetOf(volume));
      expect(host.exports().map(({ options }) => options)).toEqual([]);
      const told = await stage().untilEvent(volume.metadata.name, 'VolumeDelete', 'destroyed');
      expect(told).toMatchObject({ type: 'Normal', involvedObject: { kind: 'PersistentVolume' } });
      expect(told.message).toContain(`${stage().datasetOf(volume)} on storage-1`);
    },
  );

  it('costs one exec, and one when it was created', async () => {
    const { host } = stage();
    await eventually('the survey of the start is done', async () =>
      Number.isFinite(await metric('zfs_provisioner_pool_size_bytes')),
    );
    const names = ['counted-1', 'counted-2', 'counted-3', 'counted-4', 'counted-5'];

    const beforeCreate = host.ssh.log.mark();
    const volumes = await Promise.all(
      names.map((name) => stage().provision({ name, className: 'nfs' })),
    );
    expect(host.ssh.log.execsSince(beforeCreate)).toBe(names.length);

    const beforeDelete = host.ssh.log.mark();
    await Promise.all(names.map((name) => stage().deleteClaim(name)));
    await Promise.all(volumes.map(({ metadata }) => stage().untilVolumeGone(metadata.name)));
    expect(host.ssh.log.execsSince(beforeDelete)).toBe(names.length);
    expect(host.ssh.log.loginsSince(beforeCreate)).toBe(0);
  });

  it('counts as deleted in the metrics', async () => {
    expect(await metric('controller_persistentvolume_delete_total{class="nfs"}')).toBe(6);
  });
});

describe('a volume that is deleted before its claim', () => {
  it('stays until the claim is gone too, and takes its dataset along then', async () => {
    const volume = await stage().provision({ name: 'volume-first', className: 'nfs' });
    const { name } = volume.metadata;

    await stage().deleteVolume(name);
    const terminating = await stage().volume(name);
    expect(terminating?.metadata.deletionTimestamp).toBeDefined();
    expect(await stage().datasetNames()).toContain(stage().datasetOf(volume));

    await stage().deleteClaim('volume-first');
    await stage().untilVolumeGone(name);
    expect(await stage().datasetNames()).not.toContain(stage().datasetOf(volume));
  });
});

describe('a volume that is retained', () => {
  it('keeps everything when its claim is deleted, and no host is asked', async () => {
    const { host } = stage();
    const volume = await stage().provision({ name: 'kept', className: 'retain' });
    const dataset = stage().datasetOf(volume);
    await writeFileInto(host, dataset);
    const before = await stateOf(host, dataset);
    const mark = host.ssh.log.mark();

    await stage().deleteClaim('kept');
    const released = await untilReleased(volume.metadata.name);
    // A claim of the other kind has gone all its way meanwhile: there was time to do harm.
    const other = await stage().provision({ name: 'meanwhile', className: 'nfs' });
    await stage().deleteClaim('meanwhile');
    await stage().untilVolumeGone(other.metadata.name);

    expect(released.metadata.finalizers ?? []).not.toContain(ourFinalizer);
    expect(await stage().volume(volume.metadata.name)).toBeDefined();
    expect(await stateOf(host, dataset)).toEqual(before);
    expect(host.ssh.log.execsSince(mark)).toBe(2);
  });

  it('goes when its policy becomes Delete after it was released', async () => {
    const volume = await stage().provision({ name: 'changed-mind', className: 'retain' });
    const { name } = volume.metadata;
    await stage().deleteClaim('changed-mind');
    await untilReleased(name);

    await stage().patchVolume(name, { spec: { persistentVolumeReclaimPolicy: 'Delete' } });
    await stage().untilVolumeGone(name);

    expect(await stage().datasetNames()).not.toContain(stage().datasetOf(volume));
  });

  it('stays when its policy became Retain while it was bound, without our finalizer', async () => {
    const { host } = stage();
    const volume = await stage().provision({ name: 'rescued', className: 'nfs' });
    const { name } = volume.metadata;
    const before = await stateOf(host, stage().datasetOf(volume));

    await stage().patchVolume(name, { spec: { persistentVolumeReclaimPolicy: 'Retain' } });
    await eventually('our finalizer is gone', async () => {
      const { finalizers = [] } = (await stage().volume(name))?.metadata ?? {};
      return !finalizers.includes(ourFinalizer);
    });
    await stage().deleteClaim('rescued');
    await untilReleased(name);

    expect(await stateOf(host, stage().datasetOf(volume))).toEqual(before);
    await stage().deleteVolume(name);
    await stage().untilVolumeGone(name);
    expect(await stateOf(host, stage().datasetOf(volume))).toEqual(before);
  });

  it('gets our finalizer when its policy becomes Delete while it is bound', async () => {
    const volume = await stage().provision({ name: 'kept-no-more', className: 'retain' });
    const { name } = volume.metadata;

    await stage().patchVolume(name, { spec: { persistentVolumeReclaimPolicy: 'Delete' } });
    await eventually('our finalizer is there', async () => {
      const { finalizers = [] } = (await stage().volume(name))?.metadata ?? {};
      return finalizers.includes(ourFinalizer);
    });
    await stage().deleteClaim('kept-no-more');
    await stage().untilVolumeGone(name);

    expect(await stage().datasetNames()).not.toContain(stage().datasetOf(volume));
  });
});
