import { describe, expect, it } from '@jest/globals';

import { aCreation } from '../../test/support/creation.ts';
import { aClaim, aClass, aVolume, finalizer, instance } from '../../test/support/builders.ts';
import { settle } from '../../test/support/fake-clock.ts';
import { outcomeUnknown } from '../../test/support/memory-zfs.ts';
import type { VolumeOptions } from '../../test/support/builders.ts';
import type { WorldOptions } from '../../test/support/world.ts';
import { World } from '../../test/support/world.ts';
import { KubeUnavailableError } from '../kube/api-error.ts';
import { DatasetBusyError } from '../zfs/dataset-errors.ts';

/** A world with the volume, its dataset, and the class that vouches for its host. */
function worldWith(volume: VolumeOptions = {}, options: WorldOptions = {}): World {
  const world = new World(options);
  world.kube.classes.put(aClass());
  world.kube.addVolume(aVolume(volume));
  world.zfs.datasets.set('storage-1:tank/k8s/pvc-uid-data', {
    ...aCreation({ host: 'storage-1', dataset: 'tank/k8s/pvc-uid-data' }),
    identity: { instance, clusterId: 'cluster-1', volumeName: 'pvc-uid-data' },
  });
  return world;
}

const destroyed = (world: World): readonly string[] =>
  world.zfs.calls.filter((call) => call.startsWith('destroy'));

describe('a released volume of ours', () => {
  it('loses its dataset, then its object, then our finalizer', async () => {
    const world = worldWith();

    await world.start();

    expect(destroyed(world)).toEqual(['destroy storage-1:tank/k8s/pvc-uid-data']);
    expect(world.kube.calls).toEqual([
      'getVolume pvc-uid-data',
      'deleteVolume pvc-uid-data',
      'removeVolumeFinalizer pvc-uid-data',
    ]);
    expect(world.kube.liveVolumes.size).toBe(0);
    expect(world.events).toEqual([expect.stringContaining('Normal VolumeDelete pvc-uid-data')]);
    expect(world.counted).toContain('delete succeeded');
    await world.stop();
  });

  it('that somebody else removes meanwhile is looked for no further', async () => {
    const world = worldWith();
    const destroy = world.zfs.destroy.bind(world.zfs);
    world.zfs.destroy = async (...args) => {
      world.kube.liveVolumes.clear();
      return destroy(...args);
    };

    await world.start();

    expect(world.kube.calls).toEqual(['getVolume pvc-uid-data', 'deleteVolume pvc-uid-data']);
    expect(world.counted).toContain('delete succeeded');
    await world.stop();
  });

  it('loses our finalizer although others write it in the same moment', async () => {
    const world = worldWith({ finalizers: [finalizer, 'kubernetes.io/pv-protection'] });
    const { kube } = world;
    const remove = kube.deleteVolume.bind(kube);
    kube.deleteVolume = async (...args) => {
      const outcome = await remove(...args);
      const live = kube.liveVolumes.get('pvc-uid-data');
      if (live === undefined) throw new Error('it is gone already');
      const metadata = { ...live.metadata, finalizers: [finalizer], resourceVersion: '9999' };
      kube.addVolume({ ...live, metadata });
      return outcome;
    };

    await world.start();

    expect(kube.calls).toHaveLength(3);
    expect(kube.liveVolumes.size).toBe(0);
    expect(world.counted).not.toContain('volumes failed KUBE_CONFLICT');
    await world.stop();
  });

  it('that was deleted before its claim is destroyed all the same', async () => {
    const world = worldWith({ deletionTimestamp: '2026-01-01T00:00:00Z' });

    await world.start();

    expect(world.zfs.datasets.size).toBe(0);
    expect(world.kube.liveVolumes.size).toBe(0);
    await world.stop();
  });

  it('in phase Failed is destroyed too', async () => {
    const world = worldWith({ phase: 'Failed' });

    await world.start();

    expect(world.zfs.datasets.size).toBe(0);
    await world.stop();
  });

  it('of the classic provisioner, without finalizer and parent guid, is destroyed', async () => {
    const world = new World();
    world.kube.classes.put(aClass());
    const volume = aVolume({ finalizers: [] });
    const annotations = Object.fromEntries(
      Object.entries(volume.metadata.annotations ?? {}).filter(
        ([key]) => key !== 'zfs-provisioner.io/parent-guid',
      ),
    );
    world.kube.addVolume({ ...volume, metadata: { ...volume.metadata, annotations } });

    await world.start();

    expect(destroyed(world)).toHaveLength(1);
    expect(world.kube.liveVolumes.size).toBe(0);
    await world.stop();
  });

  it('is destroyed when its policy changes from Retain to Delete', async () => {
    const world = worldWith({ spec: { persistentVolumeReclaimPolicy: 'Retain' }, finalizers: [] });
    await world.start();
    expect(destroyed(world)).toEqual([]);

    world.kube.addVolume(aVolume({ finalizers: [] }));
    await settle();

    expect(destroyed(world)).toHaveLength(1);
    await world.stop();
  });

  it('is destroyed once its claim is seen to be gone', async () => {
    const world = worldWith();
    const claim = aClaim({ spec: { volumeName: 'pvc-uid-data' } });
    world.kube.addClaim(claim);
    await world.start();
    expect(destroyed(world)).toEqual([]);

    world.kube.removeClaim(claim);
    await settle();

    expect(destroyed(world)).toHaveLength(1);
    await world.stop();
  });

  it('is destroyed when its claim, which was deleted while it was written and never bound, is seen to be gone', async () => {
    const world = worldWith();
    const claim = aClaim({ deletionTimestamp: '2026-01-01T00:00:00Z' });
    world.kube.addClaim(claim);
    await world.start();
    expect(destroyed(world)).toEqual([]);

    world.kube.removeClaim(claim);
    await settle();

    expect(destroyed(world)).toHaveLength(1);
    await world.stop();
  });

  it('is destroyed although another claim has its claim’s name now', async () => {
    const world = worldWith();
    world.kube.addClaim(aClaim({ uid: 'another', spec: { volumeName: 'pvc-another' } }));

    await world.start();

    expect(destroyed(world)).toHaveLength(1);
    await world.stop();
  });
});

describe('a deletion that fails', () => {
  it('says why, keeps the volume, and is tried again', async () => {
    const world = worldWith();
    const location = { host: 'storage-1', dataset: 'tank/k8s/pvc-uid-data' };
    const error = new DatasetBusyError(location, 'somebody holds it');
    world.zfs.fail('destroy', { when: 'before', error });
    await world.start();
    expect(world.events).toEqual([
      expect.stringMatching(/^Warning VolumeFailedDelete pvc-uid-data/),
    ]);
    expect(world.kube.liveVolumes.get('pvc-uid-data')?.metadata.finalizers).toEqual([finalizer]);

    await world.clock.advance(1000);

    expect(world.kube.liveVolumes.size).toBe(0);
    await world.stop();
  });

  it.each<[string, (world: World) => void]>([
    [
      'the line is cut after the destroy',
      ({ zfs }) => {
        zfs.fail('destroy', { when: 'after', error: outcomeUnknown() });
      },
    ],
    [
      'the line is cut before it',
      ({ zfs }) => {
        zfs.fail('destroy', { when: 'before', error: outcomeUnknown() });
      },
    ],
    [
      'the object is deleted and nobody told',
      ({ kube }) => {
        kube.fail('deleteVolume', lost('after'));
      },
    ],
    [
      'the object is not deleted',
      ({ kube }) => {
        kube.fail('deleteVolume', lost('before'));
      },
    ],
    [
      'the finalizer is removed and nobody told',
      ({ kube }) => {
        kube.fail('removeVolumeFinalizer', lost('after'));
      },
    ],
    [
      'the finalizer stays',
      ({ kube }) => {
        kube.fail('removeVolumeFinalizer', lost('before'));
      },
    ],
  ])('converges: %s', async (_case, interrupt) => {
    const world = worldWith();
    interrupt(world);
    await world.start();

    await world.clock.advance(2000);

    expect(world.zfs.datasets.size).toBe(0);
    expect(world.kube.liveVolumes.size).toBe(0);
    await world.stop();
  });
});

describe('a deletion that waits', () => {
  it('says so when its host does not answer', async () => {
    const world = worldWith();
    world.zfs.freeze('storage-1');
    await world.start();

    await world.clock.advance(36_000);

    expect(world.events).toEqual([
      expect.stringContaining('Warning WaitingForHost pvc-uid-data: Still waiting'),
    ]);
    await world.stop();
  });
});

function lost(when: 'before' | 'after') {
  return { when, error: new KubeUnavailableError('no answer', { outcomeUnknown: true }) };
}

describe('nothing is destroyed', () => {
  it.each<[string, VolumeOptions]>([
    ['that is bound', { phase: 'Bound' }],
    ['that is available', { phase: 'Available' }],
    ['that is retained', { spec: { persistentVolumeReclaimPolicy: 'Retain' } }],
    ['of another provisioner', { annotations: { 'pv.kubernetes.io/provisioned-by': 'other' } }],
    ['that is being removed without our finalizer', { deletionTimestamp: 'now', finalizers: [] }],
  ])('%s', async (_case, volume) => {
    const world = worldWith(volume);

    await world.start();

    expect(destroyed(world)).toEqual([]);
    expect(world.events).toEqual([]);
    await world.stop();
  });

  it('whose claim still exists', async () => {
    const world = worldWith();
    world.kube.addClaim(aClaim({ spec: { volumeName: 'pvc-uid-data' } }));

    await world.start();

    expect(destroyed(world)).toEqual([]);
    await world.stop();
  });

  it.each<[string, (volume: ReturnType<typeof aVolume>) => ReturnType<typeof aVolume> | undefined]>(
    [
      ['gone', () => undefined],
      ['retained', (v) => ({ ...v, spec: { ...v.spec, persistentVolumeReclaimPolicy: 'Retain' } })],
      ['bound again', (v) => ({ ...v, status: { phase: 'Bound' } })],
      ['another of that name', (v) => ({ ...v, metadata: { ...v.metadata, uid: 'another' } })],
    ],
  )('when the live volume is %s', async (_case, change) => {
    const world = worldWith();
    const live = change(aVolume());
    if (live === undefined) world.kube.liveVolumes.clear();
    else world.kube.liveVolumes.set('pvc-uid-data', live);

    await world.start();

    expect(destroyed(world)).toEqual([]);
    await world.stop();
  });

  const path = 'zfs.pv.kubernetes.io/zfs-dataset-path';
  const host = 'zfs.pv.kubernetes.io/zfs-host';
  it.each<[string, VolumeOptions, string]>([
    ['a sibling', { annotations: { [path]: 'tank/k8s/pvc-other' } }, 'not the dataset of volume'],
    ['the parent', { annotations: { [path]: 'tank/k8s' } }, 'not the dataset of volume'],
    ['the pool', { annotations: { [path]: 'tank' } }, 'not the dataset of volume'],
    ['nothing', { annotations: { [path]: '' } }, 'is missing'],
    ['a snapshot', { annotations: { [path]: 'tank/k8s/pvc-uid-data@a' } }, 'may only contain'],
    ['a way up', { annotations: { [path]: 'tank/../pvc-uid-data' } }, '".."'],
    ['a command', { annotations: { [path]: '$(reboot)/pvc-uid-data' } }, 'may only contain'],
    ['a pool of the volume’s name', { annotations: { [path]: 'pvc-uid-data' } }, 'not the dataset'],
    ['a host that no class names', { annotations: { [host]: 'evil' } }, 'NFS server'],
    ['no host', { annotations: { [host]: '' } }, 'is missing'],
    [
      'another path as its source',
      { spec: { nfs: { server: 'storage-1', path: '/tank/k8s/pvc-other' } } },
      'does not end in',
    ],
    [
      'another server as its source',
      { spec: { nfs: { server: 'x', path: '/tank/k8s/pvc-uid-data' } } },
      'NFS server',
    ],
  ])('of a volume that was edited to name %s, and it is said', async (_case, volume, problem) => {
    const world = worldWith(volume);

    await world.start();

    expect(destroyed(world)).toEqual([]);
    expect(world.kube.liveVolumes.size).toBe(1);
    expect(world.events).toEqual([expect.stringContaining('Warning VolumeFailedDelete')]);
    expect(world.events[0]).toContain(problem);
    await world.stop();
  });

  it('outside the allowed parents', async () => {
    const world = worldWith({}, { allowedParents: ['tank/elsewhere'] });

    await world.start();

    expect(destroyed(world)).toEqual([]);
    expect(world.events).toEqual([expect.stringContaining('outside the allowed parents')]);
    await world.stop();
  });

  it.each(['evil.example.com', 'localhost', '127.0.0.1', '::1'])(
    'on %s, which no class and no setting names; a class lets it go on',
    async (server) => {
      const world = worldWith({
        annotations: { [host]: server },
        spec: { nfs: { server, path: '/tank/k8s/pvc-uid-data' } },
      });
      await world.start();
      expect(world.zfs.calls.filter((call) => call.includes(server))).toEqual([]);
      expect(world.events).toEqual([expect.stringContaining('ZFS_ALLOWED_HOSTS')]);

      world.kube.classes.put(aClass({ name: 'again', parameters: { hostname: server } }));
      await settle();

      expect(destroyed(world)).toEqual([`destroy ${server}:tank/k8s/pvc-uid-data`]);
      await world.stop();
    },
  );

  it('unless the setting names the host whose class is gone', async () => {
    const world = new World({ allowedHosts: ['storage-1'] });
    world.kube.addVolume(aVolume());

    await world.start();

    expect(destroyed(world)).toHaveLength(1);
    await world.stop();
  });
});

describe('our finalizer', () => {
  it('is added to a bound volume that lacks it, such as one of the classic provisioner', async () => {
    const world = worldWith({ phase: 'Bound', finalizers: [] });

    await world.start();

    expect(world.kube.liveVolumes.get('pvc-uid-data')?.metadata.finalizers).toEqual([finalizer]);
    await world.stop();
  });

  it.each<[string, VolumeOptions]>([
    ['added', { phase: 'Bound', finalizers: [] }],
    ['taken away', { phase: 'Bound', spec: { persistentVolumeReclaimPolicy: 'Retain' } }],
  ])('is not %s where the volume has changed since it was looked at', async (_case, options) => {
    const world = worldWith(options);
    const volume = aVolume(options);
    const metadata = { ...volume.metadata, resourceVersion: '9999' };
    world.kube.liveVolumes.set('pvc-uid-data', { ...volume, metadata });

    await world.start();

    expect(world.kube.calls).toHaveLength(1);
    expect(world.kube.liveVolumes.get('pvc-uid-data')?.metadata).toEqual(metadata);
    expect(world.events).toEqual([]);

    world.kube.addVolume({ ...volume, metadata });
    await settle();

    expect(world.kube.liveVolumes.get('pvc-uid-data')?.metadata.finalizers).not.toEqual(
      metadata.finalizers,
    );
    await world.stop();
  });

  it('is taken from a volume that is to be retained', async () => {
    const world = worldWith({ phase: 'Bound', spec: { persistentVolumeReclaimPolicy: 'Retain' } });

    await world.start();

    expect(world.kube.liveVolumes.get('pvc-uid-data')?.metadata.finalizers).toEqual([]);
    await world.stop();
  });
});

it('does not take a populator’s new claimRef for an error', async () => {
  const world = worldWith({
    phase: 'Bound',
    spec: { claimRef: { namespace: 'default', name: 'final', uid: 'uid-final' } },
  });
  world.kube.addClaim(aClaim({ name: 'final', spec: { volumeName: 'pvc-uid-data' } }));

  await world.start();

  expect(world.events).toEqual([]);
  expect(destroyed(world)).toEqual([]);
  await world.stop();
});
