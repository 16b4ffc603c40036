import type { DatasetIdentity, DatasetLocation } from './dataset-identity.ts';

/** One thing about a dataset that is to be as its volume says again. */
export type Repair =
  /** Raises `refquota`, or sets it where there is none; never lowers it. */
  | { readonly kind: 'quota'; readonly property: 'refquota' | 'quota'; readonly sizeBytes: bigint }
  /** Raises or sets `refreservation`. */
  | { readonly kind: 'reservation'; readonly sizeBytes: bigint }
  /** Sets `sharenfs` to what it was made with, in the words of its host, and shares it. */
  | { readonly kind: 'share'; readonly sharenfs: string }
  /** Mounts it. */
  | { readonly kind: 'mount' }
  /** Inherits the mountpoint from its parent again, if that gives the path that is asked for. */
  | { readonly kind: 'mountpoint'; readonly mountpoint: string }
  | { readonly kind: 'readonly' };

export interface RepairDataset extends DatasetLocation {
  readonly identity: DatasetIdentity;
  readonly repairs: readonly Repair[];
}
