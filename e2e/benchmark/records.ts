import type { ContestantName } from './contestant.ts';
import type { CpuShares } from './cpu-shares.ts';
import type { FigureName } from './figures.ts';
import type { Summary } from './statistics.ts';
import { summaryOf } from './statistics.ts';

/** Of whom a value is; `bare`: a person's `sudo zfs create` over a connection that is open. */
export type Measured = ContestantName | 'bare';

/** What one of them came to, by figure. */
export type Summaries = Readonly<Record<string, Summary>>;

/** Everything that was measured in one run, as it is kept. */
export interface RecordedFigures {
  readonly figures: Readonly<Partial<Record<Measured, Summaries>>>;
  /** Requests to the API server by `verb resource`, under the name of what they were counted over. */
  readonly requests: Readonly<Partial<Record<Measured, Readonly<Record<string, Counts>>>>>;
  /** Who took the processors during a burst. */
  readonly bursts: Readonly<Partial<Record<Measured, CpuShares>>>;
  /** What a reader has to know of single values. */
  readonly notes: readonly string[];
}

export type Counts = Readonly<Record<string, number>>;

/** Takes values down as they come. */
export class Records {
  readonly #values = new Map<Measured, Map<FigureName, number[]>>();
  readonly #requests: Partial<Record<Measured, Record<string, Counts>>> = {};
  readonly #bursts: Partial<Record<Measured, CpuShares>> = {};
  readonly #notes = new Set<string>();

  /** @throws for a value that is no number: something was not seen that must have happened */
  add(of: Measured, figure: FigureName, ...values: readonly number[]): void {
    if (!values.every(Number.isFinite)) {
      throw new Error(`${figure} of ${of} was not seen: ${values.join(', ')}`);
    }
    const figures = this.#values.get(of) ?? new Map<FigureName, number[]>();
    figures.set(figure, [...(figures.get(figure) ?? []), ...values]);
    this.#values.set(of, figures);
  }

  /** The last ones stay. */
  addRequests(of: Measured, over: string, counts: Counts): void {
    this.#requests[of] = { ...this.#requests[of], [over]: counts };
  }

  addBurst(of: Measured, shares: CpuShares): void {
    this.#bursts[of] = shares;
  }

  note(text: string): void {
    this.#notes.add(text);
  }

  get recorded(): RecordedFigures {
    const summaries = [...this.#values].map(([of, figures]) => {
      const all = [...figures].map(([figure, values]) => [figure, summaryOf(values)] as const);
      return [of, Object.fromEntries(all)] as const;
    });
    return {
      figures: Object.fromEntries(summaries),
      requests: this.#requests,
      bursts: this.#bursts,
      notes: [...this.#notes],
    };
  }
}
