import { roundedBytes } from '../volume/format-bytes.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** A span of time as kubectl shows ages: `45s`, `12m`, `5h`, `9d`. */
export function span(ms: number): string {
  const known = Math.max(0, ms);
  if (known < 2 * minute) return `${Math.floor(known / second)}s`;
  if (known < 2 * hour) return `${Math.floor(known / minute)}m`;
  if (known < 2 * day) return `${Math.floor(known / hour)}h`;
  return `${Math.floor(known / day)}d`;
}

/** For programs; undefined stays away. */
export function isoTime(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}

/** Bytes for people, as a row of the overview has them. */
export function bytesOrDash(bytes: number | undefined): string {
  return bytes === undefined ? '-' : roundedBytes(BigInt(bytes));
}

/** Of a share from 0 to 1. */
export function percent(share: number | undefined): string {
  return share === undefined ? '-' : `${Math.floor(share * 100)} %`;
}
