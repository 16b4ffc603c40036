import type { Amounts } from './amounts.ts';
import type { Figure, Unit } from './figures.ts';
import { figures } from './figures.ts';
import type { RecordedFigures } from './records.ts';
import type { Summary } from './statistics.ts';

/** A figure of both, side by side. */
export interface Row {
  readonly label: string;
  readonly target: string;
  /** `met` or `missed`; empty without a target. */
  readonly verdict: '' | 'met' | 'missed';
  readonly product: string;
  readonly peer: string;
  /** How many times better the product's median is; below 1: worse. */
  readonly ratio: string;
}

/** Rows of what was measured, in the order of the figures. */
export function compare(recorded: RecordedFigures, amounts: Amounts): Row[] {
  const { product = {}, peer = {}, bare = {} } = recorded.figures;
  return Object.entries<Figure>(figures).flatMap(([name, figure]) => {
    const ours = product[name] ?? bare[name];
    const theirs = peer[name];
    if (ours === undefined && theirs === undefined) return [];
    const { text: target = '', isMet } = figure.target ?? {};
    const isJudged = isMet !== undefined && ours !== undefined;
    const row: Row = {
      label: `${figure.label(amounts)}${unitTail(figure.unit)}`,
      target,
      verdict: isJudged ? (isMet(ours.median) ? 'met' : 'missed') : '',
      product: shown(ours),
      peer: shown(theirs),
      ratio: ratioOf(figure, ours, theirs),
    };
    return [row];
  });
}

function unitTail(unit: Unit): string {
  if (unit === 'count' || unit === 'times') return '';
  return unit === 'per second' ? ' per second' : `, ${unit}`;
}

/** `42` or `40 / 42 / 51`: the least, the median and the most. */
function shown(summary: Summary | undefined): string {
  if (summary === undefined) return '';
  const { min, median, max, count } = summary;
  if (count === 1 || (round(min) === round(max) && round(min) === round(median))) {
    return round(median);
  }
  return [min, median, max].map(round).join(' / ');
}

function ratioOf({ better }: Figure, ours?: Summary, theirs?: Summary): string {
  if (ours === undefined || theirs === undefined) return '';
  const [much, little] =
    better === 'less' ? [theirs.median, ours.median] : [ours.median, theirs.median];
  if (little === 0) return much === 0 ? '1' : '';
  return round(much / little);
}

/** With as many digits as mean something. */
export function round(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 100) {
    return Math.round(value).toLocaleString('en');
  }
  return value.toFixed(Math.abs(value) < 10 ? 2 : 1);
}
