import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { InvalidRequestError } from '../errors.ts';
import { datasetProperties } from '../volume/annotations.ts';
import type { PlannedVolume } from '../volume/persistent-volume.ts';
import { persistentVolume } from '../volume/persistent-volume.ts';
import { recordOf } from '../volume/volume-record.ts';
import type { DatasetRecord } from '../zfs/dataset-record.ts';
import type { RecordedDataset } from './volume-adoption.ts';
import { adoptableVolume, adoptedVolume } from './volume-adoption.ts';

const gi = 1n << 30n;

function aPlan(change: Partial<PlannedVolume> = {}): PlannedVolume {
  return {
    volumeName: 'pvc-1',
    instance: 'example.test/zfs',
    claim: { namespace: 'default', name: 'data', uid: 'uid-1' },
    className: 'fast',
    type: 'nfs',
    host: 'nas-1',
    dataset: 'tank/k8s/pvc-1',
    nodeLabels: {},
    hostPathPrefix: undefined,
    nfsServer: 'nas-1',
    nfsPathPrefix: undefined,
    shareRecord: undefined,
    capacity: '1Gi',
    accessModes: ['ReadWriteOnce', 'ReadWriteMany'],
    reclaimPolicy: 'Delete',
    mountOptions: ['vers=4.2'],
    reserveSpace: true,
    quota: 'refquota',
    ownership: { gid: 1000 },
    destroySnapshots: true,
    foreignSnapshots: 'keep',
    onDelete: 'trash',
    trashRetention: '30d',
    ...change,
  };
}

/** As a scan would tell of the dataset that the plan was made to. */
function recordedBy(plan: PlannedVolume, change: Partial<DatasetRecord> = {}): RecordedDataset {
  const { instance, volumeName, host, dataset } = plan;
  const properties = recordOf(plan, gi, 0);
  const recorded = {
    storageClass: properties[datasetProperties.storageClass],
    volumeType: properties[datasetProperties.volumeType],
    reclaimPolicy: properties[datasetProperties.reclaimPolicy],
    capacity: properties[datasetProperties.capacity],
    size: properties[datasetProperties.size],
    onDelete: properties[datasetProperties.onDelete],
    rest: properties[datasetProperties.record],
    refquotaBytes: plan.quota === 'quota' ? 0n : gi,
    quotaBytes: plan.quota === 'refquota' ? 0n : gi,
    ...change,
  };
  return { instance, volumeName, host, dataset, recorded };
}

const created = { mountpoint: '/tank/k8s/pvc-1', parentGuid: '42' };

const plans = fc
  .record({
    type: fc.constantFrom('nfs', 'hostpath', 'local'),
    hasPrefix: fc.boolean(),
    nfsServer: fc.constantFrom('nas-1', '192.0.2.7'),
    shareRecord: fc.option(fc.string(), { nil: undefined }),
    nodeLabels: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.stringMatching(/^[a-z]{0,8}$/)),
    accessModes: fc.subarray(['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany'], { minLength: 1 }),
    reclaimPolicy: fc.constantFrom('Delete', 'Retain'),
    mountOptions: fc.array(fc.string(), { maxLength: 3 }),
    reserveSpace: fc.boolean(),
    quota: fc.constantFrom('refquota', 'quota', 'both'),
    gid: fc.option(fc.nat(), { nil: undefined }),
    destroySnapshots: fc.boolean(),
    foreignSnapshots: fc.constantFrom('keep', 'destroy'),
    onDelete: fc.constantFrom('destroy', 'trash', 'retain'),
    capacity: fc.constantFrom('1Gi', '1024Mi', '1073741824'),
  })
  .map(({ hasPrefix, gid, type, ...plan }) => {
    const prefix = hasPrefix ? { from: '/tank', to: '/mnt/tank' } : undefined;
    const isNfs = type === 'nfs';
    return aPlan({
      ...plan,
      type,
      hostPathPrefix: type === 'hostpath' ? prefix : undefined,
      nfsPathPrefix: isNfs ? prefix : undefined,
      nfsServer: isNfs ? plan.nfsServer : 'nas-1',
      shareRecord: isNfs ? plan.shareRecord : undefined,
      nodeLabels: isNfs ? {} : plan.nodeLabels,
      ownership: { gid },
      trashRetention: plan.onDelete === 'trash' ? '30d' : '7d',
    });
  });

describe('a volume that is written again', () => {
  it('says what it said before, whatever that was', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const volume = adoptableVolume(recordedBy(plan));

        expect(adoptedVolume(volume, plan.claim, created)).toEqual(persistentVolume(plan, created));
      }),
    );
  });

  it('is for the claim that it is given to, by uid where that is there already', () => {
    const volume = adoptableVolume(recordedBy(aPlan()));
    const named = { namespace: 'other', name: 'found' };

    const forNew = adoptedVolume(volume, { ...named, uid: undefined }, created);
    const forOld = adoptedVolume(volume, { ...named, uid: 'uid-2' }, created);

    const reference = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', ...named };
    expect(forNew.spec.claimRef).toEqual(reference);
    expect(forOld.spec.claimRef).toEqual({ ...reference, uid: 'uid-2' });
  });

  it.each<[string, Partial<DatasetRecord>, string]>([
    ['has grown', { refquotaBytes: 3n * gi, size: String(3n * gi) }, '3Gi'],
    ['was given more by hand', { refquotaBytes: gi + 1n }, '1073741825'],
    ['has lost its quota', { refquotaBytes: 0n }, '1Gi'],
    ['noted another size, but has the same', { size: '5' }, '1Gi'],
  ])('has the size of its quota now: one that %s', (_name, change, capacity) => {
    expect(adoptableVolume(recordedBy(aPlan(), change)).capacity).toBe(capacity);
  });

  it('has the smaller of two quotas', () => {
    const recorded = recordedBy(aPlan({ quota: 'both' }), { quotaBytes: 2n * gi });

    expect(adoptableVolume(recorded).capacity).toBe('1Gi');
  });

  it('is served by its host, where that goes by another name now', () => {
    const moved = { ...recordedBy(aPlan()), host: 'nas-2' };
    const apart = { ...recordedBy(aPlan({ nfsServer: '192.0.2.7' })), host: 'nas-2' };

    expect(adoptableVolume(moved)).toMatchObject({ host: 'nas-2', nfsServer: 'nas-2' });
    expect(adoptableVolume(apart)).toMatchObject({ host: 'nas-2', nfsServer: '192.0.2.7' });
  });
});

describe('a dataset that does not say enough', () => {
  it('is refused with what to do where it has no record', () => {
    const none = { ...recordedBy(aPlan()), recorded: undefined };

    expect(() => adoptableVolume(none)).toThrow(InvalidRequestError);
    expect(() => adoptableVolume(none)).toThrow(/does not say how its volume was written.*by hand/);
  });

  it('is refused with everything that its record lacks', () => {
    const broken = recordedBy(aPlan(), {
      volumeType: 'tape',
      storageClass: undefined,
      rest: '{"host":"nas-1","pathPrefix":"nonsense"}',
      ...{ refquotaBytes: 0n, size: undefined },
    });

    for (const word of ['volumeType', 'storageClass', 'accessModes', '"nonsense"', 'no quota']) {
      expect(() => adoptableVolume(broken)).toThrow(word);
    }
  });

  it.each(['', 'not JSON', '[]', 'null', '{"__proto__":1}'])(
    'is refused where its record is %j',
    (rest) => {
      expect(() => adoptableVolume(recordedBy(aPlan(), { rest }))).toThrow(InvalidRequestError);
    },
  );
});
