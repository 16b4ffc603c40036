import { describe, expect, it } from '@jest/globals';

import { aDatasetUsage, aHostUsage } from '../../test/support/host-usage.ts';
import { aClaim, aClass, aVolume } from '../../test/support/builders.ts';
import { World } from '../../test/support/world.ts';
import { HostUnreachableError } from '../host/command.ts';
import { DatasetBusyError, DatasetNotEmptyError } from '../zfs/dataset-errors.ts';
import type { DatasetUsage } from '../zfs/dataset.ts';

function worldWith(...datasets: readonly DatasetUsage[]): World {
  return prepare(new World(), datasets);
}

function prepare(world: World, datasets: readonly DatasetUsage[]): World {
  world.kube.classes.put(aClass());
  world.zfs.usage = aHostUsage({ datasets });
  return world;
}

const destroyed = (world: World): readonly string[] =>
  world.zfs.calls.filter((call) => call.startsWith('destroy'));

describe('the survey at the start', () => {
  it('removes what a killed process left for a claim that is gone', async () => {
    const world = worldWith(aDatasetUsage());

    await world.start();

    expect(destroyed(world)).toEqual(['destroy storage-1:tank/k8s/pvc-uid-data']);
    expect(world.counted).toEqual(['surveyed storage-1', 'orphans storage-1 0']);
    await world.stop();
  });

  it.each<[string, Partial<DatasetUsage>]>([
    ['of another instance', { instance: 'other' }],
    ['of another cluster', { clusterId: 'cluster-2' }],
    ['without our identity', { instance: undefined, clusterId: undefined, volumeName: undefined }],
    ['of the classic provisioner', { clusterId: undefined, volumeName: undefined }],
    ['whose name is not its volume’s', { dataset: 'tank/k8s/renamed' }],
    ['that is to be retained', { reclaimPolicy: 'Retain' }],
    ['whose policy is not known', { reclaimPolicy: undefined }],
    ['that holds data', { referencedBytes: 1n << 20n }],
    ['that has snapshots', { usedBySnapshotsBytes: 1n }],
    ['that is younger than the grace time', { createdAtMs: Date.UTC(2026, 0, 1) - 1000 }],
  ])('keeps a dataset %s', async (_case, change) => {
    const world = worldWith(aDatasetUsage(change));

    await world.start();

    expect(destroyed(world)).toEqual([]);
    await world.stop();
  });

  it('keeps a dataset that has a volume', async () => {
    const world = worldWith(aDatasetUsage());
    world.kube.addVolume(aVolume({ phase: 'Bound' }));

    await world.start();

    expect(destroyed(world)).toEqual([]);
    expect(world.counted).toContain('orphans storage-1 0');
    await world.stop();
  });

  it('keeps a dataset whose volume only the API server knows yet', async () => {
    const world = worldWith(aDatasetUsage());
    world.kube.liveVolumes.set('pvc-uid-data', aVolume({ phase: 'Bound' }));

    await world.start();

    expect(destroyed(world)).toEqual([]);
    await world.stop();
  });

  it('says nothing of a dataset whose volume is deleted while the host answers', async () => {
    const world = worldWith(aDatasetUsage({ referencedBytes: 1n << 20n }));
    const volume = aVolume({ phase: 'Bound' });
    world.kube.addVolume(volume);

    const started = world.start();
    world.kube.volumes.remove(volume);
    await started;

    expect(world.lines.filter((line) => line.includes('orphaned'))).toEqual([]);
    expect(world.counted).toContain('orphans storage-1 0');
    await world.stop();
  });

  it('keeps a dataset whose claim still waits for it', async () => {
    const world = worldWith(aDatasetUsage());
    world.kube.addClaim(
      aClaim({ annotations: { 'volume.kubernetes.io/storage-provisioner': 'not-yet' } }),
    );

    await world.start();

    expect(destroyed(world)).toEqual([]);
    await world.stop();
  });

  it('removes a young one when its grace time is over', async () => {
    const world = worldWith(aDatasetUsage({ createdAtMs: Date.UTC(2026, 0, 1) - 1000 }));
    await world.start();

    await world.clock.advance(601_000);

    expect(destroyed(world)).toHaveLength(1);
    await world.stop();
  });

  it('reports what it keeps, once', async () => {
    const world = worldWith(aDatasetUsage({ reclaimPolicy: 'Retain' }));
    await world.start();

    await world.clock.advance(200_000);

    const reports = world.lines.filter((line) => line.includes('orphaned dataset found'));
    expect(reports).toEqual(['warn orphaned dataset found its reclaim policy is not Delete']);
    expect(world.counted).toContain('orphans storage-1 1');
    await world.stop();
  });

  it('tries again later to remove what is busy', async () => {
    const world = worldWith(aDatasetUsage());
    const location = { host: 'storage-1', dataset: 'tank/k8s/pvc-uid-data' };
    const error = new DatasetBusyError(location, 'dataset is busy');
    world.zfs.fail('destroy', { when: 'before', error });
    await world.start();
    expect(world.lines).toContain('warn orphaned dataset kept ');
    expect(world.counted).toContain('orphans storage-1 1');

    await world.clock.advance(61_000);

    expect(world.lines).toContain('info orphaned dataset removed ');
    await world.stop();
  });

  it('does not try again, nor say a second time, what turned out to hold something', async () => {
    const world = worldWith(aDatasetUsage());
    const location = { host: 'storage-1', dataset: 'tank/k8s/pvc-uid-data' };
    const error = new DatasetNotEmptyError(location, 'found: files');
    world.zfs.fail('destroy', { when: 'before', error });
    await world.start();

    await world.clock.advance(200_000);

    expect(destroyed(world)).toHaveLength(1);
    const reports = world.lines.filter((line) => line.includes('orphaned dataset'));
    expect(reports).toEqual(['warn orphaned dataset kept ']);
    await world.stop();
  });
});

describe('a survey that is made only once', () => {
  it('is not over while a host could not be asked', async () => {
    const world = prepare(new World({ surveyIntervalMs: 0 }), [aDatasetUsage()]);
    const error = new HostUnreachableError('storage-1', 'no answer');
    world.zfs.fail('scan', { when: 'before', error });
    await world.start();
    expect(destroyed(world)).toEqual([]);

    await world.clock.advance(601_000);

    expect(destroyed(world)).toHaveLength(1);
    await world.stop();
  });
});

describe('a later survey', () => {
  it('only reports an orphan that appears', async () => {
    const world = worldWith();
    await world.start();
    world.zfs.usage = aHostUsage({ datasets: [aDatasetUsage()] });

    await world.clock.advance(61_000);

    expect(destroyed(world)).toEqual([]);
    expect(world.lines).toContain('warn orphaned dataset found it appeared after the start');
    await world.stop();
  });

  it('says of a young one that it appeared, since it will never be removed', async () => {
    const world = worldWith();
    await world.start();
    const createdAtMs = Date.UTC(2026, 0, 1) + 59_000;
    world.zfs.usage = aHostUsage({ datasets: [aDatasetUsage({ createdAtMs })] });

    await world.clock.advance(61_000);

    expect(world.lines).toContain('warn orphaned dataset found it appeared after the start');
    await world.stop();
  });

  it('goes on when a host does not answer', async () => {
    const world = worldWith();
    const error = new HostUnreachableError('storage-1', 'no answer');
    world.zfs.fail('scan', { when: 'before', error });
    await world.start();

    await world.clock.advance(61_000);

    expect(world.lines).toContain('warn host not surveyed ');
    expect(world.counted).toContain('unreachable storage-1');
    expect(world.counted).toContain('surveyed storage-1');
    await world.stop();
  });
});

describe('a survey of a host that does not answer', () => {
  it('holds up nobody who stops', async () => {
    const world = worldWith();
    world.zfs.freeze('storage-1');
    await world.start();
    expect(world.zfs.calls).toEqual(['scan storage-1:tank/k8s']);

    let hasStopped = false;
    void world.stop().then(() => (hasStopped = true));
    await world.clock.advance(0);

    expect(hasStopped).toBe(true);
  });
});
