import { byValue } from '../../overview/page.ts';
import type { VolumeView } from '../../overview/views.ts';
import { bytesOrDash, isoTime, percent, span } from '../figures.ts';
import type { Listing } from '../listing.ts';

/** Which volumes, and in which order. */
export interface VolumeFilter {
  /** Of the claim; undefined: all. */
  readonly namespace: string | undefined;
  readonly host: string | undefined;
  readonly storageClass: string | undefined;
  readonly sort: VolumeSort;
}

export interface VolumeSort {
  readonly by: SortKey;
  readonly isDescending: boolean;
}

const sortValues = {
  claim: ({ namespace = '', claim = '' }: VolumeView) => `${namespace}/${claim}`,
  volume: ({ volume }: VolumeView) => volume,
  class: ({ storageClass }: VolumeView) => storageClass,
  host: ({ host }: VolumeView) => host,
  dataset: ({ dataset }: VolumeView) => dataset,
  used: ({ usedBytes }: VolumeView) => usedBytes,
  quota: ({ quotaBytes, capacityBytes }: VolumeView) => quotaBytes ?? capacityBytes,
  fill: fillOf,
  snapshots: ({ usedBySnapshotsBytes }: VolumeView) => usedBySnapshotsBytes,
  age: ({ createdAtMs }: VolumeView) => -createdAtMs,
  drift: ({ drift }: VolumeView) => drift.length,
};

export type SortKey = keyof typeof sortValues;

export const sortKeys = Object.keys(sortValues) as readonly SortKey[];

/** Those that are asked for, in their order; what is not known comes last. Pure. */
export function chosenVolumes(
  views: readonly VolumeView[],
  { namespace, host, storageClass, sort }: VolumeFilter,
): readonly VolumeView[] {
  const valueOf = sortValues[sort.by];
  const way = sort.isDescending ? -1 : 1;
  return views
    .filter(
      (view) =>
        (namespace === undefined || view.namespace === namespace) &&
        (host === undefined || view.host === host) &&
        (storageClass === undefined || view.storageClass === storageClass),
    )
    .toSorted(
      (a, b) =>
        byValue(valueOf(a), valueOf(b), way) ||
        byValue(sortValues.claim(a), sortValues.claim(b), 1) ||
        byValue(a.volume, b.volume, 1),
    );
}

/** How much of what it may hold it does hold, 0 to 1 and a little; undefined: not known, or not limited. */
export function fillOf({ usedBytes, quotaBytes }: VolumeView): number | undefined {
  if (usedBytes === undefined || quotaBytes === undefined || quotaBytes === 0) return undefined;
  return usedBytes / quotaBytes;
}

export function volumeListing(items: readonly VolumeView[], nowMs: number): Listing<VolumeView> {
  return {
    items,
    columns: [
      { header: 'CLAIM', of: claimOf },
      { header: 'VOLUME', of: ({ volume }) => volume, yields: 2 },
      { header: 'PHASE', of: ({ phase }) => phase, isWide: true, yields: 5 },
      { header: 'CLASS', of: ({ storageClass }) => storageClass || '-', yields: 4 },
      { header: 'TYPE', of: ({ type }) => type, isWide: true, yields: 5 },
      { header: 'HOST', of: ({ host }) => host || '-', yields: 1 },
      { header: 'DATASET', of: ({ dataset }) => dataset || '-', yields: 3 },
      { header: 'USED', of: ({ usedBytes }) => bytesOrDash(usedBytes), align: 'right' },
      { header: 'QUOTA', of: quotaOf, align: 'right' },
      { header: 'FILL', of: (view) => percent(fillOf(view)), align: 'right' },
      {
        header: 'SNAPSHOTS',
        of: ({ usedBySnapshotsBytes }) => bytesOrDash(usedBySnapshotsBytes),
        ...{ align: 'right', yields: 1 },
      },
      {
        header: 'MODES',
        of: ({ accessModes }) => accessModes.map(shortMode).join(','),
        ...{ isWide: true, yields: 5 },
      },
      { header: 'RECLAIM', of: ({ reclaimPolicy }) => reclaimPolicy, isWide: true, yields: 5 },
      { header: 'SHARE', of: ({ share }) => share ?? '-', isWide: true, yields: 6 },
      { header: 'AGE', of: ({ createdAtMs }) => ageOf(createdAtMs, nowMs), align: 'right' },
      { header: 'DRIFT', of: driftOf },
    ],
    fieldsOf: volumeFields,
    nameOf: ({ volume }) => volume,
    empty: 'There are no such volumes.',
  };
}

/** For programs: docs/kubectl-zfs.md promises them. */
export function volumeFields(view: VolumeView): object {
  const { volume, namespace, claim, createdAtMs, ...rest } = view;
  return {
    volume,
    ...(claim !== undefined && { claim: { namespace, name: claim } }),
    ...rest,
    ...(createdAtMs > 0 && { createdAt: isoTime(createdAtMs) }),
  };
}

export function claimOf({
  namespace,
  claim,
}: {
  readonly namespace?: string;
  readonly claim?: string;
}): string {
  return claim === undefined ? '-' : `${namespace ?? ''}/${claim}`;
}

function quotaOf({ quotaBytes }: VolumeView): string {
  return quotaBytes === 0 ? 'none' : bytesOrDash(quotaBytes);
}

function ageOf(createdAtMs: number, nowMs: number): string {
  return createdAtMs === 0 ? '-' : span(nowMs - createdAtMs);
}

/** `?`: its host was not looked at. */
function driftOf({ drift, usedBytes }: VolumeView): string {
  if (drift.length > 0) return drift.join(',');
  return usedBytes === undefined ? '?' : '-';
}

/** As kubectl abbreviates them. */
function shortMode(mode: string): string {
  const short: Readonly<Record<string, string>> = {
    ReadWriteOnce: 'RWO',
    ReadOnlyMany: 'ROX',
    ReadWriteMany: 'RWX',
    ReadWriteOncePod: 'RWOP',
  };
  return short[mode] ?? mode;
}
