import { size, sizeText, unknown } from './figures.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';

/** The thresholds of the alerts: the first of them is filling up, the second nearly full. */
const raisedPercent = 80;
const highPercent = 90;

export interface Fill {
  readonly usedBytes: number | undefined;
  /** Absent, or 0: nothing holds it. */
  readonly totalBytes: number | undefined;
  /** What is filled, for those who do not see it. */
  readonly label: string;
}

/**
 * How full something is: a bar, the figures, and in words if it is nearly full. Drawn as SVG, because browsers lay
 * `<meter>` out each in a way of its own, and a width cannot be given in a style (the policy allows none).
 */
export function fillBar({ usedBytes, totalBytes, label }: Fill): Html {
  if (usedBytes === undefined) return unknown;
  if (totalBytes === undefined || !(totalBytes > 0)) return size(usedBytes);
  const exact = (100 * usedBytes) / totalBytes;
  const level = levelOf(exact);
  const percent = Math.min(100, Math.max(0, Number(exact.toFixed(2))));
  return html`<div class="fill fill-${level}">
    <svg
      class="bar"
      role="meter"
      aria-label="${label}"
      aria-valuemin="0"
      aria-valuemax="100"
      aria-valuenow="${percent}"
      aria-valuetext="${percentText(exact)}"
    >
      <rect class="level" width="${percent}%" height="100%" />
    </svg>
    <span class="percent">${percentText(exact)}</span> ${warning(level)}
    <span class="aside" title="${exactly(usedBytes, totalBytes)}"
      >${sizeText(usedBytes)} of ${sizeText(totalBytes)}</span
    >
  </div>`;
}

type Level = 'normal' | 'raised' | 'high';

function levelOf(percent: number): Level {
  if (percent > highPercent) return 'high';
  return percent > raisedPercent ? 'raised' : 'normal';
}

function warning(level: Level): Html | undefined {
  if (level === 'normal') return undefined;
  const percent = level === 'high' ? highPercent : raisedPercent;
  return html`<strong class="warning">above ${percent} %</strong>`;
}

/** Rounded down: what is not above a threshold must not look as if it were at the next one. */
function percentText(percent: number): string {
  return percent > 0 && percent < 1 ? '< 1 %' : `${Math.floor(percent)} %`;
}

function exactly(usedBytes: number, totalBytes: number): string {
  return `${usedBytes.toLocaleString('en-US')} of ${totalBytes.toLocaleString('en-US')} bytes`;
}
