import { describe, expect, it } from '@jest/globals';
import type { ClaimOptions, VolumeOptions } from '../../test/support/builders.ts';
import { aBoundClaim, aClass, aVolume, instance } from '../../test/support/builders.ts';
import { aCreation } from '../../test/support/creation.ts';
import { settle } from '../../test/support/fake-clock.ts';
import { outcomeUnknown } from '../../test/support/memory-zfs.ts';
import type { WorldOptions } from '../../test/support/world.ts';
import { World } from '../../test/support/world.ts';
import { HostUnreachableError } from '../host/command.ts';
import { KubeConflictError, KubeUnavailableError } from '../kube/api-error.ts';
import type { Claim } from '../volume/objects.ts';
import { DatasetNotOwnedError, OutOfSpaceError } from '../zfs/dataset-errors.ts';

const gibibyte = 1024n ** 3n;
const key = 'storage-1:tank/k8s/pvc-uid-data';
const location = { host: 'storage-1', dataset: 'tank/k8s/pvc-uid-data' };
const notRequired = 'volume.kubernetes.io/node-expansion-not-required';

interface Given {
  readonly size?: string;
  readonly claim?: ClaimOptions;
  readonly volume?: VolumeOptions;
  readonly options?: WorldOptions;
}

/** A bound claim of 1 GiB that asks for `size`, its volume, its dataset and its class. */
function worldWith({ size = '2Gi', claim = {}, volume = {}, options = {} }: Given = {}): World {
  const world = new World(options);
  world.kube.classes.put(aClass());
  world.kube.addVolume(aVolume({ phase: 'Bound', ...volume }));
  world.kube.addClaim(aBoundClaim(size, claim));
  const identity = { instance, clusterId: 'cluster-1', volumeName: 'pvc-uid-data' };
  world.zfs.datasets.set(key, aCreation({ ...location, identity }));
  return world;
}

const claimOf = ({ kube }: World): Claim | undefined => kube.liveClaims.get('default/data');
const limitOf = ({ zfs }: World): bigint | undefined => zfs.datasets.get(key)?.sizeBytes;
const capacityOf = ({ kube }: World): string | undefined =>
  kube.liveVolumes.get('pvc-uid-data')?.spec.capacity?.storage;
const conditionsOf = (world: World): readonly string[] =>
  (claimOf(world)?.status?.conditions ?? []).map(({ type }) => type);

function ask(world: World, size: string): void {
  const claim = claimOf(world);
  if (claim === undefined) throw new Error('there is no claim');
  const resourceVersion = `${claim.metadata.resourceVersion}-${size}`;
  const spec = { ...claim.spec, resources: { requests: { storage: size } } };
  world.kube.addClaim({ ...claim, metadata: { ...claim.metadata, resourceVersion }, spec });
}

function expectGrown(world: World, size = '2Gi', bytes = 2n * gibibyte): void {
  expect(limitOf(world)).toBe(bytes);
  expect(world.zfs.datasets.get(key)?.refreservationBytes).toBe(bytes);
  expect(capacityOf(world)).toBe(size);
  expect(claimOf(world)?.status).toEqual({
    phase: 'Bound',
    capacity: { storage: size },
    allocatedResources: { storage: size },
  });
  expect(claimOf(world)?.metadata.annotations?.[notRequired]).toBe('true');
}

describe('a claim that asks for more', () => {
  it('gets it by one verb and three writes: its status, the volume, its status', async () => {
    const world = worldWith({ size: '1Gi' });
    await world.start();
    expect(world.kube.calls).toEqual([]);

    ask(world, '2Gi');
    await settle();

    expectGrown(world);
    expect(world.zfs.calls.filter((call) => call.startsWith('grow'))).toEqual([`grow ${key}`]);
    expect(world.kube.calls).toEqual([
      'patchClaimStatus data',
      'patchVolume pvc-uid-data',
      'patchClaimStatus data',
    ]);
    expect(world.events).toEqual([
      'Normal Resizing data: External resizer is resizing volume pvc-uid-data',
      'Normal VolumeResizeSuccessful data: Resize volume succeeded',
    ]);
    expect(world.counted).toContain('growth succeeded');
    await world.stop();
  });

  it('gets it at the start too, without its class if the host is allowed', async () => {
    const world = worldWith({ options: { allowedHosts: ['storage-1'] } });
    world.kube.classes.replace(new Map());

    await world.start();

    expectGrown(world);
    await world.stop();
  });

  it('of another provisioner’s volume costs nothing and is told nothing', async () => {
    const annotations = { 'pv.kubernetes.io/provisioned-by': 'nfs.csi.k8s.io' };
    const world = worldWith({ volume: { annotations } });

    await world.start();

    expect(world.kube.calls).toEqual([]);
    expect(world.zfs.calls.filter((call) => call.startsWith('grow'))).toEqual([]);
    expect(world.events).toEqual([]);
    await world.stop();
  });

  it('is told when its dataset is larger already, which stays so', async () => {
    const world = worldWith();
    world.zfs.datasets.set(key, { ...aCreation(location), sizeBytes: 5n * gibibyte });

    await world.start();

    expect(limitOf(world)).toBe(5n * gibibyte);
    expect(claimOf(world)?.status?.capacity).toEqual({ storage: '2Gi' });
    expect(world.events).toContain(
      'Normal VolumeLargerThanAsked data: The dataset may hold 5Gi, more than the 2Gi asked for; it stays so',
    );
    await world.stop();
  });

  it('does not lower what its volume says', async () => {
    const world = worldWith({ volume: { spec: { capacity: { storage: '8Gi' } } } });

    await world.start();

    expect(capacityOf(world)).toBe('8Gi');
    expect(claimOf(world)?.status?.capacity).toEqual({ storage: '2Gi' });
    await world.stop();
  });

  it('keeps conditions that others wrote', async () => {
    const foreign = { type: 'ModifyingVolume', status: 'True' };
    const world = worldWith({ claim: { status: { conditions: [foreign] } } });

    await world.start();

    expect(claimOf(world)?.status?.conditions).toEqual([foreign]);
    await world.stop();
  });
});

describe('a growth that is cut off', () => {
  const lost = (when: 'before' | 'after') => ({
    when,
    error: new KubeUnavailableError('no answer', { outcomeUnknown: true }),
  });

  it.each<[string, (world: World) => void]>([
    [
      'before the claim is told',
      ({ kube }) => {
        kube.fail('patchClaimStatus', lost('before'));
      },
    ],
    [
      'once the claim is told',
      ({ kube }) => {
        kube.fail('patchClaimStatus', lost('after'));
      },
    ],
    [
      'before the dataset has grown',
      ({ zfs }) => {
        zfs.fail('grow', { when: 'before', error: outcomeUnknown() });
      },
    ],
    [
      'once the dataset has grown',
      ({ zfs }) => {
        zfs.fail('grow', { when: 'after', error: outcomeUnknown() });
      },
    ],
    [
      'before the volume is told',
      ({ kube }) => {
        kube.fail('patchVolume', lost('before'));
      },
    ],
    [
      'once the volume is told',
      ({ kube }) => {
        kube.fail('patchVolume', lost('after'));
      },
    ],
    [
      'before the end is told',
      ({ kube }) => {
        kube.pass('patchClaimStatus');
        kube.fail('patchClaimStatus', lost('before'));
      },
    ],
    [
      'once the end is told',
      ({ kube }) => {
        kube.pass('patchClaimStatus');
        kube.fail('patchClaimStatus', lost('after'));
      },
    ],
  ])('converges in the same process and in another: %s', async (_case, interrupt) => {
    const world = worldWith();
    interrupt(world);
    await world.start();
    // What a kill leaves at that moment, taken up by the next process.
    const heir = inherit(world);

    await world.clock.advance(2000);
    await heir.start();

    expectGrown(world);
    expectGrown(heir);
    await world.stop();
    await heir.stop();
  });

  it('and asked for less meanwhile is finished first, as nobody knows where it is', async () => {
    const world = worldWith({ size: '9Gi' });
    world.zfs.fail('grow', { when: 'after', error: outcomeUnknown() });
    await world.start();

    ask(world, '2Gi');
    await settle();

    expectGrown(world, '9Gi', 9n * gibibyte);
    await world.stop();
  });
});

describe('a growth that cannot be', () => {
  const noSpace = new OutOfSpaceError(location, 'no room for 9Gi');

  it('is marked infeasible, tells why, and is tried again later', async () => {
    const world = worldWith({ size: '9Gi' });
    world.zfs.fail('grow', { when: 'before', error: noSpace });
    await world.start();

    expect(claimOf(world)?.status).toMatchObject({
      capacity: { storage: '1Gi' },
      allocatedResources: { storage: '9Gi' },
      allocatedResourceStatuses: { storage: 'ControllerResizeInfeasible' },
    });
    expect(conditionsOf(world)).toEqual(['Resizing', 'ControllerResizeError']);
    expect(capacityOf(world)).toBe('1Gi');
    expect(world.events).toContain('Warning VolumeResizeFailed data: no room for 9Gi');
    expect(world.counted).toContain('growth failed');

    await world.clock.advance(14_000);
    expect(limitOf(world)).toBe(gibibyte);
    await world.clock.advance(16_000);

    expectGrown(world, '9Gi', 9n * gibibyte);
    await world.stop();
  });

  it('ends at once with the smaller size when less is asked for', async () => {
    const world = worldWith({ size: '9Gi' });
    world.zfs.fail('grow', { when: 'before', error: noSpace });
    await world.start();

    ask(world, '2Gi');
    await settle();

    expectGrown(world);
    await world.stop();
  });

  it('and was uncertain before goes on with what is asked for now, in one go', async () => {
    const allocated = { storage: '9Gi' };
    const status = {
      allocatedResources: allocated,
      allocatedResourceStatuses: { storage: 'ControllerResizeInProgress' },
    };
    const world = worldWith({ size: '2Gi', claim: { status } });
    world.zfs.fail('grow', { when: 'before', error: noSpace });

    await world.start();

    expectGrown(world);
    await world.stop();
  });

  it.each([
    ['the dataset is not provably ours', new DatasetNotOwnedError(location, 'not ours')],
    ['the host was not reached', new HostUnreachableError('storage-1', 'no route')],
  ])('has failed for certain when %s: less may be asked for', async (_title, error) => {
    const world = worldWith({ size: '9Gi' });
    world.zfs.fail('grow', { when: 'before', error });
    await world.start();
    expect(conditionsOf(world)).toEqual(['Resizing', 'ControllerResizeError']);

    ask(world, '2Gi');
    await settle();

    expectGrown(world);
    await world.stop();
  });

  it('stays uncertain when the host is not reached after a line was cut', async () => {
    const world = worldWith({ size: '9Gi' });
    world.zfs.fail('grow', { when: 'after', error: outcomeUnknown() });
    world.zfs.fail('grow', { when: 'before', error: new HostUnreachableError('storage-1', 'no') });
    await world.start();
    await world.clock.advance(500);
    expect(conditionsOf(world)).toEqual(['Resizing']);

    ask(world, '2Gi');
    await settle();

    expectGrown(world, '9Gi', 9n * gibibyte);
    await world.stop();
  });

  it('by its annotations touches no host, and goes on when they are mended', async () => {
    const path = 'zfs.pv.kubernetes.io/zfs-dataset-path';
    const world = worldWith({ volume: { annotations: { [path]: 'tank/k8s/pvc-another' } } });
    await world.start();
    expect(world.zfs.calls.filter((call) => call.startsWith('grow'))).toEqual([]);
    expect(world.events.at(-1)).toContain('Warning VolumeResizeFailed data: annotation');

    world.kube.addVolume(aVolume({ phase: 'Bound' }));
    await settle();

    expectGrown(world);
    await world.stop();
  });

  it('for want of a class goes on when that comes', async () => {
    const world = worldWith();
    world.kube.classes.replace(new Map());
    await world.start();
    expect(world.events.at(-1)).toContain('host "storage-1" is not talked to');

    world.kube.classes.put(aClass());
    await settle();

    expectGrown(world);
    await world.stop();
  });
});

describe('a claim that changed under our hands', () => {
  it('is read anew and nobody is bothered', async () => {
    const world = worldWith();
    const error = new KubeConflictError('it changed');
    world.kube.fail('patchClaimStatus', { when: 'before', error });
    world.kube.fail('patchVolume', { when: 'before', error });
    await world.start();

    await world.clock.advance(2000);

    expectGrown(world);
    expect(world.events.filter((event) => event.startsWith('Warning'))).toEqual([]);
    await world.stop();
  });

  it('is left alone when it is gone', async () => {
    const world = worldWith();
    world.zfs.fail('grow', { when: 'after', error: outcomeUnknown() });
    await world.start();

    const claim = claimOf(world);
    if (claim !== undefined) world.kube.removeClaim(claim);
    await world.clock.advance(2000);

    expect(world.zfs.calls.filter((call) => call.startsWith('grow'))).toHaveLength(1);
    await world.stop();
  });
});

describe('with ZFS_DELAY_CAPACITY', () => {
  const options = { delayCapacity: true };

  it('the volume waits for the last pod, the claim and its dataset do not', async () => {
    const world = worldWith({ options });
    world.kube.usedClaims.add('default/data');
    await world.start();
    expect(limitOf(world)).toBe(2n * gibibyte);
    expect(claimOf(world)?.status?.capacity).toEqual({ storage: '2Gi' });
    expect(capacityOf(world)).toBe('1Gi');
    expect(world.events.filter((event) => event.startsWith('Warning'))).toEqual([]);

    world.kube.usedClaims.clear();
    await world.clock.advance(1000);

    expectGrown(world);
    expect(world.zfs.calls.filter((call) => call.startsWith('grow'))).toHaveLength(1);
    await world.stop();
  });

  it('nothing waits where no pod uses the claim', async () => {
    const world = worldWith({ options });

    await world.start();

    expectGrown(world);
    await world.stop();
  });

  it('the next process raises what was put off', async () => {
    const world = worldWith({ options });
    world.kube.usedClaims.add('default/data');
    await world.start();

    const heir = inherit(world);
    await heir.start();

    expectGrown(heir);
    expect(heir.kube.calls).toEqual(['patchVolume pvc-uid-data']);
    await world.stop();
    await heir.stop();
  });
});

/** Another process on the same cluster and hosts, as they are now. */
function inherit({ kube, zfs }: World): World {
  const heir = new World();
  heir.kube.classes.put(aClass());
  for (const volume of kube.liveVolumes.values()) heir.kube.addVolume(volume);
  for (const claim of kube.liveClaims.values()) heir.kube.addClaim(claim);
  for (const [name, dataset] of zfs.datasets) heir.zfs.datasets.set(name, dataset);
  return heir;
}
