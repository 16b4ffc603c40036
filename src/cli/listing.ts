import { stringify } from 'yaml';

import type { Terminal } from './cli-world.ts';
import { table } from './table.ts';
import type { Column } from './table.ts';

export const outputFormats = ['table', 'wide', 'json', 'yaml', 'name'] as const;

export type OutputFormat = (typeof outputFormats)[number];

export interface Listing<T> {
  readonly items: readonly T[];
  readonly columns: readonly Column<T>[];
  /** For programs: its fields are promised in docs/kubectl-zfs.md. */
  readonly fieldsOf: (item: T) => object;
  /** What other commands take it by. */
  readonly nameOf: (item: T) => string;
  /** Said to people when there is nothing. */
  readonly empty: string;
}

/** Whether it is written for people: all else is for programs. */
export function isForPeople(format: OutputFormat): boolean {
  return format === 'table' || format === 'wide';
}

/** What was found, in the format that was asked for. */
export function print<T>(terminal: Terminal, format: OutputFormat, listing: Listing<T>): void {
  const { items, columns, fieldsOf, nameOf, empty } = listing;
  switch (format) {
    case 'json':
    case 'yaml':
      terminal.write(documentOf({ items: items.map(fieldsOf) }, format));
      return;
    case 'name':
      for (const item of items) terminal.write(`${nameOf(item)}\n`);
      return;
    case 'table':
    case 'wide':
      if (items.length === 0) terminal.tell(empty);
      else terminal.write(table(shownIn(format, columns), items, terminal));
  }
}

function shownIn<T>(format: OutputFormat, columns: readonly Column<T>[]): readonly Column<T>[] {
  return format === 'wide' ? columns : columns.filter(({ isWide = false }) => !isWide);
}

/** For programs, with a line end. */
export function documentOf(value: object, format: 'json' | 'yaml'): string {
  const json = JSON.stringify(value, numberOf, 2);
  // By way of JSON: undefined fields stay away, and big numbers are numbers.
  return format === 'json' ? `${json}\n` : stringify(JSON.parse(json));
}

/** Bytes of anything that exists are exact as JSON numbers: below 8 PiB. */
function numberOf(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}
