import type { Page, PageQuery } from './views.ts';

/** What a row looks like from the outside: what can be sorted by and searched. */
export interface TableShape<T> {
  /** Rows can be sorted by these. */
  readonly fields: readonly (keyof T & string)[];
  /** Searched for text. */
  readonly searched: readonly (keyof T & string)[];
  /** As if `sort` were this. */
  readonly usualSort: string;
  /** Orders rows that are equal in what they are sorted by. */
  readonly identity: (row: T) => string;
}

export const usualPageSize = 50;
export const maxPageSize = 500;

/** What is wrong with a query for a table, one sentence each. */
export function queryProblems<T>(shape: TableShape<T>, query: PageQuery): string[] {
  const problems: string[] = [];
  const field = query.sort?.replace(/^-/, '');
  if (field !== undefined && !shape.fields.some((known) => known === field)) {
    const known = shape.fields.join(', ');
    problems.push(
      `sort is ${JSON.stringify(query.sort)}: expected one of ${known}, or one with "-" before it`,
    );
  }
  if (query.namespace !== undefined && !shape.fields.some((known) => known === 'namespace')) {
    problems.push('namespace is given, but the rows of this table have none');
  }
  return problems;
}

/**
 * The rows that are asked for. Rows that do not have what they are sorted by are last, whichever way; a page after
 * the last is empty. Fast where the same rows are asked for again.
 */
export function pageOf<T extends object>(
  rows: readonly T[],
  shape: TableShape<T>,
  query: PageQuery,
): Page<T> {
  const sorted = sortedOnce(rows, shape, query.sort ?? shape.usualSort);
  const found = filtered(sorted, shape, query);
  const from = (query.page - 1) * query.pageSize;
  return {
    items: found.slice(from, from + query.pageSize),
    total: found.length,
    page: query.page,
    pageSize: query.pageSize,
  };
}

/** By rows, then by what they are sorted by: ten thousand take some time to sort. */
const sortedBefore = new WeakMap<readonly object[], Map<string, readonly object[]>>();
/** What is searched of a row. */
const searchedTexts = new WeakMap<object, string>();

function sortedOnce<T extends object>(
  rows: readonly T[],
  shape: TableShape<T>,
  sort: string,
): readonly T[] {
  const before = sortedBefore.get(rows) ?? new Map<string, readonly object[]>();
  const sorted = (before.get(sort) as readonly T[] | undefined) ?? sortedBy(rows, shape, sort);
  sortedBefore.set(rows, before.set(sort, sorted));
  return sorted;
}

function filtered<T extends object>(
  rows: readonly T[],
  shape: TableShape<T>,
  { search, namespace }: PageQuery,
): readonly T[] {
  const sought = search?.toLowerCase();
  return rows.filter(
    (row) =>
      (namespace === undefined || (row as { namespace?: unknown }).namespace === namespace) &&
      (sought === undefined || textOf(row, shape).includes(sought)),
  );
}

/** In lower case, each on a line of its own. */
function textOf<T extends object>(row: T, { searched }: TableShape<T>): string {
  const known = searchedTexts.get(row);
  if (known !== undefined) return known;
  const values: unknown[] = searched.flatMap((field): unknown => row[field]);
  const text = values
    .filter((value) => typeof value === 'string')
    .join('\n')
    .toLowerCase();
  searchedTexts.set(row, text);
  return text;
}

function sortedBy<T>(rows: readonly T[], shape: TableShape<T>, sort: string): T[] {
  const isDescending = sort.startsWith('-');
  const field = sort.replace(/^-/, '') as keyof T;
  const keyed = rows.map((row) => ({
    row,
    value: sortable(row[field]),
    identity: shape.identity(row),
  }));
  const way = isDescending ? -1 : 1;
  keyed.sort((a, b) => byValue(a.value, b.value, way) || byText(a.identity, b.identity));
  return keyed.map(({ row }) => row);
}

type Sortable = number | string | undefined;

/** Lists by how many they are of. */
function sortable(value: unknown): Sortable {
  if (typeof value === 'boolean') return Number(value);
  if (Array.isArray(value)) return value.length;
  return typeof value === 'number' || typeof value === 'string' ? value : undefined;
}

/** Compares two values of one column; `way` -1: the largest first. What is not known comes last, whichever way. Pure. */
export function byValue(a: Sortable, b: Sortable, way: 1 | -1): number {
  if (a === undefined || b === undefined) {
    return a === b ? 0 : a === undefined ? 1 : -1;
  }
  if (typeof a === 'number' && typeof b === 'number') return way * (a - b);
  return way * byText(String(a), String(b));
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
