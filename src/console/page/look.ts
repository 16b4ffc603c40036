import type { Tables } from '../../overview/views.ts';
import type { TableName } from '../reads.ts';
import type { Html } from './html.ts';

export interface Column<T> {
  readonly title: string;
  /** What the table is sorted by when its title is followed. */
  readonly field?: keyof T & string;
  /** Sorting by either begins with the largest; figures stand one below the other. */
  readonly kind?: 'words' | 'figure' | 'amount';
  /** Shows how long ago its field is: the largest moment is the smallest age. */
  readonly isAge?: true;
  readonly cell: (row: T, nowMs: number) => Html;
}

/** How a table looks. */
export interface TableLook<N extends TableName> {
  readonly name: N;
  readonly title: string;
  /** What is in it, in a sentence. */
  readonly caption: string;
  /** The first one names the row. */
  readonly columns: readonly Column<Tables[N]>[];
  /** Tells rows apart, so that they can be found again when they change. */
  readonly key: (row: Tables[N]) => string;
  /** Said when there is nothing: what would be here. */
  readonly empty: string;
  /** The rows are of claims, and can be told apart by namespace. */
  readonly hasNamespaces: boolean;
}
