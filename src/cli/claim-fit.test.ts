import { describe, expect, it } from '@jest/globals';

import { aClaim, aVolume } from '../../test/support/builders.ts';
import { aRecord } from '../../test/support/cli-world.ts';
import { adoptableVolume } from '../provisioner/volume-adoption.ts';
import type { Claim } from '../volume/objects.ts';
import { claimObstacles, isWritten, volumeObstacles } from './claim-fit.ts';

const volume = adoptableVolume({
  ...{ host: 'storage-1', dataset: 'tank/k8s/pvc-uid-data', volumeName: 'pvc-uid-data' },
  ...{ instance: 'example.test/zfs', recorded: aRecord() },
});
const name = { namespace: 'default', name: 'data' };
const waiting = (spec: Partial<Claim['spec']> = {}): Claim =>
  aClaim({ spec: { volumeName: 'pvc-uid-data', ...spec } });

describe('a claim', () => {
  it.each([
    ['is not there', undefined],
    ['waits for the volume', waiting()],
    ['asks for less', waiting({ resources: { requests: { storage: '1' } } })],
    [
      'is bound to it',
      aClaim({ spec: { volumeName: 'pvc-uid-data' }, status: { phase: 'Bound' } }),
    ],
  ])('that %s can have it', (_what, claim) => {
    expect(claimObstacles(claim, name, volume)).toEqual([]);
  });

  it.each([
    ['goes', aClaim({ deletionTimestamp: '2026-01-01T00:00:00Z' }), 'is being deleted: wait'],
    ['has another', waiting({ volumeName: 'pvc-2' }), 'has volume pvc-2 already'],
    ['names none', aClaim(), 'may be given a new one at any moment'],
    ['is of another class', waiting({ storageClassName: 'slow' }), 'its class is "slow"'],
    [
      'asks for more',
      waiting({ resources: { requests: { storage: '2Gi' } } }),
      'it asks for 2Gi, the volume has 1Gi',
    ],
    [
      'asks for another access mode',
      waiting({ accessModes: ['ReadWriteOncePod'] }),
      'has no access mode ReadWriteOncePod',
    ],
    ['asks for a block device', waiting({ volumeMode: 'Block' }), 'a block device'],
  ])('that %s cannot', (_what, claim, said) => {
    expect(claimObstacles(claim, name, volume)).toEqual([expect.stringContaining(said)]);
  });
});

describe('a volume that is there', () => {
  const ofClaim = (uid?: string): ReturnType<typeof aVolume> => {
    const claimRef = { namespace: 'default', name: 'data', ...(uid !== undefined && { uid }) };
    return aVolume({ phase: 'Available', spec: { claimRef } });
  };

  it.each([
    ['for the claim that is to be made', ofClaim(), undefined],
    ['for the claim', ofClaim('uid-data'), 'uid-data'],
  ])('and was written %s is no obstacle', (_what, existing, uid) => {
    expect(isWritten(existing, volume, { ...name, uid })).toBe(true);
    expect(
      volumeObstacles([existing, aVolume({ name: 'pvc-2' })], volume, { ...name, uid }),
    ).toEqual([]);
  });

  it.each([
    [
      'was of a claim of that name before',
      ofClaim('uid-old'),
      '(Available, of claim default/data)',
    ],
    [
      'is of another claim',
      aVolume({ spec: { claimRef: { namespace: 'a', name: 'b' } } }),
      '(Released, of claim a/b): set its persistentVolumeReclaimPolicy to Retain and delete',
    ],
    [
      'goes',
      aVolume({ deletionTimestamp: '2026-01-01T00:00:00Z' }),
      '(being deleted, of claim default/data): wait until it is gone',
    ],
    [
      'has another name and that dataset',
      aVolume({
        name: 'by-hand',
        annotations: { 'zfs.pv.kubernetes.io/zfs-dataset-path': 'tank/k8s/pvc-uid-data' },
      }),
      'volume by-hand still stands for dataset tank/k8s/pvc-uid-data',
    ],
  ])('and %s is one', (_what, existing, said) => {
    expect(volumeObstacles([existing], volume, { ...name, uid: 'uid-data' })).toEqual([
      expect.stringContaining(said),
    ]);
  });
});
