import { describe, expect, it } from '@jest/globals';

import { aClaim, aClass } from '../../test/support/builders.ts';
import { settle } from '../../test/support/fake-clock.ts';
import { outcomeUnknown } from '../../test/support/memory-zfs.ts';
import { World } from '../../test/support/world.ts';
import { HostUnreachableError } from '../host/command.ts';
import type { HostEntry } from '../provisioner/inventory/hosts-file.ts';
import { KubeUnavailableError } from '../kube/api-error.ts';
import { OutOfSpaceError } from '../zfs/dataset-errors.ts';

const GiB = 1n << 30n;
const annotation = 'zfs-provisioner.io/host';

const host = (name: string, more: Partial<HostEntry> = {}): HostEntry => ({
  name,
  labels: { tier: 'data' },
  parents: [{ dataset: 'tank/k8s' }],
  ...more,
});

/** A world of three hosts with so many GiB free; each is the same to every other test. */
function worldOf(free: Readonly<Record<string, number>>): World {
  const world = new World();
  world.inventory.replace(Object.keys(free).map((name) => host(name)));
  for (const [name, gib] of Object.entries(free)) know(world, name, gib);
  const parameters = { hostname: undefined, parentDataset: undefined, hostSelector: 'tier=data' };
  world.kube.classes.put(
    aClass({ parameters: { ...parameters, shareProperties: 'rw=@10.0.0.0/8' } }),
  );
  return world;
}

function know(world: World, name: string, gib: number): void {
  const availableBytes = BigInt(gib) * GiB;
  world.zfs.usages.set(name, {
    asked: ['tank/k8s'],
    parents: [{ host: name, dataset: 'tank/k8s', availableBytes, readOnly: false }],
    pools: [
      {
        ...{ host: name, pool: 'tank', health: 'ONLINE' },
        ...{ sizeBytes: 100n * GiB, allocatedBytes: 10n * GiB, freeBytes: availableBytes },
      },
    ],
    datasets: [],
    trash: [],
  });
}

function hostsOfDatasets(world: World): readonly string[] {
  return [...world.zfs.datasets.keys()].map((key) => key.split(':', 1).join('')).toSorted();
}

const unreachable = (): Error => new HostUnreachableError('a', 'a does not answer');

describe('claims that may go to several hosts', () => {
  it('spread by what is left, though no survey comes between', async () => {
    const world = worldOf({ a: 20, b: 20, c: 14 });
    await world.start();

    for (let number = 1; number <= 30; number++) {
      world.kube.addClaim(aClaim({ name: `data-${number}` }));
    }
    await settle();

    const count = (name: string): number =>
      hostsOfDatasets(world).filter((each) => each === name).length;
    expect([count('a'), count('b'), count('c')]).toEqual([12, 12, 6]);
    await world.stop();
  });

  it('have their host written on them before anything is created', async () => {
    const world = worldOf({ a: 5, b: 9 });
    world.kube.addClaim(aClaim());
    await world.start();
    await world.clock.advance(500);

    expect(world.kube.liveClaims.get('default/data')?.metadata.annotations).toMatchObject({
      [annotation]: 'b/tank/k8s',
    });
    expect(world.kube.calls.slice(0, 2)).toEqual(['patchClaim data', 'createVolume pvc-uid-data']);
    expect(hostsOfDatasets(world)).toEqual(['b']);
    expect(world.zfs.calls.filter((call) => call.startsWith('create'))).toHaveLength(1);
    await world.stop();
  });

  it('keep the host that a killed process wrote on them, though another has more space', async () => {
    const world = worldOf({ a: 5, b: 9 });
    world.kube.addClaim(aClaim({ annotations: { [annotation]: 'a/tank/k8s' } }));
    await world.start();
    await world.clock.advance(500);

    expect(hostsOfDatasets(world)).toEqual(['a']);
    await world.stop();
  });

  it.each(['c/tank/k8s', 'a/tank/other', 'nonsense'])(
    'are not led by an annotation that names no place of their class: %s',
    async (written) => {
      const world = worldOf({ a: 5, b: 9 });
      world.kube.addClaim(aClaim({ annotations: { [annotation]: written } }));
      await world.start();
      await world.clock.advance(500);

      expect(hostsOfDatasets(world)).toEqual(['b']);
      await world.stop();
    },
  );

  it('go elsewhere when their host was certainly never reached', async () => {
    const world = worldOf({ a: 9, b: 5 });
    world.zfs.fail('create', { when: 'before', error: unreachable() });
    await world.start();
    world.kube.addClaim(aClaim());
    await settle();
    expect(world.events.join()).toContain('a does not answer. Another storage host is tried');

    await world.clock.advance(1000);

    expect(hostsOfDatasets(world)).toEqual(['b']);
    expect(world.events.join()).toContain('The volume goes to b; skipped: a (');
    await world.stop();
  });

  it('go elsewhere from a host that is full after all, and leave nothing there', async () => {
    const world = worldOf({ a: 9, b: 5 });
    const full = new OutOfSpaceError({ host: 'a', dataset: 'tank/k8s/x' }, 'a is full');
    world.zfs.fail('create', { when: 'after', error: full });
    await world.start();
    world.kube.addClaim(aClaim());
    await settle();
    await world.clock.advance(1000);

    expect(hostsOfDatasets(world)).toEqual(['b']);
    await world.stop();
  });

  it('stay with the host that has their dataset, when their volume could not be written', async () => {
    const world = worldOf({ a: 9, b: 5 });
    const error = new KubeUnavailableError('no answer', { outcomeUnknown: true });
    for (let times = 0; times < 3; times++) {
      world.kube.fail('createVolume', { when: 'before', error });
    }
    await world.start();
    world.kube.addClaim(aClaim());
    await settle();
    world.zfs.fail('create', { when: 'before', error: unreachable() });

    await world.clock.advance(10_000);

    expect(hostsOfDatasets(world)).toEqual(['a']);
    expect(world.kube.liveVolumes.size).toBe(1);
    await world.stop();
  });

  it('stay with a host on which nobody knows what an attempt has left', async () => {
    const world = worldOf({ a: 9, b: 5 });
    world.zfs.fail('create', { when: 'after', error: outcomeUnknown() });
    world.zfs.fail('create', { when: 'before', error: unreachable() });
    await world.start();
    world.kube.addClaim(aClaim());
    await settle();
    await world.clock.advance(5000);

    expect(hostsOfDatasets(world)).toEqual(['a']);
    expect(world.kube.liveVolumes.size).toBe(1);
    await world.stop();
  });

  it('stay with a host on which nobody knows what a killed process has left', async () => {
    const world = worldOf({ a: 9, b: 5 });
    world.zfs.fail('create', { when: 'before', error: unreachable() });
    world.zfs.fail('create', { when: 'before', error: unreachable() });
    world.kube.addClaim(aClaim({ annotations: { [annotation]: 'a/tank/k8s' } }));
    await world.start();
    await world.clock.advance(5000);

    expect(hostsOfDatasets(world)).toEqual(['a']);
    expect(world.zfs.calls.filter((call) => call.startsWith('create b'))).toEqual([]);
    await world.stop();
  });

  it('are looked at again at once when the hosts file changes', async () => {
    const world = worldOf({ a: 9 });
    const parameters = { hostname: undefined, parentDataset: undefined, hostSelector: 'tier=new' };
    world.kube.classes.put(aClass({ name: 'new', parameters }));
    world.kube.addClaim(aClaim({ className: 'new' }));
    await world.start();
    expect(world.events.join()).toContain('hostSelector matches no host');

    world.inventory.replace([host('a'), host('b', { labels: { tier: 'new' } })]);
    world.hostsChanged(['b']);
    await settle();

    expect(hostsOfDatasets(world)).toEqual(['b']);
    expect(world.counted).toContain('surveyed b');
    await world.stop();
  });

  it('skip a host whose breaker is open, and say so', async () => {
    const world = worldOf({ a: 9, b: 5 });
    world.breakers.set('a', { isOpen: true });
    await world.start();
    world.kube.addClaim(aClaim());
    await settle();

    expect(hostsOfDatasets(world)).toEqual(['b']);
    expect(world.events.join()).toContain('a (it does not answer, and is given up for now)');
    await world.stop();
  });

  it('are told of every host when none can take them, and go on when one can', async () => {
    const world = worldOf({ a: 9, b: 5 });
    world.breakers.set('a', { isOpen: true });
    world.breakers.set('b', { isOpen: true });
    await world.start();
    world.kube.addClaim(aClaim());
    await settle();
    expect(world.events.join()).toMatch(/no storage host can take.*a \(.*b \(/);

    world.breakers.clear();
    await world.clock.advance(2000);

    expect(world.zfs.datasets.size).toBe(1);
    await world.stop();
  });

  it('are not held by a host that hangs', async () => {
    const world = worldOf({ a: 30, b: 5 });
    await world.start();
    world.zfs.freeze('a');
    for (let number = 1; number <= 40; number++) {
      world.kube.addClaim(aClaim({ name: `data-${number}`, size: '512Mi' }));
    }
    await settle();
    const parameters = { hostname: 'b', shareProperties: 'rw=@10.0.0.0/8' };
    world.kube.classes.put(aClass({ name: 'other', parameters }));
    world.kube.addClaim(aClaim({ name: 'other', className: 'other' }));
    await settle();

    expect(hostsOfDatasets(world)).toContain('b');
    expect([...world.kube.liveVolumes.keys()]).toContain('pvc-uid-other');
    void world.stop();
  });
});
