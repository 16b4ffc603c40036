import { describe, expect, it } from '@jest/globals';

import { aClass, aVolume, instance } from '../../test/support/builders.ts';
import { aCreation } from '../../test/support/creation.ts';
import { settle } from '../../test/support/fake-clock.ts';
import type { Fault } from '../../test/support/fake-kube.ts';
import { outcomeUnknown } from '../../test/support/memory-zfs.ts';
import { World } from '../../test/support/world.ts';
import { KubeConflictError, KubeUnavailableError } from '../kube/api-error.ts';
import type { Volume } from '../volume/objects.ts';

const label = 'zfs-provisioner.io/destroy';

/** A world that may destroy so many a minute, with released volumes and their datasets. */
function worldWith(volumes: number, maxDestroysPerMinute: number): World {
  const world = new World({ maxDestroysPerMinute });
  world.kube.classes.put(aClass());
  for (let index = 0; index < volumes; index++) release(world, `pvc-${index}`);
  return world;
}

function release(world: World, name: string, labels?: Volume['metadata']['labels']): Volume {
  const { metadata, spec, status } = aVolume({ name });
  const volume = { metadata: { ...metadata, ...(labels && { labels }) }, spec, status } as Volume;
  world.kube.addVolume(volume);
  const dataset = `tank/k8s/${name}`;
  world.zfs.datasets.set(`storage-1:${dataset}`, {
    ...aCreation({ host: 'storage-1', dataset }),
    identity: { instance, clusterId: 'cluster-1', volumeName: name },
  });
  return volume;
}

const held = ({ kube }: World): readonly string[] =>
  [...kube.liveVolumes.values()]
    .filter(({ metadata }) => metadata.labels?.[label] === 'held')
    .map(({ metadata }) => metadata.name);

const patch = (world: World, name: string, change: object): Promise<unknown> =>
  world.kube.patchVolume(name, change as Record<string, unknown>);

const relabel = (world: World, name: string, value: string | null): Promise<unknown> =>
  patch(world, name, { metadata: { labels: { [label]: value } } });

const told = (world: World): readonly string[] =>
  world.events.filter((event) => event.includes('DestroyHeld'));

describe('more destroys than allowed within a minute', () => {
  it('200 at once, eight at a time: not one too many; the rest is held, each told once', async () => {
    const world = worldWith(200, 20);

    await world.start();
    await settle();

    expect(world.zfs.datasets.size).toBe(180);
    expect(held(world)).toHaveLength(180);
    expect(told(world)).toHaveLength(180);
    expect(world.counted.filter((each) => each === 'guard tripped')).toHaveLength(1);
    expect(world.counted).toContain('held 180');
    await world.stop();
  });

  it('an hour later are still held, without another word or another command', async () => {
    const world = worldWith(5, 2);
    await world.start();
    const calls = world.zfs.calls.filter((call) => call.startsWith('destroy'));

    await world.clock.advance(3_600_000);

    expect(world.zfs.calls.filter((call) => call.startsWith('destroy'))).toEqual(calls);
    expect(told(world)).toHaveLength(3);
    await world.stop();
  });

  it('one that comes later is held as well, although the minute is over', async () => {
    const world = worldWith(3, 2);
    await world.start();
    await world.clock.advance(600_000);

    release(world, 'pvc-late');
    await settle();

    expect(held(world)).toEqual(['pvc-2', 'pvc-late']);
    await world.stop();
  });

  it('says what, why, and how to go on or to keep it', async () => {
    const world = worldWith(2, 1);
    await world.start();

    expect(told(world)).toEqual([
      expect.stringMatching(/^Warning DestroyHeld pvc-1: Nothing was destroyed: more than 1 /),
    ]);
    expect(told(world)[0]).toContain('ZFS_MAX_DESTROYS_PER_MINUTE');
    expect(told(world)[0]).toContain(`kubectl label pv pvc-1 ${label}=confirmed --overwrite`);
    expect(told(world)[0]).toContain(`-l ${label}=held`);
    expect(told(world)[0]).toContain(
      `kubectl patch pv pvc-1 -p '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'`,
    );
    await world.stop();
  });

  it('are no matter where the setting is 0', async () => {
    const world = worldWith(200, 0);

    await world.start();
    await settle();

    expect(world.zfs.datasets.size).toBe(0);
    await world.stop();
  });
});

describe('a held volume', () => {
  it('is destroyed once a person has confirmed it, and that does not count', async () => {
    const world = worldWith(6, 1);
    await world.start();
    await world.clock.advance(60_000);

    for (const name of held(world)) await relabel(world, name, 'confirmed');
    release(world, 'pvc-next');
    await settle();

    expect(world.zfs.datasets.size).toBe(0);
    expect(world.counted).toContain('held 0');
    await world.stop();
  });

  it('stays when its policy becomes Retain, and holds nobody up any longer', async () => {
    const world = worldWith(2, 1);
    await world.start();
    await world.clock.advance(60_000);

    const spec = { persistentVolumeReclaimPolicy: 'Retain' };
    await patch(world, 'pvc-1', { metadata: {}, spec });
    release(world, 'pvc-next');
    await settle();

    expect([...world.zfs.datasets.keys()]).toEqual(['storage-1:tank/k8s/pvc-1']);
    expect(held(world)).toEqual(['pvc-1']);
    await world.stop();
  });

  it('goes into the trash when its annotation says so, as others do meanwhile', async () => {
    const world = worldWith(2, 1);
    await world.start();
    const annotations = { 'zfs-provisioner.io/on-delete': 'trash' };

    await patch(world, 'pvc-1', { metadata: { annotations } });
    await settle();

    expect(world.zfs.calls).toContain('trash storage-1:tank/k8s/pvc-1');
    expect(world.kube.liveVolumes.size).toBe(0);
    expect(world.counted).toContain('held 0');
    await world.stop();
  });

  it('goes when its label is taken off, no other is held and the minute is over', async () => {
    const world = worldWith(3, 1);
    await world.start();
    await relabel(world, 'pvc-2', 'confirmed');
    await settle();
    await relabel(world, 'pvc-1', null);
    await settle();
    expect(held(world)).toEqual(['pvc-1']);

    await world.clock.advance(60_000);
    await relabel(world, 'pvc-1', null);
    await settle();

    expect(world.zfs.datasets.size).toBe(0);
    await world.stop();
  });

  it('is still held, and holds others up, after a restart', async () => {
    const world = new World({ maxDestroysPerMinute: 100 });
    world.kube.classes.put(aClass());
    release(world, 'pvc-held', { [label]: 'held' });
    release(world, 'pvc-other');

    await world.start();

    expect(world.zfs.datasets.size).toBe(2);
    expect(held(world)).toEqual(['pvc-held', 'pvc-other']);
    expect(told(world)).toHaveLength(1);
    expect(world.counted).toContain('held 1');
    await world.stop();
  });

  it('that is confirmed is destroyed only if all else allows it', async () => {
    const world = worldWith(2, 1);
    await world.start();
    const annotations = { 'zfs.pv.kubernetes.io/zfs-dataset-path': 'tank/k8s/pvc-of-another' };
    await patch(world, 'pvc-1', { metadata: { annotations } });

    await relabel(world, 'pvc-1', 'confirmed');
    await settle();

    expect(world.zfs.datasets.size).toBe(1);
    expect(world.events.at(-1)).toContain('VolumeFailedDelete');
    await world.stop();
  });
});

describe('a label on its way', () => {
  it.each<[string, Fault]>([
    ['lost before it was written', lost('before')],
    ['lost after it was written', lost('after')],
    ['refused, as the volume has changed', conflict()],
  ])('%s: nothing more is destroyed, and it is written again', async (_case, fault) => {
    const world = worldWith(3, 1);
    world.kube.fail('patchVolume', fault);

    await world.start();
    expect(world.zfs.datasets.size).toBe(2);
    await world.clock.advance(2000);

    expect(held(world)).toEqual(['pvc-1', 'pvc-2']);
    expect(world.zfs.datasets.size).toBe(2);
    await world.stop();
  });
});

describe('what counts', () => {
  it('is also a destroy of which nobody knows whether it was done', async () => {
    const world = worldWith(2, 1);
    world.zfs.fail('destroy', { when: 'before', error: outcomeUnknown() });

    await world.start();
    await world.clock.advance(2000);

    expect(held(world)).toEqual(['pvc-0', 'pvc-1']);
    expect(world.zfs.datasets.size).toBe(2);
    await world.stop();
  });

  it('is not one that never reached its host: it waits for that only', async () => {
    const world = worldWith(40, 8); // as many as are tried at once
    world.kube.classes.remove(aClass());

    await world.start();

    expect(held(world)).toEqual([]);
    expect(world.events.every((event) => event.includes('ZFS_ALLOWED_HOSTS'))).toBe(true);
    await world.stop();
  });
});

function lost(when: 'before' | 'after'): Fault {
  return { when, error: new KubeUnavailableError('no answer', { outcomeUnknown: true }) };
}

function conflict(): Fault {
  return { when: 'before', error: new KubeConflictError('it changed') };
}
