import type { ProvisionerError } from '../errors.ts';
import type { DatasetIdentity, DatasetLocation } from './dataset-identity.ts';
import type { DatasetRecord } from './dataset-record.ts';
import type { RepairDataset } from './dataset-repair.ts';
import type {
  RestoreDataset,
  RestoredDataset,
  TrashDataset,
  TrashedDataset,
  TrashOutcome,
} from './dataset-trash.ts';

/** Which property holds a volume to its size: `quota` counts snapshots and children, `refquota` does not. */
export type QuotaKind = 'refquota' | 'quota' | 'both';

/** A value of `sharenfs` in the words of each operating system: the host takes its own. */
export interface ShareOptions {
  readonly linux: string;
  readonly freebsd: string;
}

export type Sharing =
  | { readonly kind: 'off' }
  /** By its parent: `sharenfs` is not set, and the dataset must turn out to be shared. */
  | { readonly kind: 'inherit' }
  | {
      readonly kind: 'on';
      readonly options: ShareOptions;
      /** Who must be exported to in the end, and nobody else; `undefined`: as the options say, unchecked. */
      readonly clients: readonly string[] | undefined;
    };

/** Of the dataset's root directory, and of nothing below it. */
export interface Ownership {
  /** For chmod, such as `g+w` or `0770`. */
  readonly mode: string;
  /** Numeric; `undefined`: as ZFS makes it, root. */
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  /** Entries for `setfacl -m`. */
  readonly acl: readonly string[];
}

/** Above these a new dataset is refused before it is made; `undefined`: no limit. */
export interface SpaceLimits {
  /** How full the pool may be. */
  readonly maxFullnessPercent: number | undefined;
  /** How often the parent's space may be promised by the quotas of its children. */
  readonly maxOvercommit: number | undefined;
}

export interface CreateDataset extends DatasetLocation {
  readonly identity: DatasetIdentity;
  readonly sizeBytes: bigint;
  readonly quota: QuotaKind;
  /** `undefined`: thin, no reservation. */
  readonly refreservationBytes: bigint | undefined;
  readonly spaceLimits: SpaceLimits;
  readonly sharing: Sharing;
  /**
   * Native properties that the class sets, besides those that follow from size and sharing. Those that can be
   * chosen once only (encryption, casesensitivity, ...) must match on a dataset that is adopted.
   */
  readonly nativeProperties: Readonly<Record<string, string>>;
  /** User properties written besides those of the identity. */
  readonly userProperties: Readonly<Record<string, string>>;
  readonly ownership: Ownership;
}

/** A dataset that is ours, mounted, shared as asked and limited as asked. */
export interface Dataset extends DatasetLocation {
  readonly mountpoint: string;
  /** 0: none. */
  readonly refquotaBytes: bigint;
  readonly refreservationBytes: bigint;
  /** guid of the parent dataset: tells this pool from another of the same name. */
  readonly parentGuid: string;
  /** It was there before, left by an interrupted attempt of ours. */
  readonly adopted: boolean;
  /**
   * Whether the host exports it to the clients that were asked for and to nobody else: `unchecked` where
   * nothing on the host that can be read tells, `not-asked` where no clients were given.
   */
  readonly exports: 'as-asked' | 'unchecked' | 'not-asked';
}

export interface DestroyDataset extends DatasetLocation {
  readonly identity: DatasetIdentity;
  /** Its snapshots were agreed to go with it; otherwise a snapshot makes it stay. */
  readonly destroySnapshots: boolean;
  /** Those that another tool made go as well; `keep`, or absent: one of them makes it stay. */
  readonly foreignSnapshots?: 'keep' | 'destroy';
  /** As recorded when it was created; `undefined` for volumes of the classic provisioner. */
  readonly parentGuid: string | undefined;
  /**
   * Where it was mounted when its volume was written; `undefined`: no volume was. A dataset that is gone
   * counts as absent only where its parent would mount it there.
   */
  readonly mountpoint: string | undefined;
  /** Destroy only a dataset that holds no file and no snapshot (orphans, abandoned attempts). */
  readonly onlyIfEmpty: boolean;
  /**
   * It is in the trash, and is destroyed if it may go from there by that time, as it says itself. Undefined: it is
   * not; then one that says that it is to be trashed or retained stays (DatasetKeptError), unless it is empty.
   */
  readonly expiredByMs?: number | undefined;
}

/** `absent`: it is gone, and its parent was seen on the right pool. */
export type DestroyOutcome = 'destroyed' | 'absent';

export interface GrowDataset extends DatasetLocation {
  readonly identity: DatasetIdentity;
  readonly sizeBytes: bigint;
  readonly quota: QuotaKind;
  /** `thick`: the reservation grows with the quota; `as-it-is`: if the dataset has one. */
  readonly reservation: 'thick' | 'thin' | 'as-it-is';
  /** As in SpaceLimits: a growth that would promise more is refused before anything is changed. */
  readonly maxOvercommit: number | undefined;
}

/** A dataset of ours that is to be shared with others than before. */
export interface SharedDataset extends DatasetLocation {
  readonly volumeName: string;
  readonly options: ShareOptions;
}

/** `unchanged`: it was shared so before; `off`: a person took it off the net; or why it is as it was. */
export type ReshareOutcome = 'shared' | 'unchanged' | 'off' | 'absent' | ProvisionerError;

/** What a scan of a host tells of one dataset below an allowed parent. */
export interface DatasetUsage extends DatasetLocation {
  /** Undefined where the properties are missing or not of source `local`. */
  readonly instance: string | undefined;
  readonly clusterId: string | undefined;
  readonly volumeName: string | undefined;
  readonly claimNamespace: string | undefined;
  readonly claimName: string | undefined;
  readonly reclaimPolicy: string | undefined;
  readonly createdAtMs: number;
  readonly usedBytes: bigint;
  readonly referencedBytes: bigint;
  readonly usedBySnapshotsBytes: bigint;
  /** 0: none. */
  readonly refquotaBytes: bigint;
  /** When its volume went and it was to stay (`onDelete: retain`). */
  readonly retainedAtMs: number | undefined;
  readonly condition: DatasetCondition;
  /** Undefined where nobody asked for it. */
  readonly recorded?: DatasetRecord;
}

/** What can drift away from what a volume was promised, as a scan sees it. */
export interface DatasetCondition {
  /** 0: none. */
  readonly quotaBytes: bigint;
  /** 0: none. */
  readonly refreservationBytes: bigint;
  readonly sharenfs: string;
  /** What it was last shared by, as the verbs noted on it (`zfs-provisioner.io:share`, source local). */
  readonly notedShare: string | undefined;
  readonly mounted: boolean;
  /** `none` and `legacy` are told so. */
  readonly mountpoint: string;
  readonly readOnly: boolean;
  /** Undefined: not encrypted, or the release knows no encryption. */
  readonly keyStatus: 'available' | 'unavailable' | undefined;
}

export interface PoolUsage {
  readonly host: string;
  readonly pool: string;
  readonly sizeBytes: bigint;
  readonly allocatedBytes: bigint;
  readonly freeBytes: bigint;
  /** ONLINE, DEGRADED, SUSPENDED, ... (zpoolconcepts(7)); undefined where the host's user may not see it. */
  readonly health: string | undefined;
}

/** A dataset that volumes are made below. */
export interface ParentUsage {
  readonly host: string;
  readonly dataset: string;
  /** What can be written below it, by quotas and reservations around it. */
  readonly availableBytes: bigint;
  /** As on a replica. */
  readonly readOnly: boolean;
}

/** A pool that could not be read because it is not well. */
export interface UnreadPool {
  readonly pool: string;
  readonly health: string;
}

export interface HostUsage {
  /** The parents that were asked for, and that are in a pool that could be read. */
  readonly asked: readonly string[];
  /** Those of them that are there. */
  readonly parents: readonly ParentUsage[];
  readonly pools: readonly PoolUsage[];
  /** Of what is in them nothing is known. */
  readonly unread?: readonly UnreadPool[];
  /** Below the parents, without what is in the trash. */
  readonly datasets: readonly DatasetUsage[];
  /** What is in `<parent>/.trash`, of whomever. */
  readonly trash: readonly TrashedDataset[];
}

/** The verbs; each is one remote exec. Failures are the classes of failure.ts and host/command.ts. */
export interface Zfs {
  /** Creates the dataset, or adopts and repairs one that an earlier attempt of ours left. */
  create(request: CreateDataset, signal?: AbortSignal): Promise<Dataset>;
  destroy(request: DestroyDataset, signal?: AbortSignal): Promise<DestroyOutcome>;
  /** Takes it out of use, so that it can be had back until it expires. */
  trash(request: TrashDataset, signal?: AbortSignal): Promise<TrashOutcome>;
  /** Leaves it as it is, and notes on it that this was meant; `absent` as for destroying. */
  retain(
    request: Omit<TrashDataset, 'expiresAtMs'>,
    signal?: AbortSignal,
  ): Promise<'retained' | 'absent'>;
  /** Takes a dataset out of the trash. */
  restore(request: RestoreDataset, signal?: AbortSignal): Promise<RestoredDataset>;
  /** All or what can be: throws what the first repair that fails says, and does not go on after it. */
  repair(request: RepairDataset, signal?: AbortSignal): Promise<void>;
  /** Never shrinks. Resolves with the size that the dataset is held to now, bytes: the smallest of its quotas. */
  grow(request: GrowDataset, signal?: AbortSignal): Promise<bigint>;
  /**
   * Shares datasets of one host with others than before, if each is provably ours; resolves with what became
   * of each, in their order.
   */
  reshare(
    host: string,
    owner: Omit<DatasetIdentity, 'volumeName'>,
    datasets: readonly SharedDataset[],
    signal?: AbortSignal,
  ): Promise<readonly ReshareOutcome[]>;
  /** Every dataset below the parents, and the pools that they are on. */
  scan(host: string, parents: readonly string[], signal?: AbortSignal): Promise<HostUsage>;
}
