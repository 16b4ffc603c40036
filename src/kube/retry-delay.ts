export interface RetryDelayOptions {
  readonly firstMs: number;
  readonly maxMs: number;
  /** A number from 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
}

/** Growing delays: each is between one and two times a step that doubles up to `maxMs`. */
export class RetryDelay {
  readonly #options: RetryDelayOptions;
  #failures = 0;

  constructor(options: RetryDelayOptions) {
    this.#options = options;
  }

  /** Failures since the last success. */
  get failures(): number {
    return this.#failures;
  }

  /** Counts a failure. @returns how long to wait, at least `atLeastMs` */
  nextMs(atLeastMs = 0): number {
    const { firstMs, maxMs, random } = this.#options;
    const stepMs = Math.min(maxMs, firstMs * 2 ** this.#failures);
    this.#failures += 1;
    return Math.max(atLeastMs, stepMs * (1 + random()));
  }

  reset(): void {
    this.#failures = 0;
  }
}
