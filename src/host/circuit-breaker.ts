import type { Clock, Timer } from '../clock.ts';

/** `open` lets nothing through; `half-open` lets one attempt through, which decides. */
export type BreakerState = 'closed' | 'open' | 'half-open';

export interface BreakerOptions {
  readonly failuresToOpen: number;
  /** Doubled at each failed attempt. */
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
}

export const defaultBreakerOptions: BreakerOptions = {
  failuresToOpen: 3,
  firstDelayMs: 1_000,
  maxDelayMs: 60_000,
};

export interface BreakerParts {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly options: BreakerOptions;
  /** Called when it opens (again), when an attempt may be made, and when it closes. */
  readonly onChange: (state: BreakerState) => void;
}

/** Stops attempts that would only fail, after several failures in a row, and tries again ever more rarely. */
export class CircuitBreaker {
  readonly #parts: BreakerParts;
  #failures = 0;
  #openings = 0;
  #openUntilMs: number | undefined;
  #lastFailure = '';
  #due: Timer | undefined;

  constructor(parts: BreakerParts) {
    this.#parts = parts;
  }

  get state(): BreakerState {
    if (this.#openUntilMs === undefined) return 'closed';
    return this.retryInMs > 0 ? 'open' : 'half-open';
  }

  /** Time until an attempt is let through, 0 unless open. */
  get retryInMs(): number {
    if (this.#openUntilMs === undefined) return 0;
    return Math.max(0, this.#openUntilMs - this.#parts.clock.monotonicMs());
  }

  get lastFailure(): string {
    return this.#lastFailure;
  }

  succeeded(): void {
    const wasClosed = this.#openUntilMs === undefined;
    this.#failures = 0;
    this.#openings = 0;
    this.#openUntilMs = undefined;
    this.#due?.cancel();
    if (!wasClosed) this.#parts.onChange('closed');
  }

  failed(reason: string): void {
    this.#lastFailure = reason;
    this.#failures++;
    const isDue =
      this.state === 'half-open' || this.#failures >= this.#parts.options.failuresToOpen;
    // What was under way when it opened fails too; that is no new evidence.
    if (this.state === 'open' || !isDue) return;
    const delayMs = this.#nextDelayMs();
    this.#openUntilMs = this.#parts.clock.monotonicMs() + delayMs;
    this.#due?.cancel();
    this.#due = this.#parts.clock.schedule(Math.ceil(delayMs), () => {
      this.#parts.onChange('half-open');
    });
    this.#parts.onChange('open');
  }

  /** Nobody listens any more. */
  dispose(): void {
    this.#due?.cancel();
  }

  /** Between half and all of the doubled delay, so that replicas and hosts do not retry in step. */
  #nextDelayMs(): number {
    const { firstDelayMs, maxDelayMs } = this.#parts.options;
    const delayMs = Math.min(maxDelayMs, firstDelayMs * 2 ** Math.min(this.#openings++, 30));
    return delayMs * (0.5 + this.#parts.random() / 2);
  }
}
