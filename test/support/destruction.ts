import type { DestroyDataset } from '../../src/zfs/dataset.ts';
import { anIdentity } from './fake-zfs.ts';
import type { FakeZfs } from './fake-zfs.ts';

/** Of the volume that aCreation makes, or of another dataset; its snapshots keep it. */
export function aDestruction(zfs: FakeZfs, changes: Partial<DestroyDataset> = {}): DestroyDataset {
  const dataset = changes.dataset ?? 'tank/k/pvc-1';
  return {
    host: 'nas-1',
    dataset,
    identity: anIdentity,
    destroySnapshots: false,
    parentGuid: undefined,
    mountpoint: zfs.path(dataset),
    onlyIfEmpty: false,
    ...changes,
  };
}
