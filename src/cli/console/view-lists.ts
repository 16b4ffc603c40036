/** The tables of the console as the commands print them: the fields that it knows of those that they have. */
import type { FindingView, TrashView } from '../../overview/views.ts';
import { fullNameOf } from '../candidate.ts';
import { bytesOrDash, isoTime } from '../figures.ts';
import type { Listing } from '../listing.ts';
import type { Column } from '../table.ts';
import { agoOf, expiryOf } from '../trash-list.ts';
import { claimOf } from '../volumes/volume-list.ts';

/** Whose a row is, and where. */
type Place = Pick<FindingView, 'volume' | 'namespace' | 'claim' | 'host' | 'dataset'>;

const placeColumns: readonly Column<Place>[] = [
  { header: 'VOLUME', of: ({ volume }) => volume ?? '-' },
  { header: 'CLAIM', of: claimOf },
  { header: 'HOST', of: ({ host }) => host },
];
const datasetColumn: Column<Place> = {
  ...{ header: 'DATASET', of: ({ dataset }) => dataset, yields: 1 },
};

function placeFields({ volume, namespace, claim, host, dataset }: Place): object {
  const named = claim === undefined ? undefined : { namespace, name: claim };
  return { volume, claim: named, host, dataset };
}

export function trashViewListing(items: readonly TrashView[], nowMs: number): Listing<TrashView> {
  return {
    items,
    columns: [
      ...placeColumns,
      datasetColumn,
      { header: 'USED', of: ({ usedBytes }) => bytesOrDash(usedBytes), align: 'right' },
      { header: 'DELETED', of: ({ trashedAtMs }) => agoOf(trashedAtMs, nowMs) },
      { header: 'EXPIRES', of: ({ expiresAtMs }) => expiryOf(expiresAtMs, nowMs) },
    ],
    fieldsOf: ({ usedBytes, trashedAtMs, expiresAtMs, ...place }) => ({
      ...placeFields(place),
      usedBytes,
      trashedAt: isoTime(trashedAtMs),
      expiresAt: isoTime(expiresAtMs),
      expired: expiresAtMs !== undefined && expiresAtMs <= nowMs,
    }),
    nameOf: fullNameOf,
    empty: 'The trash is empty.',
  };
}

export function orphanViewListing(items: readonly FindingView[]): Listing<FindingView> {
  return {
    items,
    columns: [...placeColumns, datasetColumn, { header: 'STATE', of: ({ kind }) => kind }],
    fieldsOf: ({ kind, actual, ...place }) => ({
      ...placeFields(place),
      state: kind,
      kept: actual,
    }),
    nameOf: fullNameOf,
    empty: 'There are no orphans.',
  };
}

export function driftViewListing(items: readonly FindingView[]): Listing<FindingView> {
  return {
    items,
    columns: [
      ...placeColumns,
      { header: 'KIND', of: ({ kind }) => kind },
      { header: 'EXPECTED', of: ({ expected }) => expected ?? '-', yields: 1 },
      { header: 'ACTUAL', of: ({ actual }) => actual ?? '-', yields: 1 },
      { header: 'REMEDY', of: ({ remedy }) => remedy ?? '-', yields: 2 },
    ],
    fieldsOf: ({ kind, expected, actual, remedy, ...place }) => ({
      ...placeFields(place),
      ...{ kind, expected, actual, remedy },
    }),
    nameOf: ({ volume, dataset, kind }) => `${volume ?? dataset}/${kind}`,
    empty: 'All volumes are as they were promised.',
  };
}

/** Those of datasets that nobody stands for have a command of their own. */
export function isOrphanKind(kind: FindingView['kind']): boolean {
  return kind === 'orphan' || kind === 'retained' || kind === 'stranger';
}
