/** What is told of several values of one figure. */
export interface Summary {
  readonly count: number;
  readonly min: number;
  readonly median: number;
  readonly p95: number;
  readonly max: number;
}

/** @throws when there is no value */
export function summaryOf(values: readonly number[]): Summary {
  if (values.length === 0) throw new Error('there is nothing to summarize');
  return {
    count: values.length,
    min: Math.min(...values),
    median: medianOf(values),
    p95: percentile(values, 95),
    max: Math.max(...values),
  };
}

/** The middle one, or halfway between the two in the middle. */
function medianOf(values: readonly number[]): number {
  const fromBelow = percentile(values, 50);
  const fromAbove = -percentile(
    values.map((value) => -value),
    50,
  );
  return (fromBelow + fromAbove) / 2;
}

/** The smallest value that this share of all does not exceed; NaN of none. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? NaN;
}
