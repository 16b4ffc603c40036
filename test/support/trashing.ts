import type { RestoreDataset, TrashDataset } from '../../src/zfs/dataset-trash.ts';
import { anIdentity } from './fake-zfs.ts';
import type { FakeZfs } from './fake-zfs.ts';

/** What fake-zfs.sh gives to tank/k. */
const parentGuid = '10006';

/** Of the volume that aCreation makes, on the second of January 2026 at 03:04:05, for an hour. */
export function aTrashing(zfs: FakeZfs, changes: Partial<TrashDataset> = {}): TrashDataset {
  const dataset = changes.dataset ?? 'tank/k/pvc-1';
  const trashedAtMs = changes.trashedAtMs ?? Date.UTC(2026, 0, 2, 3, 4, 5);
  return {
    host: 'nas-1',
    dataset,
    identity: anIdentity,
    parentGuid,
    mountpoint: zfs.path(dataset),
    trashedAtMs,
    expiresAtMs: trashedAtMs + 3_600_000,
    ...changes,
  };
}

/** What it is called then. */
export const trashedName = 'tank/k/.trash/pvc-1-20260102T030405Z';

/** Brings it back under its name. */
export function aRestoration(changes: Partial<RestoreDataset> = {}): RestoreDataset {
  return {
    host: 'nas-1',
    dataset: trashedName,
    identity: anIdentity,
    restoredAs: 'tank/k/pvc-1',
    ...changes,
  };
}
