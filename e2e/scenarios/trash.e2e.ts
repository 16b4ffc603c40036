import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { restoreFromTrash } from '../admin-zfs.ts';
import { eventually } from '../bench/eventually.ts';
import { mountpointOf, stateOf, writeFileInto } from '../dataset-state.ts';
import { useStage } from '../stage.ts';
import { trashOf, untilTrashed } from '../trash-state.ts';

const stage = useStage({
  classes: [{ name: 'nfs' }],
  // A verb waits for what is busy as long as a third of its limit.
  env: { ZFS_USAGE_INTERVAL: '1s', ZFS_OP_TIMEOUT: '10s', ZFS_TRASH_SWEEP_INTERVAL: '1s' },
});

beforeAll(async () => {
  await stage().createClass('trash', { parameters: { onDelete: 'trash' } });
  await stage().createClass('soon', { parameters: { onDelete: 'trash', trashRetention: '1s' } });
  await stage().createClass('retain', { parameters: { onDelete: 'retain' } });
});

afterEach(() => {
  stage().host.faults.clear();
});

/** A volume with a file in it. */
async function provision(name: string, className = 'trash') {
  const volume = await stage().provision({ name, className });
  const dataset = stage().datasetOf(volume);
  await writeFileInto(stage().host, dataset);
  return { name: volume.metadata.name, dataset };
}

async function metricOf(name: string): Promise<number> {
  const lines = (await stage().provisioner.metrics()).split('\n');
  const line = lines.find((each) => each.startsWith(`${name}{host="storage-1"}`));
  return Number(line?.split(' ').at(-1) ?? NaN);
}

describe('a volume that goes into the trash', () => {
  it('is out of use there, and comes back with its files, exported as before', async () => {
    const { host } = stage();
    const { name, dataset } = await provision('precious');
    await host.snapshot(dataset, 'monday');
    const before = await stateOf(host, dataset);
    expect(before).toMatchObject({ isExported: true, files: ['precious'] });

    await stage().deleteClaim('precious');
    await stage().untilVolumeGone(name);

    const trashed = await untilTrashed(host, dataset);
    expect(trashed).toMatch(new RegExp(`^${host.parentDataset}/\\.trash/${name}-\\d{8}T\\d{6}Z$`));
    expect((await trashOf(host)).get(trashed)).toMatchObject({
      ...{ mounted: 'no', readonly: 'on', sharenfs: 'off', refreservation: '0' },
      ...{ refquota: before.refquota, canmount: 'noauto' },
    });
    expect(host.exports().filter(({ mountpoint }) => mountpoint.includes(name))).toEqual([]);
    const { message } = await stage().untilEvent(name, 'VolumeTrashed', trashed);
    expect(message).toContain(`kubectl zfs trash restore ${name} --claim default/precious`);
    await eventually('it is counted', async () => {
      const counted = await metricOf('zfs_provisioner_trash_datasets');
      return counted === 1 && (await metricOf('zfs_provisioner_trash_bytes')) > 0;
    });

    const names = { dataset: trashed, volumeName: name, restoredAs: dataset };
    await restoreFromTrash(stage(), names);
    await restoreFromTrash(stage(), names);

    expect(await stateOf(host, dataset)).toEqual(before);
    const limits = (await host.datasets('readonly', 'refreservation')).get(dataset);
    expect(limits).toEqual({ readonly: 'off', refreservation: String(64 * 1024 * 1024) });
    expect((await trashOf(host)).size).toBe(0);
  });

  it('is what its claim asked for, where the class destroys', async () => {
    const annotations = { 'zfs-provisioner.io/onDelete': 'trash' };
    const volume = await stage().provision({ name: 'asked', className: 'nfs', annotations });
    const dataset = stage().datasetOf(volume);

    await stage().deleteClaim('asked');
    await stage().untilVolumeGone(volume.metadata.name);

    const trashed = await untilTrashed(stage().host, dataset);
    expect(await stage().datasetNames()).toContain(trashed);
  });

  it('is not undone by a claim that asks for less', async () => {
    const annotations = { 'zfs-provisioner.io/onDelete': 'destroy' };
    await stage().createClaim({ name: 'careless', className: 'trash', annotations });

    const { message } = await stage().untilEvent('careless', 'ProvisioningFailed', 'less safe');

    expect(message).toContain('zfs-provisioner.io/onDelete');
    await stage().deleteClaim('careless');
  });

  it('is not undone by an annotation of the volume: the dataset remembers', async () => {
    const { name, dataset } = await provision('remembers');
    const annotations = { 'zfs-provisioner.io/on-delete': null };
    await stage().patchVolume(name, { metadata: { annotations } });

    await stage().deleteClaim('remembers');
    await stage().untilVolumeGone(name);

    const trashed = await untilTrashed(stage().host, dataset);
    expect(await stage().datasetNames()).toContain(trashed);
  });

  it('stays in use while something on its host uses it', async () => {
    const { host } = stage();
    const { name, dataset } = await provision('busy');
    const release = await host.occupy(await mountpointOf(host, dataset));
    const before = await stateOf(host, dataset);
    try {
      await stage().deleteClaim('busy');
      await stage().untilEvent(name, 'VolumeFailedDelete', 'busy');

      expect(await stateOf(host, dataset)).toEqual(before);
    } finally {
      await release();
    }
    await stage().untilVolumeGone(name);
    await untilTrashed(host, dataset);
  });
});

describe('a volume whose deletion is interrupted on its way into the trash', () => {
  it.each([
    ['unmount', 'before'],
    ['unmount', 'after'],
    ['set', 'after'],
    ['rename', 'before'],
    ['rename', 'after'],
  ] as const)('at %s, killed %s it: is there once, as it should be', async (verb, when) => {
    const { host } = stage();
    const claim = `killed-${verb}-${when}`;
    const { name, dataset } = await provision(claim);

    host.faults.killNext({ verb, when });
    await stage().deleteClaim(claim);
    await stage().untilVolumeGone(name, 40_000);

    expect(host.faults.pending).toBe(0);
    const trashed = await untilTrashed(host, dataset);
    const ofIt = [...(await trashOf(host))].filter(([each]) => each.includes(name));
    expect(ofIt).toEqual([
      [trashed, expect.objectContaining({ readonly: 'on', sharenfs: 'off', refreservation: '0' })],
    ]);
    await restoreFromTrash(stage(), { dataset: trashed, volumeName: name, restoredAs: dataset });
    expect(await stateOf(host, dataset)).toMatchObject({ isExported: true, files: ['precious'] });
  });
});

describe('a volume that is retained', () => {
  it('goes, and its dataset stays as it is, noted and left alone', async () => {
    const { host } = stage();
    const { name, dataset } = await provision('kept', 'retain');
    const before = await stateOf(host, dataset);

    await stage().deleteClaim('kept');
    await stage().untilVolumeGone(name);

    await stage().untilEvent(name, 'VolumeRetained', dataset);
    expect(await stateOf(host, dataset)).toEqual(before);
    const noted = await host.datasets('zfs-provisioner.io:retained_at');
    expect(noted.get(dataset)).toEqual({
      'zfs-provisioner.io:retained_at': expect.stringMatching(/^\d{10}$/),
    });
  });
});

describe('what has expired in the trash', () => {
  it('is destroyed with its snapshots, and nothing else', async () => {
    const { host } = stage();
    const { name, dataset } = await provision('expires', 'soon');
    await host.snapshot(dataset, 'monday');
    const later = await provision('expires-later');
    const sweptBefore = (await metricOf('zfs_provisioner_trash_swept_total')) || 0;
    await stage().deleteClaim('expires-later');
    await stage().deleteClaim('expires');
    await stage().untilVolumeGone(name);

    await eventually('it is gone', async () => {
      const names = [...(await trashOf(host)).keys()];
      return !names.some((each) => each.includes(name));
    });

    await untilTrashed(host, later.dataset);
    await eventually('it is counted', async () => {
      return (await metricOf('zfs_provisioner_trash_swept_total')) === sweptBefore + 1;
    });
    await stage().provisioner.waitFor(
      ({ msg, volume }) => msg === 'expired dataset destroyed' && volume === name,
    );
  });
});
