import type { SummaryView } from '../../overview/views.ts';
import type { TableName } from '../reads.ts';
import { overviewAddress, streamAddress, tableAddress } from './addresses.ts';
import { scriptAsset, styleAsset } from './assets.ts';
import { knownCounts } from './counts.ts';
import { count, momentOf } from './figures.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import { text } from './words.ts';

export interface Layout {
  readonly title: string;
  /** Undefined: whoever asks may not know. */
  readonly summary: SummaryView | undefined;
  /** Which of the places of the navigation this is. */
  readonly place?: 'overview' | TableName;
  readonly content: Html;
}

/** A round mark, for the browser's tabs: as text, so that nothing more is asked for. */
const icon =
  'data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 viewBox=%220 0 16 16%22%3E%3Crect width=%2216%22 ' +
  'height=%2216%22 rx=%224%22 fill=%22%230b5cad%22/%3E%3Cpath d=%22M4.5 4.5h7l-7 7h7%22 fill=%22none%22 ' +
  'stroke=%22white%22 stroke-width=%222%22/%3E%3C/svg%3E';

/** A whole document. What is within `data-live` is kept up to date by the script, where there is one. */
export function document({ title, summary, place, content }: Layout): string {
  const shown = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>${title} – ${summary?.instance ?? 'zfs-provisioner'}</title>
        <link rel="icon" href="${icon}" />
        <link rel="stylesheet" href="${styleAsset.address}" />
        <script src="${scriptAsset.address}" defer></script>
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        ${header(summary, place)}
        <main id="main" tabindex="-1">${content}</main>
        ${summary === undefined ? undefined : footer(summary)}
      </body>
    </html> `;
  return shown.toString();
}

function header(summary: SummaryView | undefined, place: Layout['place']): Html {
  return html`<header class="top">
    <p class="name"><a href="${overviewAddress}">zfs-provisioner</a></p>
    ${summary === undefined ? undefined : html`${navigation(summary, place)}${asOf(summary)}`}
  </header>`;
}

function navigation(summary: SummaryView, place: Layout['place']): Html {
  const known = knownCounts(summary);
  const tables: readonly (readonly [TableName, string, number | undefined])[] = [
    ['volumes', 'Volumes', summary.volumes],
    ['waiting', 'Waiting', known.waiting],
    ['findings', 'Findings', known.findings],
    ['events', 'Events', undefined],
    ['trash', 'Trash', known.trash],
  ];
  const items = tables.map(([name, words, many]) =>
    navigationItem(tableAddress(name), words, many, place === name),
  );
  return html`<nav class="places" aria-label="pages" id="places" data-live>
    <ul>
      ${navigationItem(overviewAddress, 'Overview', undefined, place === 'overview')} ${items}
    </ul>
  </nav>`;
}

function navigationItem(
  address: string,
  words: string,
  many: number | undefined,
  isHere: boolean,
): Html {
  const number = many === undefined ? undefined : html` <span class="many">${count(many)}</span>`;
  return isHere
    ? html`<li><a href="${address}" aria-current="page">${words}${number}</a></li>`
    : html`<li><a href="${address}">${words}${number}</a></li>`;
}

/** The script says here whether what is shown is kept up to date. */
function asOf({ nowMs }: SummaryView): Html {
  return html`<p class="live" role="status" id="live" data-stream="${streamAddress}">
    as of ${momentOf(nowMs)}
  </p>`;
}

function footer({ instance, version, replica, startedAtMs, nowMs }: SummaryView): Html {
  return html`<footer class="bottom" id="bottom" data-live>
    <p>
      ${text(instance)} · version ${text(version)} · replica ${text(replica)} · started
      ${momentOf(startedAtMs)} · as of ${momentOf(nowMs)}
    </p>
  </footer>`;
}
