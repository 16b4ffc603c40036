import { isOwnedBy } from '../provisioner/owner.ts';
import type { Owner } from '../provisioner/owner.ts';
import { roundedBytes } from '../volume/format-bytes.ts';
import type { TrashedDataset } from '../zfs/dataset-trash.ts';
import { fullNameOf } from './candidate.ts';
import { isoTime, span } from './figures.ts';
import type { Listing } from './listing.ts';

export interface TrashView {
  readonly owner: Owner;
  readonly nowMs: number;
  /** Of other provisioners and clusters too. */
  readonly isOfAll: boolean;
}

/** What is in the trash, the next to expire first. Pure. */
export function trashListing(
  trash: readonly TrashedDataset[],
  { owner, nowMs, isOfAll }: TrashView,
): Listing<TrashedDataset> {
  const items = trash
    .filter((each) => isOfAll || isOwnedBy(each, owner))
    .toSorted((a, b) => (a.expiresAtMs ?? Infinity) - (b.expiresAtMs ?? Infinity));
  return {
    items,
    columns: [
      { header: 'VOLUME', of: ({ volumeName }) => volumeName ?? '-' },
      { header: 'CLAIM', of: claimOf },
      { header: 'CLASS', of: ({ storageClass }) => storageClass ?? '-' },
      { header: 'HOST', of: ({ host }) => host },
      { header: 'DATASET', of: ({ dataset }) => dataset },
      { header: 'USED', of: ({ usedBytes }) => roundedBytes(usedBytes), align: 'right' },
      { header: 'DELETED', of: ({ trashedAtMs }) => agoOf(trashedAtMs, nowMs) },
      { header: 'EXPIRES', of: ({ expiresAtMs }) => expiryOf(expiresAtMs, nowMs) },
    ],
    fieldsOf: (each) => fieldsOf(each, owner, nowMs),
    nameOf: fullNameOf,
    empty: 'The trash is empty.',
  };
}

function isExpired({ expiresAtMs }: TrashedDataset, nowMs: number): boolean {
  return expiresAtMs !== undefined && expiresAtMs <= nowMs;
}

function fieldsOf(each: TrashedDataset, owner: Owner, nowMs: number): object {
  return {
    volume: each.volumeName,
    claim: { namespace: each.claimNamespace, name: each.claimName },
    storageClass: each.storageClass,
    ...{ host: each.host, dataset: each.dataset, trashedFrom: each.trashedFrom },
    ...{ usedBytes: each.usedBytes, usedBySnapshotsBytes: each.usedBySnapshotsBytes },
    trashedAt: isoTime(each.trashedAtMs),
    expiresAt: isoTime(each.expiresAtMs),
    expired: isExpired(each, nowMs),
    ours: isOwnedBy(each, owner),
    ...{ instance: each.instance, clusterId: each.clusterId },
  };
}

export function claimOf({
  claimNamespace,
  claimName,
}: Pick<TrashedDataset, 'claimNamespace' | 'claimName'>): string {
  return claimName === undefined ? '-' : `${claimNamespace ?? ''}/${claimName}`;
}

export function agoOf(ms: number | undefined, nowMs: number): string {
  return ms === undefined ? '-' : `${span(nowMs - ms)} ago`;
}

export function expiryOf(ms: number | undefined, nowMs: number): string {
  if (ms === undefined) return 'never';
  return ms <= nowMs ? 'expired' : `in ${span(ms - nowMs)}`;
}
