import { maxPageSize, usualPageSize } from '../../overview/page.ts';
import type { PageQuery } from '../../overview/views.ts';
import type { TableName } from '../reads.ts';
import { tableAddress } from './addresses.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import type { TableLook } from './look.ts';
import { shownDirection } from './table.ts';

const pageSizes: readonly number[] = [25, usualPageSize, 100, 200, maxPageSize];

/** Search, filter and sort: a form that needs no script. */
export function filterForm<N extends TableName>(
  look: TableLook<N>,
  query: PageQuery,
  namespaces: readonly string[],
): Html {
  return html`<form class="filter" method="get" action="${tableAddress(look.name)}" role="search">
    <div>
      <label for="search">Search</label>
      <input
        type="search"
        id="search"
        name="search"
        value="${query.search ?? ''}"
        autocomplete="off"
        spellcheck="false"
      />
    </div>
    ${look.hasNamespaces ? namespaceField(query.namespace, namespaces) : undefined}
    ${sortField(look, query.sort)} ${sizeField(query.pageSize)}
    <button type="submit">Show</button>
    ${isNarrowed(query) ? html`<a href="${tableAddress(look.name)}">Show all</a>` : undefined}
  </form>`;
}

/** Whether some rows are left out by what was asked. */
export function isNarrowed({ search, namespace }: PageQuery): boolean {
  return search !== undefined || namespace !== undefined;
}

function namespaceField(chosen: string | undefined, namespaces: readonly string[]): Html {
  const names = new Set(namespaces);
  if (chosen !== undefined) names.add(chosen);
  return html`<div>
    <label for="namespace">Namespace</label>
    <select id="namespace" name="namespace">
      ${option('', 'all', chosen ?? '')}
      ${[...names].map((name) => option(name, name, chosen ?? ''))}
    </select>
  </div>`;
}

function sortField<N extends TableName>({ columns }: TableLook<N>, sort = ''): Html {
  const options = columns.flatMap(({ title, field, isAge }) =>
    field === undefined
      ? []
      : [
          option(field, `${title}, ${shownDirection('ascending', isAge)}`, sort),
          option(`-${field}`, `${title}, ${shownDirection('descending', isAge)}`, sort),
        ],
  );
  return html`<div class="sorting">
    <label for="sort">Sort by</label>
    <select id="sort" name="sort">
      ${option('', 'as usual', sort)} ${options}
    </select>
  </div>`;
}

function sizeField(pageSize: number): Html {
  const sizes = new Set([...pageSizes, pageSize]);
  const sorted = [...sizes].sort((a, b) => a - b);
  return html`<div>
    <label for="page-size">Rows</label>
    <select id="page-size" name="pageSize">
      ${sorted.map((each) => option(String(each), String(each), String(pageSize)))}
    </select>
  </div>`;
}

function option(value: string, words: string, chosen: string): Html {
  return value === chosen
    ? html`<option value="${value}" selected>${words}</option>`
    : html`<option value="${value}">${words}</option>`;
}
