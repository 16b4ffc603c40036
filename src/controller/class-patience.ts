import type { Clock } from '../clock.ts';
import { ProvisionerError } from '../errors.ts';

/** The class of a claim was not seen yet, moments after the claim was. */
export class ClassNotSeenError extends ProvisionerError {
  readonly code = 'CLASS_NOT_SEEN';
  readonly retry = 'backoff';
}

const patienceMs = 2000;

/**
 * A class and its claim are often made together, and are seen by watches of their own: that the class is
 * missing is told only after a while.
 */
export class ClassPatience {
  readonly #clock: Clock;
  /** By the key of the claim; monotonic. */
  readonly #missedSinceMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws ClassNotSeenError while it may still come */
  miss(claimKey: string, className: string): void {
    const nowMs = this.#clock.monotonicMs();
    const sinceMs = this.#missedSinceMs.get(claimKey) ?? nowMs;
    this.#missedSinceMs.set(claimKey, sinceMs);
    if (nowMs - sinceMs >= patienceMs) return;
    throw new ClassNotSeenError(`StorageClass ${JSON.stringify(className)} was not seen yet`);
  }

  forget(claimKey: string): void {
    this.#missedSinceMs.delete(claimKey);
  }
}
