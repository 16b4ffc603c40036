import { describe, expect, it } from '@jest/globals';

import { sharedWith } from '../../test/support/creation.ts';
import {
  aClaim,
  aClass,
  aNode,
  aVolume,
  finalizer,
  instance,
} from '../../test/support/builders.ts';
import { settle } from '../../test/support/fake-clock.ts';
import { outcomeUnknown } from '../../test/support/memory-zfs.ts';
import { World } from '../../test/support/world.ts';
import { HostUnreachableError } from '../host/command.ts';
import { KubeExistsError, KubeUnavailableError } from '../kube/api-error.ts';

const unreachable = (): Error => new HostUnreachableError('storage-1', 'storage-1 does not answer');
const lostAnswer = (): Error => new KubeUnavailableError('no answer', { outcomeUnknown: true });

describe('a claim of ours', () => {
  it('becomes a dataset and a volume that is bound to it', async () => {
    const world = new World();
    world.kube.classes.put(aClass());
    world.kube.addClaim(aClaim());

    await world.start();

    expect(world.zfs.datasets.get('storage-1:tank/k8s/pvc-uid-data')).toMatchObject({
      identity: { instance, clusterId: 'cluster-1', volumeName: 'pvc-uid-data' },
      sizeBytes: 1n << 30n,
      quota: 'refquota',
      refreservationBytes: 1n << 30n,
      sharing: sharedWith('on'),
      ownership: { mode: 'g+w' },
      userProperties: {
        'io.kubernetes.pv.zfs:reclaim_policy': 'Delete',
        'zfs-provisioner.io:claim_namespace': 'default',
        'zfs-provisioner.io:claim_name': 'data',
        'zfs-provisioner.io:claim_uid': 'uid-data',
        'zfs-provisioner.io:class': 'fast',
        'zfs-provisioner.io:type': 'nfs',
        'zfs-provisioner.io:size': '1073741824',
        'zfs-provisioner.io:created_at': '2026-01-01T00:00:00.000Z',
        'zfs-provisioner.io:schema': '1',
      },
    });
    expect(world.kube.liveVolumes.get('pvc-uid-data')).toMatchObject({
      metadata: {
        finalizers: [finalizer],
        annotations: {
          'pv.kubernetes.io/provisioned-by': instance,
          'zfs.pv.kubernetes.io/zfs-dataset-path': 'tank/k8s/pvc-uid-data',
          'zfs.pv.kubernetes.io/zfs-host': 'storage-1',
          'zfs.pv.kubernetes.io/destroy-snapshots': 'true',
          'zfs.pv.kubernetes.io/reserve-space': 'true',
          'zfs-provisioner.io/parent-guid': '42',
        },
      },
      spec: {
        capacity: { storage: '1Gi' },
        claimRef: { namespace: 'default', name: 'data', uid: 'uid-data' },
        nfs: { server: 'storage-1', path: '/tank/k8s/pvc-uid-data' },
        persistentVolumeReclaimPolicy: 'Delete',
        storageClassName: 'fast',
        volumeMode: 'Filesystem',
      },
    });
    expect(world.events.map((event) => event.split(':')[0])).toEqual([
      'Normal ProvisioningSucceeded data',
    ]);
    expect(world.counted).toContain('provision succeeded');
    await world.stop();
  });

  it.each(['hostpath', 'local'] as const)('of type %s is pinned to its node', async (type) => {
    const world = new World();
    world.kube.nodes.put(aNode('storage-1'));
    world.kube.classes.put(aClass({ parameters: { type }, reclaimPolicy: 'Retain' }));
    world.kube.addClaim(aClaim());

    await world.start();

    const volume = world.kube.liveVolumes.get('pvc-uid-data');
    expect(volume?.spec).toMatchObject({
      [type === 'local' ? 'local' : 'hostPath']: { path: '/tank/k8s/pvc-uid-data' },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            {
              matchExpressions: [
                { key: 'kubernetes.io/hostname', operator: 'In', values: ['storage-1'] },
              ],
            },
          ],
        },
      },
    });
    expect(volume?.metadata.finalizers).toBeUndefined();
    await world.stop();
  });

  it('costs one exec and one write', async () => {
    const world = new World();
    world.kube.classes.put(aClass());
    await world.start();
    world.kube.addClaim(aClaim());
    await settle();

    expect(world.zfs.calls.filter((call) => call.startsWith('create'))).toHaveLength(1);
    expect(world.kube.calls).toEqual(['createVolume pvc-uid-data']);
    await world.stop();
  });
});

describe('a claim that is not to be provisioned', () => {
  it.each([
    ['of another provisioner', { 'volume.kubernetes.io/storage-provisioner': 'other' }],
    [
      'whose GA annotation hides our beta one',
      {
        'volume.kubernetes.io/storage-provisioner': 'other',
        'volume.beta.kubernetes.io/storage-provisioner': instance,
      },
    ],
  ])('%s is never touched', async (_case, annotations) => {
    const world = new World();
    world.kube.classes.put(aClass());
    world.kube.addClaim(aClaim({ annotations }));

    await world.start();

    expect(world.zfs.datasets.size).toBe(0);
    expect(world.events).toEqual([]);
    await world.stop();
  });

  it('waits for its first consumer', async () => {
    const world = new World();
    world.kube.classes.put(aClass({ volumeBindingMode: 'WaitForFirstConsumer' }));
    const claim = aClaim();
    world.kube.addClaim(claim);
    await world.start();
    expect(world.zfs.datasets.size).toBe(0);

    world.kube.addClaim(
      aClaim({ annotations: { 'volume.kubernetes.io/selected-node': 'node-9' } }),
    );
    await settle();

    expect(world.zfs.datasets.size).toBe(1);
    await world.stop();
  });

  it('is left to a populator, with one Normal event', async () => {
    const world = new World();
    world.kube.classes.put(aClass());
    const dataSourceRef = { apiGroup: 'example.com', kind: 'Backup', name: 'monday' };
    world.kube.addClaim(aClaim({ spec: { dataSourceRef } }));
    await world.start();
    world.kube.addClaim(aClaim({ spec: { dataSourceRef } }));
    await settle();

    expect(world.zfs.datasets.size).toBe(0);
    expect(world.events).toEqual([expect.stringContaining('Normal ExternalPopulator data')]);
    await world.stop();
  });

  it('is rescheduled from the wrong node, with the reason', async () => {
    const world = new World();
    world.kube.nodes.put(aNode('storage-1'));
    world.kube.nodes.put(aNode('node-2'));
    world.kube.classes.put(
      aClass({ parameters: { type: 'local' }, volumeBindingMode: 'WaitForFirstConsumer' }),
    );
    world.kube.addClaim(
      aClaim({ annotations: { 'volume.kubernetes.io/selected-node': 'node-2' } }),
    );

    await world.start();

    const annotations = world.kube.liveClaims.get('default/data')?.metadata.annotations;
    expect(annotations).not.toHaveProperty('volume.kubernetes.io/selected-node');
    expect(world.events).toEqual([expect.stringContaining('was scheduled to node-2')]);
    expect(world.zfs.datasets.size).toBe(0);
    await world.stop();
  });

  it('is refused with all problems in one event, and goes on when its class is made anew', async () => {
    const world = new World();
    const broken = aClass({ parameters: { type: 'x', hostname: undefined } });
    world.kube.classes.put(broken);
    world.kube.addClaim(aClaim());
    await world.start();
    expect(world.events).toEqual([
      expect.stringMatching(/^Warning ProvisioningFailed data: .*hostname.*type/),
    ]);
    expect(world.zfs.calls).toEqual([]);

    world.kube.classes.remove(broken);
    world.kube.classes.put(aClass());
    await settle();

    expect(world.kube.liveVolumes.size).toBe(1);
    await world.stop();
  });

  it('says that its class is missing, if it does not come soon', async () => {
    const world = new World();
    world.kube.addClaim(aClaim());

    await world.start();
    expect(world.events).toEqual([]);

    await world.clock.advance(5000);
    expect(world.events).toEqual([expect.stringContaining('StorageClass "fast" does not exist')]);
    await world.stop();
  });
});

describe('a claim that is seen before its class', () => {
  it('goes on as soon as that comes, and nothing is said', async () => {
    const world = new World();
    world.kube.addClaim(aClaim());
    await world.start();

    world.kube.classes.put(aClass());
    await settle();

    expect(world.kube.liveVolumes.size).toBe(1);
    expect(world.events).not.toContainEqual(expect.stringContaining('Warning'));
    await world.stop();
  });
});

describe('an interrupted attempt', () => {
  it.each<[string, (world: World) => void]>([
    [
      'the host does not answer',
      ({ zfs }) => {
        zfs.fail('create', { when: 'before', error: unreachable() });
      },
    ],
    [
      'the line is cut after the create',
      ({ zfs }) => {
        zfs.fail('create', { when: 'after', error: outcomeUnknown() });
      },
    ],
    [
      'the line is cut before the create',
      ({ zfs }) => {
        zfs.fail('create', { when: 'before', error: outcomeUnknown() });
      },
    ],
    [
      'the volume is not written',
      ({ kube }) => {
        kube.fail('createVolume', { when: 'before', error: lostAnswer() });
      },
    ],
    [
      'the volume is written and nobody told',
      ({ kube }) => {
        kube.fail('createVolume', { when: 'after', error: lostAnswer() });
      },
    ],
  ])('converges: %s', async (_case, interrupt) => {
    const world = new World();
    world.kube.classes.put(aClass());
    interrupt(world);
    world.kube.addClaim(aClaim());
    await world.start();

    await world.clock.advance(2000);

    expect([...world.zfs.datasets.keys()]).toEqual(['storage-1:tank/k8s/pvc-uid-data']);
    expect([...world.kube.liveVolumes.keys()]).toEqual(['pvc-uid-data']);
    await world.stop();
  });

  it('leaves no dataset when the claim is deleted meanwhile', async () => {
    const world = new World();
    world.kube.classes.put(aClass());
    world.zfs.fail('create', { when: 'after', error: outcomeUnknown() });
    const claim = aClaim();
    world.kube.addClaim(claim);
    await world.start();
    expect(world.zfs.datasets.size).toBe(1);

    world.kube.removeClaim(claim);
    await settle();

    expect(world.zfs.datasets.size).toBe(0);
    expect(world.kube.liveVolumes.size).toBe(0);
    await world.stop();
  });

  it('leaves no dataset of the old claim when one of the same name follows at once', async () => {
    const world = new World();
    world.kube.classes.put(aClass());
    world.zfs.fail('create', { when: 'after', error: outcomeUnknown() });
    world.kube.addClaim(aClaim({ uid: 'first' }));
    await world.start();

    world.kube.addClaim(aClaim({ uid: 'second' }));
    await settle();

    expect([...world.zfs.datasets.keys()]).toEqual(['storage-1:tank/k8s/pvc-second']);
    await world.stop();
  });

  it('keeps the dataset when the volume was written after all', async () => {
    const world = new World();
    world.kube.classes.put(aClass());
    world.kube.fail('createVolume', { when: 'after', error: lostAnswer() });
    const claim = aClaim();
    world.kube.addClaim(claim);
    await world.start();

    world.kube.removeClaim(claim);
    await settle();

    expect(world.zfs.datasets.size).toBe(1);
    expect(world.kube.liveVolumes.size).toBe(1);
    await world.stop();
  });

  it('keeps trying to take back what it left on a host that does not answer', async () => {
    const world = new World();
    const first = aClass();
    world.kube.classes.put(first);
    world.zfs.fail('create', { when: 'after', error: outcomeUnknown() });
    world.zfs.fail('destroy', { when: 'before', error: unreachable() });
    world.kube.addClaim(aClaim());
    await world.start();

    world.kube.classes.remove(first);
    world.kube.classes.put(aClass({ parameters: { hostname: 'storage-2' } }));
    world.kube.classes.put(aClass({ name: 'old' }));
    await world.clock.advance(121_000);

    expect(world.lines).toContain('warn stray dataset not taken back yet ');
    expect([...world.zfs.datasets.keys()]).toEqual(['storage-2:tank/k8s/pvc-uid-data']);
    await world.stop();
  });

  it('takes back what it left elsewhere when the class is made anew with another parent', async () => {
    const world = new World();
    const first = aClass();
    world.kube.classes.put(first);
    world.zfs.fail('create', { when: 'after', error: outcomeUnknown() });
    world.kube.addClaim(aClaim());
    await world.start();

    world.kube.classes.remove(first);
    world.kube.classes.put(aClass({ parameters: { parentDataset: 'tank/new' } }));
    await world.clock.advance(61_000);

    expect([...world.zfs.datasets.keys()]).toEqual(['storage-1:tank/new/pvc-uid-data']);
    await world.stop();
  });
});

describe('a stale cache', () => {
  it('does not provision a claim again whose volume came and went (external-provisioner#1469)', async () => {
    const world = new World();
    world.kube.classes.put(aClass());
    const claim = aClaim();
    world.kube.addClaim(claim);
    await world.start();
    const [volume] = world.kube.volumes.list();
    world.kube.liveClaims.delete('default/data');
    world.kube.liveVolumes.clear();
    world.zfs.datasets.clear();
    if (volume !== undefined) world.kube.volumes.remove(volume);

    world.kube.claims.put({ ...claim, metadata: { ...claim.metadata, resourceVersion: 'later' } });
    await settle();

    expect(world.zfs.datasets.size).toBe(0);
    await world.stop();
  });

  it.each([
    ['belongs to another claim', { spec: { claimRef: { uid: 'z' } } }],
    ['is being deleted', { deletionTimestamp: '2026-01-01T00:00:00Z' }],
    [
      'names another dataset',
      { annotations: { 'zfs.pv.kubernetes.io/zfs-dataset-path': 'tank/old/pvc-uid-data' } },
    ],
  ])('refuses a volume of that name which %s', async (difference, volume) => {
    const world = new World();
    world.kube.classes.put(aClass());
    world.kube.liveVolumes.set('pvc-uid-data', aVolume(volume));
    world.kube.addClaim(aClaim());

    await world.start();

    expect(world.events.at(-1)).toContain(difference);
    await world.stop();
  });

  it('tries again when the volume of that name is gone before it is looked at', async () => {
    const world = new World();
    world.kube.classes.put(aClass());
    world.kube.fail('createVolume', { when: 'before', error: new KubeExistsError('exists') });
    world.kube.addClaim(aClaim());
    await world.start();

    await world.clock.advance(1000);

    expect(world.kube.liveVolumes.size).toBe(1);
    await world.stop();
  });
});

describe('a host that does not answer', () => {
  it('holds its own claims only, and they say so within 30 s', async () => {
    const world = new World({ laneWidth: 2 });
    world.kube.classes.put(aClass());
    world.kube.classes.put(aClass({ name: 'healthy', parameters: { hostname: 'storage-2' } }));
    world.zfs.freeze('storage-1');
    for (let i = 0; i < 20; i++) world.kube.addClaim(aClaim({ name: `frozen-${i}` }));
    await world.start();

    world.kube.addClaim(aClaim({ name: 'well', className: 'healthy' }));
    await settle();
    expect(world.kube.liveVolumes.has('pvc-uid-well')).toBe(true);
    await world.clock.advance(30_000);

    const waiting = world.events.filter((event) => event.startsWith('Warning WaitingForHost'));
    expect(waiting).toHaveLength(20);
    expect(waiting[0]).toContain('storage-1');
    await world.stop();
  });
});
