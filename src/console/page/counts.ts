import type { SummaryView } from '../../overview/views.ts';
import { tableAddress } from './addresses.ts';
import { count } from './figures.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';

/** How many there are of everything that the replica knows of. */
export function counts(summary: SummaryView): Html {
  const { waiting, findings, trash, held } = knownCounts(summary);
  return html`<ul class="counts">
      ${tile('Volumes', summary.volumes, tableAddress('volumes'))}
      ${tile('Hosts', summary.hosts, tableAddress('hosts'))}
      ${tile('Waiting', waiting, tableAddress('waiting'))}
      ${tile('Findings', findings, tableAddress('findings'), 'warn')}
      ${tile('In the trash', trash, tableAddress('trash'))}
      ${tile('Deletions held', held, tableAddress('waiting'), 'bad')}
    </ul>
    ${whatIsHeld(held ?? 0)}`;
}

export interface KnownCounts {
  readonly waiting?: number;
  readonly findings?: number;
  readonly trash?: number;
  readonly held?: number;
}

/** What only the replica that leads can count. */
export function knownCounts({ isLeader, ...summary }: SummaryView): KnownCounts {
  return isLeader ? summary : {};
}

function tile(words: string, many: number | undefined, address: string, tone = 'calm'): Html {
  return html`<li class="${many === undefined || many === 0 ? 'calm' : tone}">
    <a href="${address}"
      ><span class="many">${many === undefined ? '–' : count(many)}</span> ${words}</a
    >
  </li>`;
}

/** What the mass-delete guard waits for (docs/safety.md). */
function whatIsHeld(many: number): Html | undefined {
  if (many === 0) return undefined;
  return html`<p class="standby">
    ${count(many)} ${many === 1 ? 'deletion waits' : 'deletions wait'} until a person has confirmed
    them: <code>kubectl zfs guard list</code> shows them,
    <code>kubectl zfs guard release</code> confirms.
  </p>`;
}
