import type { Clock } from '../clock.ts';

const windowMs = 60_000;

/** A destroy that counts. Exactly one of the two is called, once it has ended. */
export interface CountedDestroy {
  /** It was done, or may have been: it counts for a minute from now on. */
  ended(): void;
  /** Certainly nothing was done: it does not count. */
  undone(): void;
}

/** Counts destroys within a minute that slides. One that runs counts for as long as it does. */
export class DestroyWindow {
  readonly #clock: Clock;
  readonly #limit: number;
  /** By the volume's uid: when it ended, on the monotonic clock; Infinity while it runs. */
  readonly #endedMs = new Map<string, number>();

  constructor(clock: Clock, limit: number) {
    this.#clock = clock;
    this.#limit = limit;
  }

  /**
   * Counts a destroy, unless that would be one too many. Repeated for the same volume it counts once.
   * @returns undefined when it would be one too many
   */
  begin(uid: string): CountedDestroy | undefined {
    this.#forgetOld();
    const before = this.#endedMs.get(uid);
    if (before === undefined && this.#endedMs.size >= this.#limit) return undefined;
    this.#endedMs.set(uid, Infinity);
    return {
      ended: () => {
        this.#endedMs.set(uid, this.#clock.monotonicMs());
      },
      undone: () => {
        if (before === undefined) this.#endedMs.delete(uid);
        else this.#endedMs.set(uid, before);
      },
    };
  }

  #forgetOld(): void {
    const sinceMs = this.#clock.monotonicMs() - windowMs;
    for (const [uid, endedMs] of this.#endedMs) if (endedMs <= sinceMs) this.#endedMs.delete(uid);
  }
}
