// What there is, as kubectl and zfs tell it. This folder knows nothing of the product but what its pages say.

export interface ClaimEntry {
  readonly name: string;
  readonly uid: string;
  readonly className: string;
  /** Bytes asked for, and bytes that its status says it has. */
  readonly requested: bigint;
  readonly capacity: bigint;
  readonly phase: string;
  readonly volumeName: string;
  readonly isBeingDeleted: boolean;
}

export interface VolumeEntry {
  readonly name: string;
  readonly claimUid: string;
  readonly claimName: string;
  readonly capacity: bigint;
  readonly phase: string;
  readonly host: string;
  readonly dataset: string;
  /** Where pods mount it from. */
  readonly path: string;
  readonly isBeingDeleted: boolean;
}

export interface ClassEntry {
  readonly name: string;
  readonly type: string;
  readonly isThick: boolean;
  readonly goesToTrash: boolean;
}

export interface DatasetEntry {
  readonly host: string;
  readonly name: string;
  /** The volume that it says it is of; empty: it says nothing. */
  readonly volumeName: string;
  readonly refquota: bigint;
  readonly refreservation: bigint;
  readonly sharenfs: string;
  readonly isMounted: boolean;
  readonly mountpoint: string;
  readonly isExported: boolean;
  /** The claim that wrote into it; undefined: nothing was written. */
  readonly mark: string | undefined;
  readonly isInTrash: boolean;
}

/** What the owner of a claim did, and saw. */
export interface OwnerEntry {
  readonly name: string;
  readonly className: string;
  readonly isDeleted: boolean;
  readonly volumeName?: string;
  readonly isMarked?: boolean;
}

export interface Books {
  readonly owners: readonly OwnerEntry[];
  readonly claims: readonly ClaimEntry[];
  readonly volumes: readonly VolumeEntry[];
  readonly classes: readonly ClassEntry[];
  readonly datasets: readonly DatasetEntry[];
}
