import type { DatasetIdentity, DatasetLocation } from './dataset-identity.ts';
import type { DatasetRecord } from './dataset-record.ts';

/**
 * Takes a dataset out of use without losing anything of it: unshared, read-only, without reservation, and
 * renamed to `<parent>/.trash/<leaf>-<time>`. Its snapshots, clones and holds stay as they are.
 */
export interface TrashDataset extends DatasetLocation {
  readonly identity: DatasetIdentity;
  /** As for destroying. */
  readonly parentGuid: string | undefined;
  /** As for destroying. */
  readonly mountpoint: string | undefined;
  readonly trashedAtMs: number;
  readonly expiresAtMs: number;
}

/** `absent`: as for destroying; `trashed` also where an attempt before this one did it. */
export type TrashOutcome =
  | {
      readonly kind: 'trashed';
      /** Its full name now. */
      readonly dataset: string;
      readonly expiresAtMs: number;
    }
  | { readonly kind: 'absent' };

/** A dataset in a trash of ours, as a scan tells of it. Values of source `local` only; undefined: none. */
export interface TrashedDataset extends DatasetLocation {
  readonly instance: string | undefined;
  readonly clusterId: string | undefined;
  readonly volumeName: string | undefined;
  readonly claimNamespace: string | undefined;
  readonly claimName: string | undefined;
  readonly storageClass: string | undefined;
  /** What its volume said besides: JSON of volume/volume-record.ts. */
  readonly record: string | undefined;
  /** Its full name before. */
  readonly trashedFrom: string | undefined;
  readonly trashedAtMs: number | undefined;
  readonly expiresAtMs: number | undefined;
  readonly usedBytes: bigint;
  readonly usedBySnapshotsBytes: bigint;
  /** Undefined where nobody asked for it. */
  readonly recorded?: DatasetRecord;
}

/**
 * Puts a dataset back where it was before, mounted, writable, reserved and shared as it was. One that has its name
 * already (an attempt before this one was cut off) is mounted and shared; that it was retained is forgotten.
 */
export interface RestoreDataset extends DatasetLocation {
  readonly identity: DatasetIdentity;
  /** What it is called afterwards: a sibling of the trash that it is in. */
  readonly restoredAs: string;
}

/** As `zfs get` tells of a dataset of ours, all values of source `local`: enough to write its volume again. */
export interface RestoredDataset extends DatasetLocation {
  readonly mountpoint: string;
  readonly refquotaBytes: bigint;
  readonly parentGuid: string;
}
