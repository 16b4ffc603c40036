import type { Page, PageQuery, Tables } from '../../overview/views.ts';
import type { TableName } from '../reads.ts';
import { tableAddress } from './addresses.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import type { Column, TableLook } from './look.ts';

export interface TableParts<N extends TableName> {
  readonly look: TableLook<N>;
  readonly rows: Page<Tables[N]>;
  readonly nowMs: number;
  /** Absent: the titles of its columns are no links. */
  readonly query?: PageQuery;
}

/**
 * A table. Its roles are written out: on narrow screens rows are shown as cards, and some browsers forget then what
 * they are.
 */
export function table<N extends TableName>({ look, rows, nowMs, query }: TableParts<N>): Html {
  const heads = look.columns.map((column) => head(look, column, query));
  const id = `table-${look.name}`;
  return html`<div class="scroll" role="region" aria-labelledby="${id}" tabindex="0">
    <table role="table" class="table-${look.name}">
      <caption id="${id}">
        ${look.caption}
      </caption>
      <thead role="rowgroup">
        <tr role="row">
          ${heads}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${rows.items.map((row) => line(look, row, nowMs))}
      </tbody>
    </table>
  </div>`;
}

function head<N extends TableName>(
  look: TableLook<N>,
  { title, field, kind = 'words', isAge }: Column<Tables[N]>,
  query: PageQuery | undefined,
): Html {
  if (field === undefined || query === undefined) {
    return html`<th scope="col" role="columnheader" class="${kind}">${title}</th>`;
  }
  const now = directionOf(query.sort, field);
  const next = nextSort(field, now, kind !== 'words');
  const address = tableAddress(look.name, { ...query, sort: next, page: 1 });
  const way = shownDirection(next.startsWith('-') ? 'descending' : 'ascending', isAge);
  return html`<th
    scope="col"
    role="columnheader"
    class="${kind}"
    aria-sort="${now === undefined ? 'none' : shownDirection(now, isAge)}"
  >
    <a href="${address}" title="sort by ${title.toLowerCase()}, ${way}">${title}</a>
  </th>`;
}

type Direction = 'ascending' | 'descending';

function directionOf(sort: string | undefined, field: string): Direction | undefined {
  if (sort === field) return 'ascending';
  return sort === `-${field}` ? 'descending' : undefined;
}

/** Of what stands in the column, which is not always what is sorted by. */
export function shownDirection(direction: Direction, isAge: true | undefined): Direction {
  if (isAge === undefined) return direction;
  return direction === 'ascending' ? 'descending' : 'ascending';
}

function nextSort(field: string, now: Direction | undefined, isLargestFirst: boolean): string {
  const isDescendingNext = now === undefined ? isLargestFirst : now === 'ascending';
  return isDescendingNext ? `-${field}` : field;
}

function line<N extends TableName>(look: TableLook<N>, row: Tables[N], nowMs: number): Html {
  const cells = look.columns.map(({ title, kind = 'words', cell }, index) => {
    const content = cell(row, nowMs);
    return index === 0
      ? html`<th scope="row" role="rowheader" data-title="${title}">${content}</th>`
      : html`<td role="cell" class="${kind}" data-title="${title}">${content}</td>`;
  });
  return html`<tr role="row" data-key="${look.key(row)}">
    ${cells}
  </tr>`;
}
