import type { TrashedDataset } from '../../src/zfs/dataset-trash.ts';
import { instance } from './builders.ts';

/** The dataset of the builders' claim `data`: put into the trash on the first of January 2026, until the eighth. */
export function aTrashedDataset(change: Partial<TrashedDataset> = {}): TrashedDataset {
  return {
    host: 'storage-1',
    dataset: 'tank/k8s/.trash/pvc-uid-data-20260101T000000Z',
    instance,
    clusterId: 'cluster-1',
    volumeName: 'pvc-uid-data',
    claimNamespace: 'default',
    claimName: 'data',
    storageClass: 'fast',
    record: '{"destroySnapshots":true}',
    trashedFrom: 'tank/k8s/pvc-uid-data',
    trashedAtMs: Date.UTC(2026, 0, 1),
    expiresAtMs: Date.UTC(2026, 0, 8),
    usedBytes: 4096n,
    usedBySnapshotsBytes: 0n,
    ...change,
  };
}
