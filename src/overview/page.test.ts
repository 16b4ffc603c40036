import { describe, expect, it } from '@jest/globals';

import type { TableShape } from './page.ts';
import { pageOf, queryProblems } from './page.ts';
import type { Page, PageQuery } from './views.ts';

interface Row {
  readonly name: string;
  readonly namespace?: string;
  readonly size?: number;
  readonly tags: readonly string[];
}

const shape: TableShape<Row> = {
  fields: ['name', 'namespace', 'size', 'tags'],
  searched: ['name', 'tags'],
  usualSort: 'name',
  identity: ({ name }) => name,
};

const rows: readonly Row[] = [
  { name: 'b', namespace: 'shop', size: 10, tags: ['red', 'Blue'] },
  { name: 'a', namespace: 'shop', size: 9, tags: [] },
  { name: 'd', size: 10, tags: ['red'] },
  { name: 'c', namespace: 'other', tags: ['green'] },
];

function page(query: Partial<PageQuery> = {}): Page<Row> {
  return pageOf(rows, shape, { page: 1, pageSize: 50, ...query });
}

const names = (query: Partial<PageQuery>): string =>
  page(query)
    .items.map(({ name }) => name)
    .join('');

describe('a page of a table', () => {
  it('is sorted as usual where nothing else is asked for', () => {
    expect(names({})).toBe('abcd');
  });

  it('is sorted either way; equal rows keep their order, and rows without the field come last', () => {
    expect(names({ sort: 'size' })).toBe('abdc');
    expect(names({ sort: '-size' })).toBe('bdac');
    expect(names({ sort: 'tags' })).toBe('acdb');
  });

  it('has the rows that hold a text, whatever the case, and those of one namespace', () => {
    expect(names({ search: 'BLUE' })).toBe('b');
    expect(names({ namespace: 'shop' })).toBe('ab');
    expect(names({ namespace: 'shop', search: 'a' })).toBe('a');
    expect(names({ search: 'shop' })).toBe('');
  });

  it('is a part of the whole, and says how much there is', () => {
    expect(page({ page: 2, pageSize: 3 })).toMatchObject({
      ...{ items: [{ name: 'd' }], total: 4, page: 2, pageSize: 3 },
    });
    expect(page({ page: 9, pageSize: 3 })).toMatchObject({ items: [], total: 4 });
    expect(page({ search: 'red' }).total).toBe(2);
  });
});

describe('a query', () => {
  it('is refused with every field that the table has not', () => {
    const others: TableShape<Row> = { ...shape, fields: ['name'] };

    expect(queryProblems(shape, { sort: '-size', page: 1, pageSize: 1 })).toEqual([]);
    expect(
      queryProblems(others, { sort: 'toString', namespace: 'x', page: 1, pageSize: 1 }),
    ).toEqual([
      'sort is "toString": expected one of name, or one with "-" before it',
      'namespace is given, but the rows of this table have none',
    ]);
  });
});
