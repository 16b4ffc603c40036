import type { Clock } from '../clock.ts';

/** How long what is missing is waited for before anybody is told: it often comes a moment later. */
export class Patience {
  readonly #clock: Clock;
  readonly #limitMs: number;
  /** Monotonic. */
  readonly #missedSinceMs = new Map<string, number>();

  constructor(clock: Clock, limitMs: number) {
    this.#clock = clock;
    this.#limitMs = limitMs;
  }

  /** It is missing, maybe for the first time. Whether that has been so for long enough. */
  isOver(key: string): boolean {
    const nowMs = this.#clock.monotonicMs();
    const sinceMs = this.#missedSinceMs.get(key) ?? nowMs;
    this.#missedSinceMs.set(key, sinceMs);
    return nowMs - sinceMs >= this.#limitMs;
  }

  /** It has come, or nobody waits for it. */
  forget(key: string): void {
    this.#missedSinceMs.delete(key);
  }
}
