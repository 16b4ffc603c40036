import type { Page, Tables } from '../../overview/views.ts';
import type { TableName } from '../reads.ts';
import { tableAddress } from './addresses.ts';
import { count } from './figures.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import type { TableLook } from './look.ts';
import { table } from './table.ts';
import { text } from './words.ts';

/** A table that only the replica that leads knows. */
export interface NotHere {
  /** Who leads, where it is known. */
  readonly leader: string | undefined;
}

/** One of several tables of a page; the way to all of its rows only where there is one. */
export function part<N extends TableName>(
  look: TableLook<N>,
  rows: Page<Tables[N]>,
  { nowMs, hasMore }: { readonly nowMs: number; readonly hasMore: boolean },
): Html {
  const content =
    rows.items.length === 0
      ? html`<p class="empty">${look.empty}</p>`
      : html`${table({ look, rows, nowMs })}${hasMore ? moreOf(look.name, rows) : undefined}`;
  return html`<section aria-labelledby="part-${look.name}" data-key="${look.name}">
    <h2 id="part-${look.name}">${look.title}</h2>
    ${content}
  </section>`;
}

function moreOf(name: TableName, { items, total }: Page<unknown>): Html {
  const words = items.length === total ? `Search and sort ${name}` : `All ${count(total)} ${name}`;
  return html`<p class="more"><a href="${tableAddress(name)}">${words}</a></p>`;
}

/** Said instead of tables. */
export function notHere(titles: readonly string[], { leader }: NotHere): Html {
  const who = leader === undefined ? 'No replica leads at the moment' : html`${text(leader)} leads`;
  return html`<p class="empty">
    ${titles.join(', ')}: only the replica that leads knows them, and this one stands by. ${who}.
  </p>`;
}
