import { stringify } from 'yaml';

import type { Terminal } from './cli-world.ts';
import { table } from './table.ts';
import type { Column } from './table.ts';

export const outputFormats = ['table', 'json', 'yaml', 'name'] as const;

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

/** What was found, in the format that was asked for. */
export function print<T>(terminal: Terminal, format: OutputFormat, listing: Listing<T>): void {
  const { items, columns, fieldsOf, nameOf, empty } = listing;
  switch (format) {
    case 'json':
      terminal.write(`${JSON.stringify({ items: items.map(fieldsOf) }, numberOf, 2)}\n`);
      return;
    case 'yaml':
      // By way of JSON: undefined fields stay away, and big numbers are numbers.
      terminal.write(
        stringify(JSON.parse(JSON.stringify({ items: items.map(fieldsOf) }, numberOf))),
      );
      return;
    case 'name':
      for (const item of items) terminal.write(`${nameOf(item)}\n`);
      return;
    case 'table':
      if (items.length === 0) terminal.tell(empty);
      else terminal.write(table(columns, items, terminal));
  }
}

/** Bytes of anything that exists are exact as JSON numbers: below 8 PiB. */
function numberOf(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}
