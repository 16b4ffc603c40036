import type { Clock, Timer } from '../../src/clock.ts';

interface Scheduled {
  readonly dueMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/** A clock that stands still until it is advanced. */
export class FakeClock implements Clock {
  #elapsedMs = 0;
  #order = 0;
  readonly #epochMs: number;
  readonly #scheduled = new Set<Scheduled>();

  constructor(epochMs: number = Date.UTC(2026, 0, 1)) {
    this.#epochMs = epochMs;
  }

  nowMs(): number {
    return this.#epochMs + this.#elapsedMs;
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  schedule(delayMs: number, callback: () => void): Timer {
    const entry = { dueMs: this.#elapsedMs + delayMs, order: this.#order++, callback };
    this.#scheduled.add(entry);
    return {
      cancel: () => {
        this.#scheduled.delete(entry);
      },
    };
  }

  /** How many timers are waiting. */
  get pending(): number {
    return this.#scheduled.size;
  }

  /** Runs every timer due within `ms`, in order, letting promises settle between them. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#elapsedMs + ms;
    await settle();
    for (let next = this.#nextDue(endMs); next !== undefined; next = this.#nextDue(endMs)) {
      this.#scheduled.delete(next);
      this.#elapsedMs = Math.max(this.#elapsedMs, next.dueMs);
      next.callback();
      await settle();
    }
    this.#elapsedMs = endMs;
  }

  #nextDue(untilMs: number): Scheduled | undefined {
    return [...this.#scheduled]
      .filter((entry) => entry.dueMs <= untilMs)
      .sort((a, b) => a.dueMs - b.dueMs || a.order - b.order)[0];
  }
}

/** Lets every promise that is ready go on. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
  await new Promise((resolve) => setImmediate(resolve));
}
