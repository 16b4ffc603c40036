import { describe, expect, it } from '@jest/globals';

import { aClass, aVolume, instance } from '../../test/support/builders.ts';
import { aCreation } from '../../test/support/creation.ts';
import { outcomeUnknown } from '../../test/support/memory-zfs.ts';
import { World } from '../../test/support/world.ts';
import type { WorldOptions } from '../../test/support/world.ts';
import { KubeUnavailableError } from '../kube/api-error.ts';
import { DatasetBusyError, DatasetKeptError } from '../zfs/dataset-errors.ts';

const location = { host: 'storage-1', dataset: 'tank/k8s/pvc-uid-data' };

/** A world with a released volume, its dataset, and the class that vouches for its host. */
function worldWith(
  annotations: Readonly<Record<string, string>>,
  options: WorldOptions = {},
): World {
  const world = new World(options);
  world.kube.classes.put(aClass());
  world.kube.addVolume(aVolume({ annotations }));
  world.zfs.datasets.set('storage-1:tank/k8s/pvc-uid-data', {
    ...aCreation(location),
    identity: { instance, clusterId: 'cluster-1', volumeName: 'pvc-uid-data' },
  });
  return world;
}

const toTrash = {
  'zfs-provisioner.io/on-delete': 'trash',
  'zfs-provisioner.io/trash-retention': '36h',
};
const toRetain = { 'zfs-provisioner.io/on-delete': 'retain' };

/** What was done to datasets. */
function changes(world: World): readonly string[] {
  return world.zfs.calls.filter((call) => !call.startsWith('scan'));
}

describe('a released volume whose dataset goes into the trash', () => {
  it('goes itself, and tells where the dataset is, until when, and how to have it back', async () => {
    const world = worldWith(toTrash);

    await world.start();

    expect(changes(world)).toEqual(['trash storage-1:tank/k8s/pvc-uid-data']);
    expect(world.kube.liveVolumes.size).toBe(0);
    expect(world.events).toEqual([
      expect.stringMatching(
        /^Normal VolumeTrashed pvc-uid-data: .*tank\/k8s\/\.trash\/pvc-uid-data-\d+ until 2026-01-02T12:00:00\.000Z.*kubectl zfs trash restore pvc-uid-data --claim default\/data$/,
      ),
    ]);
    expect(world.counted).toContain('delete succeeded');
    await world.stop();
  });

  it('stays for seven days where its volume does not say how long', async () => {
    const world = worldWith({ 'zfs-provisioner.io/on-delete': 'trash' });

    await world.start();

    expect(world.events[0]).toContain('until 2026-01-08T00:00:00.000Z');
    await world.stop();
  });

  it('needs no leave of the guard', async () => {
    const world = worldWith(toTrash, { maxDestroysPerMinute: 1 });
    world.kube.addVolume(aVolume({ name: 'pvc-2', annotations: toTrash }));
    world.kube.addVolume(aVolume({ name: 'pvc-3', annotations: toTrash }));

    await world.start();

    expect(world.kube.liveVolumes.size).toBe(0);
    await world.stop();
  });

  it('stays while its dataset is busy', async () => {
    const world = worldWith(toTrash);
    world.zfs.fail('trash', { when: 'before', error: new DatasetBusyError(location, 'in use') });

    await world.start();

    expect(world.kube.liveVolumes.size).toBe(1);
    expect(world.events).toEqual([expect.stringContaining('Warning VolumeFailedDelete')]);
    await world.stop();
  });

  it.each([
    ['nobody was told that the dataset is there', 'zfs'],
    ['the volume could not be deleted', 'kube'],
  ])('is tried again where %s: once in the trash, once gone', async (_title, where) => {
    const world = worldWith(toTrash);
    if (where === 'zfs') world.zfs.fail('trash', { when: 'after', error: outcomeUnknown() });
    else {
      const error = new KubeUnavailableError('the API server is away', {
        outcomeUnknown: false,
        retryAfterMs: undefined,
      });
      world.kube.fail('deleteVolume', { when: 'before', error });
    }

    await world.start();
    await world.clock.advance(30_000);

    expect(world.zfs.trashed.size).toBe(1);
    expect(world.kube.liveVolumes.size).toBe(0);
    expect(world.events.filter((event) => event.includes('VolumeTrashed'))).toHaveLength(1);
    await world.stop();
  });
});

describe('a released volume whose dataset is retained', () => {
  it('goes itself, and tells that the dataset stays', async () => {
    const world = worldWith(toRetain);

    await world.start();

    expect(changes(world)).toEqual(['retain storage-1:tank/k8s/pvc-uid-data']);
    expect(world.zfs.datasets.size).toBe(1);
    expect(world.kube.liveVolumes.size).toBe(0);
    expect(world.events).toEqual([expect.stringContaining('Normal VolumeRetained pvc-uid-data')]);
    await world.stop();
  });
});

describe('a dataset that says something safer than its volume', () => {
  it.each(['trash', 'retain'] as const)('is not destroyed: %s', async (instead) => {
    const world = worldWith({});
    const error = new DatasetKeptError(location, 'it is to be kept', instead);
    world.zfs.fail('destroy', { when: 'before', error });

    await world.start();

    expect(changes(world)).toEqual([
      'destroy storage-1:tank/k8s/pvc-uid-data',
      `${instead} storage-1:tank/k8s/pvc-uid-data`,
    ]);
    expect(world.kube.liveVolumes.size).toBe(0);
    await world.stop();
  });

  it('is retained instead of trashed', async () => {
    const world = worldWith(toTrash);
    const error = new DatasetKeptError(location, 'it is to be kept', 'retain');
    world.zfs.fail('trash', { when: 'before', error });

    await world.start();

    expect(world.zfs.retained.size).toBe(1);
    await world.stop();
  });

  it('stays with its volume where it does not say what is to be done instead', async () => {
    const world = worldWith({});
    world.zfs.fail('destroy', { when: 'before', error: new DatasetKeptError(location, 'kept') });

    await world.start();

    expect(changes(world)).toHaveLength(1);
    expect(world.kube.liveVolumes.size).toBe(1);
    await world.stop();
  });
});

describe('a volume with annotations that mean nothing', () => {
  it.each([
    ['on-delete', 'zfs-provisioner.io/on-delete', 'Trash'],
    ['trash-retention', 'zfs-provisioner.io/trash-retention', 'for ever'],
  ])('%s: nothing is done to its dataset', async (_title, key, value) => {
    const world = worldWith({ [key]: value });

    await world.start();

    expect(changes(world)).toEqual([]);
    expect(world.events).toEqual([expect.stringContaining(key)]);
    await world.stop();
  });
});
