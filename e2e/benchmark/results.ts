import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Amounts } from './amounts.ts';
import type { Machine } from './machine.ts';
import type { Measured, RecordedFigures } from './records.ts';

/** A run, as `--json` writes it. */
export interface Results extends RecordedFigures {
  readonly date: string;
  readonly machine: Machine;
  readonly amounts: Amounts;
}

/** What docs/performance.md is made of. */
export const resultsFile = join(import.meta.dirname, 'results.json');

/** `undefined` when there was no run yet. */
export function readResults(file = resultsFile): Results | undefined {
  if (!existsSync(file)) return undefined;
  return JSON.parse(readFileSync(file, 'utf8')) as Results;
}

/** What a run of some parts measured, in place of what an earlier one did; the rest of that stays. */
export function mergeResults(earlier: Results, later: Results): Results {
  return {
    ...later,
    figures: mergeEach(earlier.figures, later.figures),
    requests: mergeEach(earlier.requests, later.requests),
    bursts: { ...earlier.bursts, ...later.bursts },
    notes: [...new Set([...earlier.notes, ...later.notes])],
  };
}

type OfEach<T> = Readonly<Partial<Record<Measured, Readonly<Record<string, T>>>>>;

function mergeEach<T>(earlier: OfEach<T>, later: OfEach<T>): OfEach<T> {
  const all = Object.keys({ ...earlier, ...later }) as Measured[];
  return Object.fromEntries(all.map((of) => [of, { ...earlier[of], ...later[of] }]));
}
