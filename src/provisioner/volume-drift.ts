import type { DriftKind } from '../volume/drift-kinds.ts';
import type { DatasetUsage, QuotaKind } from '../zfs/dataset.ts';
import type { Repair } from '../zfs/dataset-repair.ts';
import { repairCommand } from './volume-repair.ts';

/** One thing about a dataset that is otherwise than its volume was promised. */
export interface Drift {
  readonly kind: DriftKind;
  /** What was promised and what is there, in the words of ZFS: `refquota=1073741824`. */
  readonly expected: string;
  readonly actual: string;
  /** Undefined: only a person can mend it, or should. */
  readonly repair: Repair | undefined;
  /** The command on the host that mends it, or what else a person may do. */
  readonly remedy: string;
}

export interface VolumePromise {
  readonly quota: QuotaKind;
  /** Undefined: the volume does not tell (early releases of the classic provisioner). */
  readonly isThick: boolean | undefined;
  /** The volume's size; 0: it does not tell, and quota and reservation are not looked at. */
  readonly sizeBytes: bigint;
  /** What its dataset had to have when it was looked at: less, where the volume has grown since. */
  readonly atLeastBytes: bigint;
  /** What it may have: more, while the volume grows. */
  readonly atMostBytes: bigint;
  readonly mountpoint: string;
  /** Over NFS. */
  readonly isShared: boolean;
  /** What it is below is read-only, as on a replica. */
  readonly isBelowReadOnly: boolean;
}

type Check = (dataset: DatasetUsage, promise: VolumePromise) => readonly Drift[];

/** In the order of driftKinds, which is the one in which they are mended. */
const checks: readonly Check[] = [
  ({ dataset, condition }, { mountpoint }) => {
    if (condition.mountpoint === mountpoint) return [];
    const said = ['mountpoint', mountpoint, condition.mountpoint] as const;
    return [repairable(dataset, 'mountpoint', said, { kind: 'mountpoint', mountpoint })];
  },

  ({ dataset, condition }, { isBelowReadOnly }) => {
    if (!condition.readOnly) return [];
    const said = ['readonly', 'off', 'on'] as const;
    if (!isBelowReadOnly) return [repairable(dataset, 'readonly', said, { kind: 'readonly' })];
    return [unrepairable('readonly', said, 'what it is below is read-only, as a replica is')];
  },

  (usage, promise) =>
    promise.sizeBytes === 0n
      ? []
      : [
          ...quotaDrift(usage, promise, 'refquota'),
          ...quotaDrift(usage, promise, 'quota'),
          ...reservationDrift(usage, promise),
        ],

  ({ dataset, condition }) => {
    if (condition.keyStatus !== 'unavailable') return [];
    const said = ['keystatus', 'available', 'unavailable'] as const;
    return [unrepairable('key', said, `zfs load-key ${dataset}, or of what it is below`)];
  },

  // Without its key it cannot be mounted: told as that.
  ({ dataset, condition }) => {
    if (condition.mounted || condition.keyStatus === 'unavailable') return [];
    return [repairable(dataset, 'unmounted', ['mounted', 'yes', 'no'], { kind: 'mount' })];
  },

  shareDrift,
];

/** How a dataset differs from what its volume was promised. Pure. */
export function driftsOf(dataset: DatasetUsage, promise: VolumePromise): readonly Drift[] {
  return checks.flatMap((check) => check(dataset, promise));
}

/** A quota that nobody asked for counts where it is the smaller: the volume has less than it says. */
function quotaDrift(
  { dataset, refquotaBytes, condition }: DatasetUsage,
  { quota, sizeBytes, atLeastBytes, atMostBytes }: VolumePromise,
  property: 'refquota' | 'quota',
): readonly Drift[] {
  const bytes = property === 'quota' ? condition.quotaBytes : refquotaBytes;
  const isAsked = quota === 'both' || quota === property;
  const said = [property, String(sizeBytes), bytes === 0n ? 'none' : String(bytes)] as const;
  if (bytes === 0n ? isAsked : bytes < atLeastBytes) {
    return [repairable(dataset, 'quota', said, { kind: 'quota', property, sizeBytes })];
  }
  if (!isAsked || bytes <= atMostBytes) return [];
  return [unrepairable('quota', said, larger(dataset, property, sizeBytes))];
}

function reservationDrift(
  { dataset, condition }: DatasetUsage,
  { isThick, sizeBytes, atLeastBytes, atMostBytes }: VolumePromise,
): readonly Drift[] {
  if (isThick === undefined) return [];
  const bytes = condition.refreservationBytes;
  const said = ['refreservation', isThick ? String(sizeBytes) : 'none', wordOf(bytes)] as const;
  if (isThick && bytes < atLeastBytes) {
    return [repairable(dataset, 'reservation', said, { kind: 'reservation', sizeBytes })];
  }
  if (bytes <= (isThick ? atMostBytes : 0n)) return [];
  return [
    unrepairable('reservation', said, larger(dataset, 'refreservation', isThick ? sizeBytes : 0n)),
  ];
}

/**
 * By what the verbs noted when they shared it last. Older volumes have no note: there it is only known that one for
 * NFS must be shared.
 */
function shareDrift(
  { dataset, condition: { sharenfs, notedShare } }: DatasetUsage,
  { isShared }: VolumePromise,
): readonly Drift[] {
  if (notedShare !== undefined) {
    if (sharenfs === notedShare) return [];
    const said = ['sharenfs', notedShare, sharenfs] as const;
    return [repairable(dataset, 'share', said, { kind: 'share', sharenfs: notedShare })];
  }
  if (!isShared || sharenfs !== 'off') return [];
  const said = ['sharenfs', 'set', 'off'] as const;
  return [unrepairable('share', said, `zfs set sharenfs=... ${dataset}, as its class says`)];
}

type Said = readonly [property: string, expected: string, actual: string];

function repairable(dataset: string, kind: DriftKind, said: Said, repair: Repair): Drift {
  return drift(kind, said, repair, repairCommand(dataset, repair));
}

function unrepairable(kind: DriftKind, said: Said, remedy: string): Drift {
  return drift(kind, said, undefined, remedy);
}

function drift(
  kind: DriftKind,
  [property, expected, actual]: Said,
  repair: Repair | undefined,
  remedy: string,
): Drift {
  const said = { expected: `${property}=${expected}`, actual: `${property}=${actual}` };
  return { kind, ...said, repair, remedy };
}

function larger(dataset: string, property: string, bytes: bigint): string {
  return `nothing is ever shrunk; by hand: zfs set ${property}=${wordOf(bytes)} ${dataset}`;
}

function wordOf(bytes: bigint): string {
  return bytes === 0n ? 'none' : String(bytes);
}
