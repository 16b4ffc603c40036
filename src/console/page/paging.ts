import type { Page, PageQuery } from '../../overview/views.ts';
import type { TableName } from '../reads.ts';
import { tableAddress } from './addresses.ts';
import { count } from './figures.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';

/** Which rows these are, and the way to the others. */
export function paging(name: TableName, query: PageQuery, rows: Page<unknown>): Html {
  const last = Math.max(1, Math.ceil(rows.total / rows.pageSize));
  const { page } = rows;
  const link = (to: number, words: string, isThere: boolean): Html =>
    isThere
      ? html`<a href="${tableAddress(name, { ...query, page: to })}">${words}</a>`
      : html`<span class="off">${words}</span>`;
  return html`<nav class="paging" aria-label="pages of ${name}">
    <p>${rangeOf(rows)}</p>
    ${link(1, 'First', page > 1)} ${link(Math.min(page - 1, last), 'Previous', page > 1)}
    <span>page ${count(page)} of ${count(last)}</span>
    ${link(page + 1, 'Next', page < last)} ${link(last, 'Last', page < last)}
  </nav>`;
}

function rangeOf({ items, total, page, pageSize }: Page<unknown>): string {
  if (items.length === 0) return `none of ${count(total)}`;
  const from = (page - 1) * pageSize;
  return `${count(from + 1)}–${count(from + items.length)} of ${count(total)}`;
}
