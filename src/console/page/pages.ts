import type {
  EventView,
  FindingView,
  HostView,
  Page,
  PageQuery,
  PoolView,
  SummaryView,
  Tables,
  VolumeDetails,
  WaitingView,
} from '../../overview/views.ts';
import type { TableName } from '../reads.ts';
import { overviewAddress, tableAddress } from './addresses.ts';
import { counts } from './counts.ts';
import { count } from './figures.ts';
import { filterForm, isNarrowed } from './filter-form.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import { document } from './layout.ts';
import type { TableLook } from './look.ts';
import { looks } from './looks.ts';
import { paging } from './paging.ts';
import type { NotHere } from './parts.ts';
import { notHere, part } from './parts.ts';
import { table } from './table.ts';
import { volumeFacts } from './volume-facts.ts';
import { text } from './words.ts';

/** What every page says of who serves it, and what was asked for. */
export interface PageWorld {
  readonly summary: SummaryView;
  readonly query: PageQuery;
}

export interface Overview {
  readonly hosts: Page<HostView> | NotHere;
  readonly pools: Page<PoolView> | NotHere;
  readonly waiting: Page<WaitingView> | NotHere;
  readonly findings: Page<FindingView> | NotHere;
  readonly events: Page<EventView> | NotHere;
}

export interface Problem {
  /** Of the answer: 400, 401, 404, 503. */
  readonly status: number;
  readonly error: string;
  readonly problems?: readonly string[];
}

/** /console. Its tables cannot be sorted: they lead to pages of their own, which can. */
export function overviewPage({ summary }: PageWorld, overview: Overview): string {
  const parts = [
    partOr(looks.hosts, overview.hosts, summary.nowMs),
    partOr(looks.pools, overview.pools, summary.nowMs),
    partOr(looks.waiting, overview.waiting, summary.nowMs),
    partOr(looks.findings, overview.findings, summary.nowMs),
    partOr(looks.events, overview.events, summary.nowMs),
  ];
  const missing = parts.filter((each) => typeof each === 'string');
  const { leader } = summary;
  const content = html`<h1>Overview</h1>
    ${standby(summary)}
    <div id="counts" data-live>${counts(summary)}</div>
    <div id="parts" data-live>
      ${parts.filter((each) => typeof each !== 'string')}
      ${missing.length === 0 ? undefined : notHere(missing, { leader })}
    </div>`;
  return document({ title: 'Overview', summary, place: 'overview', content });
}

/** The title alone of what is not known here. */
function partOr<N extends TableName>(
  look: TableLook<N>,
  rows: Page<Tables[N]> | NotHere,
  nowMs: number,
): Html | string {
  return 'items' in rows ? part(look, rows, { nowMs, hasMore: true }) : look.title;
}

/** /console/NAME, for every name of `Tables` (hosts and pools too: the overview links there). */
export function tablePage<N extends TableName>(
  { summary, query }: PageWorld,
  name: N,
  rows: Page<Tables[N]> | NotHere,
): string {
  const look = looks[name];
  const content = html`<h1>${look.title}</h1>
    ${standby(summary)} ${filterForm(look, query, summary.namespaces)}
    <div id="rows" data-live>${tableOrWhyNot(look, rows, { summary, query })}</div>`;
  return document({ title: look.title, summary, place: name, content });
}

/** /console/volumes/NAME */
export function volumePage({ summary }: PageWorld, volume: VolumeDetails): string {
  const { nowMs } = summary;
  const title = volume.claim ?? volume.volume;
  const content = html`<nav class="path" aria-label="path">
      <a href="${tableAddress('volumes')}">Volumes</a>
    </nav>
    <h1>${text(title)}</h1>
    <div id="facts" data-live>${volumeFacts(volume, nowMs)}</div>
    <div id="parts" data-live>
      ${part(looks.findings, whole(volume.findings), { nowMs, hasMore: false })}
      ${part(looks.events, whole(volume.events), { nowMs, hasMore: false })}
    </div>`;
  return document({ title, summary, place: 'volumes', content });
}

/** Any page that cannot be shown. Without a summary nothing is told of what is served here. */
export function problemPage(summary: SummaryView | undefined, problem: Problem): string {
  const title = problem.error.charAt(0).toUpperCase() + problem.error.slice(1);
  const problems = (problem.problems ?? []).map((each) => html`<li>${text(each)}</li>`);
  const back =
    summary === undefined
      ? undefined
      : html`<p><a href="${overviewAddress}">To the overview</a></p>`;
  const content = html`<h1>${title}</h1>
    ${
      problems.length === 0
        ? undefined
        : html`<ul>
            ${problems}
          </ul>`
    }
    <p class="absent">HTTP status ${problem.status}</p>
    ${back}`;
  return document({ title, summary, content });
}

function whole<T>(items: readonly T[]): Page<T> {
  return { items, total: items.length, page: 1, pageSize: Math.max(1, items.length) };
}

function tableOrWhyNot<N extends TableName>(
  look: TableLook<N>,
  rows: Page<Tables[N]> | NotHere,
  { summary, query }: PageWorld,
): Html {
  if (!('items' in rows)) return notHere([look.title], rows);
  const pages = paging(look.name, query, rows);
  if (rows.items.length > 0) {
    return html`${table({ look, rows, nowMs: summary.nowMs, query })}${pages}`;
  }
  if (rows.total > 0)
    return html`<p class="empty">There is no page ${count(rows.page)}.</p>
      ${pages}`;
  return html`<p class="empty">
    ${isNarrowed(query) ? `No ${look.name} are like that.` : look.empty}
  </p>`;
}

function standby({ isLeader, replica, leader }: SummaryView): Html {
  const who =
    leader === undefined
      ? html`no replica leads at the moment`
      : html`<strong>${text(leader)}</strong> leads`;
  const words = isLeader
    ? undefined
    : html`<p class="standby">This replica, ${text(replica)}, stands by: ${who}.</p>`;
  return html`<div id="standby" data-live>${words}</div>`;
}
