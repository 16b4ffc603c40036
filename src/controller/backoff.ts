import type { Retry } from '../errors.ts';

interface Delays {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** `on-change` is repeated too, rarely: a change that nobody tells us of must not strand a claim. */
const delays: Readonly<Record<Retry, Delays>> = {
  backoff: { firstMs: 500, maxMs: 300_000 },
  slow: { firstMs: 30_000, maxMs: 600_000 },
  'on-change': { firstMs: 900_000, maxMs: 900_000 },
};

/** Delays that double with each failure of a key, with jitter so that many keys do not come at once. */
export class Backoff {
  readonly #failures = new Map<string, number>();
  readonly #random: () => number;

  /** @param random uniform in [0, 1) */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Counts a failure and says how long to wait: between half and all of the step's delay. */
  nextDelayMs(key: string, retry: Retry): number {
    const failures = this.failures(key);
    this.#failures.set(key, failures + 1);
    const { firstMs, maxMs } = delays[retry];
    const delayMs = Math.min(maxMs, firstMs * 2 ** Math.min(failures, 30));
    return delayMs * (0.5 + this.#random() / 2);
  }

  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** The key succeeded, is gone, or changed: it starts anew. */
  forget(key: string): void {
    this.#failures.delete(key);
  }
}
