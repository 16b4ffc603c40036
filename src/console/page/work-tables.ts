/** What is to be done, and what was done. */
import { eventTable, waitingTable } from '../../overview/tables.ts';
import type { EventView, WaitingView } from '../../overview/views.ts';
import { namedThing, namespaceOf, textOrNone } from './claim-cells.ts';
import { age, count, due, none } from './figures.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import type { TableLook } from './look.ts';
import { mark, text } from './words.ts';

export const waiting: TableLook<'waiting'> = {
  name: 'waiting',
  title: 'Waiting',
  caption:
    'Claims without a volume, and deletions and growths that are not done: why, and when they are tried again',
  columns: [
    { title: 'What', field: 'name', cell: nameOf },
    { title: 'Namespace', field: 'namespace', cell: namespaceOf },
    {
      title: 'Class',
      field: 'storageClass',
      cell: ({ storageClass }) => textOrNone(storageClass),
    },
    {
      title: 'Host',
      field: 'host',
      cell: ({ host }) => textOrNone(host),
    },
    { title: 'Reason', field: 'code', cell: reasonOf },
    {
      title: 'Attempts',
      field: 'attempts',
      kind: 'figure',
      cell: ({ attempts }) => html`${count(attempts)}`,
    },
    {
      title: 'Next attempt',
      field: 'nextAttemptAtMs',
      cell: ({ nextAttemptAtMs }, nowMs) =>
        nextAttemptAtMs === undefined ? none : due(nextAttemptAtMs, nowMs),
    },
    {
      title: 'Since',
      field: 'sinceMs',
      isAge: true,
      cell: ({ sinceMs }, nowMs) => age(sinceMs, nowMs),
    },
  ],
  key: waitingTable.identity,
  empty:
    'Nothing waits. A claim that has no volume yet is listed here, with the reason and when it is tried again.',
  hasNamespaces: true,
};

const kinds: Readonly<Record<WaitingView['kind'], string>> = {
  claim: 'claim without a volume',
  volume: 'volume to be deleted',
  growth: 'claim that grows',
};

function nameOf({ kind, name }: WaitingView): Html {
  return namedThing(name, { isVolume: kind === 'volume', kind: kinds[kind] });
}

function reasonOf({ code: reason, message }: WaitingView): Html {
  if (reason === undefined && message === undefined) return html`its turn has not come`;
  const told =
    message === undefined ? undefined : html`<div class="message">${text(message)}</div>`;
  return html`${reason === undefined ? undefined : mark('warn', reason)}${told}`;
}

export const events: TableLook<'events'> = {
  name: 'events',
  title: 'Events',
  caption: 'What was told about claims and volumes, the latest first',
  columns: [
    { title: 'About', field: 'name', cell: subjectOf },
    { title: 'Namespace', field: 'namespace', cell: namespaceOf },
    {
      title: 'Type',
      field: 'type',
      cell: ({ type }) => mark(type === 'Warning' ? 'warn' : 'calm', type),
    },
    { title: 'Reason', field: 'reason', cell: ({ reason }) => text(reason) },
    {
      title: 'Message',
      field: 'message',
      cell: ({ message }) => html`<div class="message">${text(message)}</div>`,
    },
    {
      title: 'Count',
      field: 'count',
      kind: 'figure',
      cell: (event) => html`${count(event.count)}`,
    },
    {
      title: 'When',
      field: 'atMs',
      isAge: true,
      kind: 'figure',
      cell: ({ atMs }, nowMs) => age(atMs, nowMs),
    },
  ],
  key: eventTable.identity,
  empty: 'No event yet. What is done about claims and volumes, and what fails, is told here.',
  hasNamespaces: true,
};

function subjectOf({ kind, name }: EventView): Html {
  return namedThing(name, { isVolume: kind === 'PersistentVolume', kind });
}
