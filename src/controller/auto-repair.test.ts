import { describe, expect, it } from '@jest/globals';
import { aBoundClaim, aClass, aVolume } from '../../test/support/builders.ts';
import { parentsOf } from '../../test/support/comparison.ts';
import { aCondition, aDatasetUsage, aHostUsage } from '../../test/support/host-usage.ts';
import { World } from '../../test/support/world.ts';
import type { DriftKind } from '../volume/drift-kinds.ts';
import { DatasetNotOwnedError } from '../zfs/dataset-errors.ts';
import type { DatasetCondition, DatasetUsage } from '../zfs/dataset.ts';

const gibibyte = 1n << 30n;

function aDataset(
  condition: Partial<DatasetCondition>,
  change: Partial<DatasetUsage> = {},
): DatasetUsage {
  const whole = aCondition({ sharenfs: 'rw', notedShare: 'rw', ...condition });
  return aDatasetUsage({ ...change, condition: whole });
}

const healthy = aDataset({});
const unmounted = aDataset({ mounted: false });

/** Each survey sees what it is told to see, whatever was repaired. */
function worldThatRepairs(autoRepair: readonly DriftKind[], seen: DatasetUsage): World {
  const world = new World({ autoRepair });
  world.kube.classes.put(aClass());
  world.kube.addVolume(aVolume({ phase: 'Bound' }));
  world.kube.addClaim(aBoundClaim('1Gi'));
  see(world, seen);
  return world;
}

function see(world: World, seen: DatasetUsage): void {
  world.zfs.usage = aHostUsage({ ...parentsOf('tank/k8s'), datasets: [seen] });
}

/** With the next survey, and what it finds repaired. */
const nextSurvey = (world: World): Promise<void> => world.clock.advance(60_000);

const repairEvents = (world: World): readonly string[] =>
  world.events.filter((event) => event.includes('Repair'));

describe('automatic repair', () => {
  it('repairs nothing unless it is told to', async () => {
    const world = worldThatRepairs([], aDataset({ mounted: false, readOnly: true }));

    await world.start();

    expect(world.zfs.repairs).toEqual([]);
    await world.stop();
  });

  it('repairs what is named and nothing else, in one exec', async () => {
    const wrong = aDataset(
      { mounted: false, readOnly: true, sharenfs: 'off' },
      { refquotaBytes: 1n },
    );
    const world = worldThatRepairs(['unmounted', 'quota'], wrong);

    await world.start();

    expect(world.zfs.repairs).toEqual([
      {
        host: 'storage-1',
        dataset: 'tank/k8s/pvc-uid-data',
        identity: {
          instance: 'pv.kubernetes.io/zfs',
          clusterId: 'cluster-1',
          volumeName: 'pvc-uid-data',
        },
        repairs: [{ kind: 'quota', property: 'refquota', sizeBytes: gibibyte }, { kind: 'mount' }],
      },
    ]);
    expect(repairEvents(world)).toEqual([
      'Normal VolumeRepaired pvc-uid-data: Dataset tank/k8s/pvc-uid-data on storage-1 was repaired: ' +
        'refquota=1073741824 (it was refquota=1), mounted=yes (it was mounted=no)',
    ]);
    expect(world.counted).toEqual(expect.arrayContaining(['repaired quota', 'repaired unmounted']));
    await world.stop();
  });

  it('leaves what cannot be repaired', async () => {
    const wrong = aDataset(
      { keyStatus: 'unavailable', mounted: false },
      { refquotaBytes: gibibyte * 9n },
    );
    const world = worldThatRepairs(['unmounted', 'quota'], wrong);

    await world.start();

    expect(world.zfs.repairs).toEqual([]);
    await world.stop();
  });

  it('leaves size and reservation to a growth that is under way', async () => {
    const wrong = aDataset({ refreservationBytes: 0n, mounted: false }, { refquotaBytes: 1n });
    const world = worldThatRepairs(['quota', 'reservation', 'unmounted'], wrong);
    const status = { allocatedResources: { storage: '2Gi' } };
    world.kube.addClaim(aBoundClaim('1Gi', { status }));

    await world.start();

    expect(world.zfs.repairs).toMatchObject([{ repairs: [{ kind: 'mount' }] }]);
    await world.stop();
  });

  it('repairs ever more rarely what does not stay so', async () => {
    const world = worldThatRepairs(['unmounted'], unmounted);
    await world.start();
    expect(world.zfs.repairs).toHaveLength(1);
    const counts: number[] = [];

    for (let survey = 0; survey < 30; survey++) {
      await nextSurvey(world);
      counts.push(world.zfs.repairs.length);
    }

    // With the pauses of 22, 45, 90, 180, 360, 450 seconds that the back-off gives here.
    expect(counts.filter((count, index) => count !== (counts[index - 1] ?? 1)).length).toBeLessThan(
      9,
    );
    expect(counts.at(-1)).toBeGreaterThan(4);
    await world.stop();
  });

  it('does not begin anew with what was well in between, until it has been well for long', async () => {
    const world = worldThatRepairs(['unmounted'], unmounted);
    await world.start();
    for (let survey = 0; survey < 20; survey++) {
      see(world, survey % 2 === 0 ? healthy : unmounted);
      await nextSurvey(world);
    }
    const before = world.zfs.repairs.length;
    expect(before).toBeLessThan(8);

    see(world, healthy);
    await world.clock.advance(1_000_000);
    see(world, unmounted);
    for (let survey = 0; survey < 2; survey++) await nextSurvey(world);

    expect(world.zfs.repairs.length).toBe(before + 2);
    await world.stop();
  });

  it('tells why it could not, and tries again later', async () => {
    const world = worldThatRepairs(['unmounted'], unmounted);
    const error = new DatasetNotOwnedError(
      { host: 'storage-1', dataset: 'tank/k8s/pvc-uid-data' },
      'it cannot be proven to be its own',
    );
    world.zfs.fail('repair', { when: 'before', error });

    await world.start();

    expect(repairEvents(world)).toEqual([
      'Warning VolumeRepairFailed pvc-uid-data: it cannot be proven to be its own',
    ]);
    expect(world.lines).toContainEqual(expect.stringContaining('warn dataset not repaired'));
    expect(world.counted).toContain('repair failed unmounted');
    await nextSurvey(world);
    await nextSurvey(world);
    expect(world.counted).toContain('repaired unmounted');
    await world.stop();
  });

  it('leaves a volume that goes while others are repaired', async () => {
    const world = worldThatRepairs(['unmounted'], unmounted);
    const volume = aVolume({ name: 'pvc-second', phase: 'Bound' });
    world.kube.addVolume(volume);
    const second = { ...unmounted, dataset: 'tank/k8s/pvc-second', volumeName: 'pvc-second' };
    const condition = { ...unmounted.condition, mountpoint: '/tank/k8s/pvc-second' };
    world.zfs.usage = aHostUsage({
      ...parentsOf('tank/k8s'),
      datasets: [unmounted, { ...second, condition }],
    });
    const { repairs } = world.zfs;
    const push = repairs.push.bind(repairs);
    repairs.push = (...items) => {
      world.kube.volumes.remove(volume);
      return push(...items);
    };

    await world.start();

    expect(repairs.map(({ dataset }) => dataset)).toEqual(['tank/k8s/pvc-uid-data']);
    await world.stop();
  });

  it('of a host that does not answer keeps nobody waiting', async () => {
    const world = worldThatRepairs(['unmounted'], unmounted);
    await world.start();
    const { calls } = world.zfs;
    world.zfs.repair = () => new Promise(() => undefined);

    await nextSurvey(world);
    await nextSurvey(world);

    expect(calls.filter((call) => call.startsWith('scan')).length).toBeGreaterThan(2);
    await world.stop();
  });
});
