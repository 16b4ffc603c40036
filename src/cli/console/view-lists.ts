/** The tables of the console as the commands print them: the fields that it knows of those that they have. */
import type { FindingView, TrashView } from '../../overview/views.ts';
import { bytesOrDash, isoTime } from '../figures.ts';
import type { Listing } from '../listing.ts';
import { agoOf, expiryOf } from '../trash-list.ts';
import { claimOf } from '../volumes/volume-list.ts';

export function trashViewListing(items: readonly TrashView[], nowMs: number): Listing<TrashView> {
  return {
    items,
    columns: [
      { header: 'VOLUME', of: ({ volume }) => volume ?? '-' },
      { header: 'CLAIM', of: claimOf },
      { header: 'HOST', of: ({ host }) => host },
      { header: 'DATASET', of: ({ dataset }) => dataset, yields: 1 },
      { header: 'USED', of: ({ usedBytes }) => bytesOrDash(usedBytes), align: 'right' },
      { header: 'DELETED', of: ({ trashedAtMs }) => agoOf(trashedAtMs, nowMs) },
      { header: 'EXPIRES', of: ({ expiresAtMs }) => expiryOf(expiresAtMs, nowMs) },
    ],
    fieldsOf: ({ volume, host, dataset, usedBytes, trashedAtMs, expiresAtMs, ...claim }) => ({
      ...{ volume, claim: claimFields(claim), host, dataset, usedBytes },
      trashedAt: isoTime(trashedAtMs),
      expiresAt: isoTime(expiresAtMs),
      expired: expiresAtMs !== undefined && expiresAtMs <= nowMs,
    }),
    nameOf: ({ host, dataset }) => `${host}:${dataset}`,
    empty: 'The trash is empty.',
  };
}

export function orphanViewListing(items: readonly FindingView[]): Listing<FindingView> {
  return {
    items,
    columns: [
      { header: 'VOLUME', of: ({ volume }) => volume ?? '-' },
      { header: 'CLAIM', of: claimOf },
      { header: 'HOST', of: ({ host }) => host },
      { header: 'DATASET', of: ({ dataset }) => dataset, yields: 1 },
      { header: 'STATE', of: ({ kind }) => kind },
    ],
    fieldsOf: ({ volume, host, dataset, kind, actual, ...claim }) => ({
      ...{ volume, claim: claimFields(claim), host, dataset, state: kind },
      kept: actual,
    }),
    nameOf: ({ host, dataset }) => `${host}:${dataset}`,
    empty: 'There are no orphans.',
  };
}

export function driftViewListing(items: readonly FindingView[]): Listing<FindingView> {
  return {
    items,
    columns: [
      { header: 'VOLUME', of: ({ volume }) => volume ?? '-' },
      { header: 'CLAIM', of: claimOf },
      { header: 'HOST', of: ({ host }) => host },
      { header: 'KIND', of: ({ kind }) => kind },
      { header: 'EXPECTED', of: ({ expected }) => expected ?? '-', yields: 1 },
      { header: 'ACTUAL', of: ({ actual }) => actual ?? '-', yields: 1 },
      { header: 'REMEDY', of: ({ remedy }) => remedy ?? '-', yields: 2 },
    ],
    fieldsOf: ({ volume, host, dataset, kind, expected, actual, remedy, ...claim }) => ({
      ...{ volume, claim: claimFields(claim), host, dataset, kind, expected, actual, remedy },
    }),
    nameOf: ({ volume, dataset, kind }) => `${volume ?? dataset}/${kind}`,
    empty: 'All volumes are as they were promised.',
  };
}

/** Those of datasets that nobody stands for have a command of their own. */
export function isOrphanKind(kind: FindingView['kind']): boolean {
  return kind === 'orphan' || kind === 'retained' || kind === 'stranger';
}

function claimFields({
  namespace,
  claim,
}: {
  readonly namespace?: string;
  readonly claim?: string;
}): object | undefined {
  return claim === undefined ? undefined : { namespace, name: claim };
}
