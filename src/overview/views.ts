/**
 * What is known of volumes and of the hosts that they lie on, as a person wants to see it: the rows of the status
 * page and of `kubectl zfs`, and the JSON of both. Sizes are bytes, times are milliseconds since 1970; what is not
 * known is absent.
 */
import type { DriftKind } from '../volume/drift-kinds.ts';

export interface HostView {
  readonly host: string;
  /** `unknown`: whoever tells has not talked to it yet. */
  readonly state: 'answers' | 'given-up' | 'being-tried' | 'unknown';
  readonly isConnected: boolean;
  /** When one that was given up is tried again. */
  readonly retryAtMs?: number;
  readonly lastFailure?: string;
  /** How long the last commands took there, from being sent to their end: the median of some. */
  readonly latencyMs?: number;
  /** Commands that run there, and that wait for their turn. */
  readonly running: number;
  readonly queued: number;
  /** Pools on which commands go on after their deadline. */
  readonly hung: readonly { readonly pool: string; readonly commands: number }[];
  /** When all that is on it was last looked at. */
  readonly lookedAtMs?: number;
  readonly volumes: number;
}

export interface PoolView {
  readonly host: string;
  readonly pool: string;
  /** ONLINE, DEGRADED, SUSPENDED, ... (zpoolconcepts(7)). */
  readonly health?: string;
  /** Absent, like the other sizes: it could not be read. */
  readonly sizeBytes?: number;
  readonly allocatedBytes?: number;
  readonly freeBytes?: number;
  readonly parents: readonly ParentView[];
}

export interface ParentView {
  readonly dataset: string;
  readonly availableBytes: number;
  readonly isReadOnly: boolean;
}

export interface VolumeView {
  readonly volume: string;
  /** Bound, Released, Available, Failed, Pending. */
  readonly phase: string;
  readonly namespace?: string;
  readonly claim?: string;
  readonly storageClass: string;
  readonly type: 'nfs' | 'hostpath' | 'local';
  readonly host: string;
  readonly dataset: string;
  readonly capacityBytes: number;
  /** What counts against its quota: with its snapshots unless only `refquota` holds it. A reservation is no use. */
  readonly usedBytes?: number;
  /** What it is held to; 0: nothing. */
  readonly quotaBytes?: number;
  readonly usedBySnapshotsBytes?: number;
  /** The value of `sharenfs`. */
  readonly share?: string;
  readonly accessModes: readonly string[];
  readonly reclaimPolicy: string;
  readonly createdAtMs: number;
  /** `missing`: the dataset is not there. */
  readonly drift: readonly (DriftKind | 'missing')[];
}

/** A claim that has no volume yet, or a volume or growth that is not done. */
export interface WaitingView {
  readonly kind: 'claim' | 'volume' | 'growth';
  readonly namespace?: string;
  /** Of the claim or the volume. */
  readonly name: string;
  readonly storageClass?: string;
  readonly host?: string;
  /** Since when it is to be done. */
  readonly sinceMs: number;
  /** Why it is not done yet: a code of docs/errors.md, and the sentence of its Event; absent: its turn has not come. */
  readonly code?: string;
  readonly message?: string;
  readonly attempts: number;
  readonly nextAttemptAtMs?: number;
}

export interface EventView {
  readonly atMs: number;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly count: number;
}

export interface TrashView {
  readonly host: string;
  readonly dataset: string;
  readonly volume?: string;
  readonly namespace?: string;
  readonly claim?: string;
  readonly usedBytes: number;
  readonly trashedAtMs?: number;
  readonly expiresAtMs?: number;
}

/** Something that is otherwise than a volume was promised, or a dataset that nobody stands for. */
export interface FindingView {
  /** `unclear`: what the volume's annotations say of its dataset cannot be. */
  readonly kind: DriftKind | 'missing' | 'unclear' | 'orphan' | 'retained' | 'stranger';
  readonly host: string;
  readonly dataset: string;
  readonly volume?: string;
  readonly namespace?: string;
  readonly claim?: string;
  readonly expected?: string;
  readonly actual?: string;
  /** What a person may do. */
  readonly remedy?: string;
}

/** The rows of each table of the status page, by its name in addresses. */
export interface Tables {
  readonly hosts: HostView;
  readonly pools: PoolView;
  readonly volumes: VolumeView;
  readonly waiting: WaitingView;
  readonly events: EventView;
  readonly trash: TrashView;
  readonly findings: FindingView;
}

/** A volume and all that is known of it. */
export interface VolumeDetails extends VolumeView {
  /** The last ones of it and of its claim, the latest first. */
  readonly events: readonly EventView[];
  readonly findings: readonly FindingView[];
}

export interface SummaryView {
  readonly instance: string;
  readonly version: string;
  readonly replica: string;
  readonly isLeader: boolean;
  /** Who leads, where it is known. */
  readonly leader?: string;
  readonly startedAtMs: number;
  readonly nowMs: number;
  /** Of this and the other tables that only the replica that leads knows, 0 on others. */
  readonly hosts: number;
  readonly volumes: number;
  readonly waiting: number;
  readonly findings: number;
  readonly trash: number;
  /** Destructions that wait for a person. */
  readonly held: number;
  /** Names of the namespaces of claims that may be shown. */
  readonly namespaces: readonly string[];
}

/** A part of a table, as it was asked for. */
export interface Page<T> {
  readonly items: readonly T[];
  /** How many there are on all pages, after searching and filtering. */
  readonly total: number;
  /** From 1. */
  readonly page: number;
  readonly pageSize: number;
}

/** Which part of a table. */
export interface PageQuery {
  /** A field of the rows, with `-` before it: the largest first. */
  readonly sort?: string;
  /** Only rows in which a text has this in it, whatever the case. */
  readonly search?: string;
  readonly namespace?: string;
  /** From 1. */
  readonly page: number;
  readonly pageSize: number;
}
