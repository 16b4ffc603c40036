/** Numbers as people read them, with what they are exactly beside. */
import { roundedBytes } from '../../volume/format-bytes.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/** The last moment that a Date can hold; JSON and annotations of others may say anything. */
const lastMomentMs = 8.64e15;

export const unknown: Html = html`<span class="absent">not known</span>`;
export const none: Html = html`<span class="absent" title="none"
  ><span aria-hidden="true">–</span><span class="unseen">none</span></span
>`;

/** `5,000`. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** `1.5 GiB`. */
export function sizeText(bytes: number): string {
  return roundedBytes(wholeBytes(bytes));
}

/** A size, with its bytes in the title. */
export function size(bytes: number | undefined): Html {
  if (bytes === undefined || !Number.isFinite(bytes)) return unknown;
  return html`<data value="${bytes}" title="${count(bytes)} bytes">${sizeText(bytes)}</data>`;
}

function wholeBytes(bytes: number): bigint {
  return Number.isFinite(bytes) ? BigInt(Math.round(bytes)) : 0n;
}

/** A span of time: `45 s`, `12 min`, `5 h`, `9 d`. */
export function spanText(ms: number): string {
  const seconds = Math.floor(Math.abs(ms) / 1000);
  if (seconds < 2 * minute) return `${count(seconds)} s`;
  if (seconds < 2 * hour) return `${count(Math.floor(seconds / minute))} min`;
  if (seconds < 2 * day) return `${count(Math.floor(seconds / hour))} h`;
  return `${count(Math.floor(seconds / day))} d`;
}

/** How long ago a moment is, with the moment itself. */
export function age(atMs: number | undefined, nowMs: number): Html {
  return moment(atMs, spanText(Math.max(0, nowMs - (atMs ?? nowMs))));
}

/** When something is due: `in 12 min`, or `now` once that is past. */
export function due(atMs: number | undefined, nowMs: number): Html {
  const isPast = atMs === undefined || atMs <= nowMs;
  return moment(atMs, isPast ? 'now' : `in ${spanText(atMs - nowMs)}`);
}

/** A moment as such: `2026-11-21 22:29:01 UTC`. */
export function momentOf(atMs: number | undefined): Html {
  const iso = isoTime(atMs);
  return moment(atMs, iso === undefined ? '' : `${iso.slice(0, 19).replace('T', ' ')} UTC`);
}

function moment(atMs: number | undefined, words: string): Html {
  const iso = isoTime(atMs);
  if (iso === undefined) return unknown;
  return html`<time datetime="${iso}" title="${iso}">${words}</time>`;
}

function isoTime(atMs: number | undefined): string | undefined {
  if (atMs === undefined || !(Math.abs(atMs) <= lastMomentMs)) return undefined;
  return new Date(atMs).toISOString();
}

/** How long something took: `0.4 ms`, `12 ms`, `1.2 s`. */
export function latency(ms: number | undefined): Html {
  if (ms === undefined || !Number.isFinite(ms)) return unknown;
  if (ms >= 1000) return html`${Number((ms / 1000).toFixed(1))} s`;
  return html`${ms >= 10 ? Math.round(ms) : Number(ms.toFixed(1))} ms`;
}
