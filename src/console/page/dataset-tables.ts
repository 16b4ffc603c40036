/** Datasets that are not, or not only, a volume's. */
import { findingTable, trashTable } from '../../overview/tables.ts';
import type { FindingView } from '../../overview/views.ts';
import { claimOf, namespaceOf, placeOf, textOrNone } from './claim-cells.ts';
import { age, due, none, size } from './figures.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import type { TableLook } from './look.ts';
import type { Tone } from './words.ts';
import { code, mark, text } from './words.ts';

export const trash: TableLook<'trash'> = {
  name: 'trash',
  title: 'Trash',
  caption: 'Datasets of deleted volumes, which can be had back until they expire',
  columns: [
    { title: 'Dataset', field: 'dataset', cell: placeOf },
    {
      title: 'Claim',
      field: 'claim',
      cell: ({ claim }) => textOrNone(claim),
    },
    { title: 'Namespace', field: 'namespace', cell: namespaceOf },
    {
      title: 'Used',
      field: 'usedBytes',
      kind: 'figure',
      cell: ({ usedBytes }) => size(usedBytes),
    },
    {
      title: 'Deleted',
      field: 'trashedAtMs',
      isAge: true,
      cell: ({ trashedAtMs }, nowMs) => age(trashedAtMs, nowMs),
    },
    {
      title: 'Expires',
      field: 'expiresAtMs',
      cell: ({ expiresAtMs }, nowMs) =>
        expiresAtMs === undefined ? html`never` : due(expiresAtMs, nowMs),
    },
  ],
  key: trashTable.identity,
  empty:
    'The trash is empty. Datasets of deleted volumes are listed here where their class keeps them for a while.',
  hasNamespaces: true,
};

export const findings: TableLook<'findings'> = {
  name: 'findings',
  title: 'Findings',
  caption: 'Volumes that are otherwise than promised, and datasets that nobody stands for',
  columns: [
    { title: 'What', field: 'kind', cell: ({ kind }) => mark(toneOf(kind), kindWords[kind]) },
    { title: 'Dataset', field: 'dataset', cell: placeOf },
    { title: 'Claim', field: 'claim', cell: claimOf },
    { title: 'Namespace', field: 'namespace', cell: namespaceOf },
    { title: 'Expected', field: 'expected', cell: ({ expected }) => valueOf(expected) },
    { title: 'Found', field: 'actual', cell: ({ actual }) => valueOf(actual) },
    {
      title: 'What to do',
      field: 'remedy',
      cell: ({ remedy }) =>
        remedy === undefined ? none : html`<div class="message">${text(remedy)}</div>`,
    },
  ],
  key: findingTable.identity,
  empty:
    'Nothing was found. Drift of volumes, missing datasets and orphans are listed here after each look at the hosts.',
  hasNamespaces: true,
};

/** As in docs/drift.md. */
const kindWords: Readonly<Record<FindingView['kind'], string>> = {
  mountpoint: 'drift: mountpoint',
  readonly: 'drift: readonly',
  quota: 'drift: quota',
  reservation: 'drift: reservation',
  key: 'drift: key not loaded',
  unclear: 'unclear',
  unmounted: 'drift: unmounted',
  share: 'drift: share',
  missing: 'dataset missing',
  orphan: 'orphan',
  retained: 'retained dataset',
  stranger: 'stranger',
};

function toneOf(kind: FindingView['kind']): Tone {
  if (kind === 'missing') return 'bad';
  return kind === 'retained' || kind === 'stranger' ? 'calm' : 'warn';
}

function valueOf(value: string | undefined): Html {
  return value === undefined ? none : code(value);
}
