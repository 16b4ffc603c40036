import { describe, expect, it } from '@jest/globals';
import { aBoundClaim, aClass, aVolume } from '../../test/support/builders.ts';
import { parentsOf } from '../../test/support/comparison.ts';
import { aCondition, aDatasetUsage, aHostUsage } from '../../test/support/host-usage.ts';
import { World } from '../../test/support/world.ts';
import { HostUnreachableError } from '../host/command.ts';
import type { DatasetUsage } from '../zfs/dataset.ts';

const bound = aVolume({ phase: 'Bound' });
const healthy = aDatasetUsage({ condition: aCondition({ sharenfs: 'rw', notedShare: 'rw' }) });
const small: DatasetUsage = { ...healthy, refquotaBytes: 1n };

/** With a volume that is bound, and what is seen of the host in the end. */
function worldWith(...datasets: readonly DatasetUsage[]): World {
  const world = new World();
  world.kube.classes.put(aClass());
  world.kube.addVolume(bound);
  world.kube.addClaim(aBoundClaim('1Gi'));
  see(world, ...datasets);
  return world;
}

function see(world: World, ...datasets: readonly DatasetUsage[]): void {
  world.zfs.usage = aHostUsage({ ...parentsOf('tank/k8s'), datasets });
}

const nextSurvey = (world: World): Promise<void> => world.clock.advance(61_000);

const told = (world: World): readonly string[] =>
  world.events.filter((event) => /Drift|Missing/.test(event));

describe('what a survey finds', () => {
  it('is nothing where all is well', async () => {
    const world = worldWith(healthy);

    await world.start();

    expect(told(world)).toEqual([]);
    expect(world.compared).toEqual(['storage-1']);
    await world.stop();
  });

  it('is told about the volume once, and once when it is well again', async () => {
    const world = worldWith(small);
    await world.start();
    await nextSurvey(world);
    expect(told(world)).toEqual([
      'Warning VolumeDrift pvc-uid-data: Dataset tank/k8s/pvc-uid-data on storage-1 has refquota=1, promised is ' +
        'refquota=1073741824. To do: zfs set refquota=1073741824 tank/k8s/pvc-uid-data',
    ]);
    expect(world.lines.filter((line) => line.includes('not as promised'))).toHaveLength(1);
    expect(world.compared).toEqual(['storage-1, quota 1', 'storage-1, quota 1']);

    see(world, healthy);
    await nextSurvey(world);
    await nextSurvey(world);

    expect(told(world).slice(1)).toEqual([
      'Normal VolumeDriftHealed pvc-uid-data: As it was promised again: dataset tank/k8s/pvc-uid-data on storage-1 has ' +
        'refquota=1073741824',
    ]);
    see(world, small);
    await nextSurvey(world);
    expect(told(world)).toHaveLength(3);
    await world.stop();
  });

  it('is told for each thing that is otherwise', async () => {
    const world = worldWith(small);
    await world.start();

    see(world, { ...small, condition: { ...healthy.condition, mounted: false } });
    await nextSurvey(world);

    expect(told(world)).toHaveLength(2);
    expect(told(world)[1]).toContain('mounted=no');
    await world.stop();
  });

  it('is told of a dataset that is not there, and when it is there again', async () => {
    const world = worldWith();
    await world.start();
    await nextSurvey(world);
    expect(told(world)).toEqual([
      "Warning DatasetMissing pvc-uid-data: The volume's data cannot be used: there is no dataset tank/k8s/pvc-uid-data on " +
        'storage-1. To do: look on the host and at backups; the volume stays as it is',
    ]);
    expect(world.compared[0]).toBe('storage-1, missing 1');

    see(world, { ...healthy, dataset: 'tank/k8s/renamed' });
    await nextSurvey(world);
    see(world, healthy);
    await nextSurvey(world);

    expect(told(world).slice(1)).toEqual([expect.stringContaining('VolumeDriftHealed')]);
    await world.stop();
  });

  it('says where a dataset is that was renamed, and that another took its place', async () => {
    const another = { ...healthy, volumeName: 'pvc-other' };
    const world = worldWith(another, { ...healthy, dataset: 'tank/k8s/renamed' });

    await world.start();

    expect(told(world)).toEqual([expect.stringContaining("is not provably this volume's")]);
    expect(told(world)).toEqual([expect.stringContaining('is tank/k8s/renamed')]);
    await world.stop();
  });

  it('is not forgotten, nor told again, while the host or the parent cannot be seen', async () => {
    const world = worldWith(small);
    await world.start();
    world.zfs.fail('scan', {
      when: 'before',
      error: new HostUnreachableError('storage-1', 'gone'),
    });
    await nextSurvey(world);
    world.zfs.usage = aHostUsage({ asked: ['tank/k8s'] });
    await nextSurvey(world);

    see(world, small);
    await nextSurvey(world);

    expect(told(world)).toHaveLength(1);
    await world.stop();
  });

  it('is over without a word when the volume is deleted', async () => {
    const world = worldWith(small);
    await world.start();

    world.kube.volumes.remove(bound);
    see(world);
    await nextSurvey(world);

    expect(told(world)).toHaveLength(1);
    expect(world.compared.at(-1)).toBe('storage-1');
    await world.stop();
  });

  it('is only for the log where annotations contradict the volume', async () => {
    const world = worldWith(small);
    world.kube.addVolume(
      aVolume({ phase: 'Bound', annotations: { 'zfs-provisioner.io/quota': 'x' } }),
    );

    await world.start();
    await nextSurvey(world);

    expect(told(world)).toEqual([]);
    expect(world.lines.filter((line) => line.includes('not compared'))).toHaveLength(1);
    await world.stop();
  });

  it('counts what is retained and what is nobody’s, and removes neither', async () => {
    const retained = { ...healthy, dataset: 'tank/k8s/pvc-kept', volumeName: 'pvc-kept' };
    const nobodys = { instance: undefined, clusterId: undefined, volumeName: undefined };
    const world = worldWith(
      healthy,
      { ...retained, retainedAtMs: 1 },
      { ...healthy, dataset: 'tank/k8s/home', ...nobodys },
    );

    await world.start();
    await nextSurvey(world);

    expect(world.compared[0]).toBe('storage-1, retained 1, strangers 1');
    expect(world.counted).toContain('orphans storage-1 0');
    expect(world.zfs.calls.filter((call) => call.startsWith('destroy'))).toEqual([]);
    expect(world.lines.filter((line) => line.includes('of nobody'))).toHaveLength(1);
    await world.stop();
  });
});
