import type { Clock } from '../clock.ts';
import { sleep } from '../clock.ts';
import { KubeForbiddenError, KubeUnavailableError } from './api-error.ts';
import { RetryDelay } from './retry-delay.ts';

export interface Patience {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly signal: AbortSignal;
  readonly onFailure: (error: Error, retryInMs: number) => void;
}

/** An API server that has just started refuses everybody until it has read the roles. */
const refusalsMs = 30_000;

/**
 * Reads what nothing can be done without, again and again while the API server cannot be reached, or does not
 * know anybody's rights yet.
 * @returns undefined when aborted meanwhile
 * @throws KubeForbiddenError when it is refused for longer than a start takes, and whatever else the reading throws
 */
export async function untilAnswered<T>(
  read: () => Promise<T>,
  { clock, random, signal, onFailure }: Patience,
): Promise<T | undefined> {
  const delay = new RetryDelay({ firstMs: 800, maxMs: 30_000, random });
  let refusedSinceMs: number | undefined;
  const isForNow = (thrown: unknown): thrown is Error => {
    if (thrown instanceof KubeUnavailableError) return true;
    if (!(thrown instanceof KubeForbiddenError)) return false;
    refusedSinceMs ??= clock.monotonicMs();
    return clock.monotonicMs() - refusedSinceMs < refusalsMs;
  };
  for (;;) {
    try {
      return await read();
    } catch (thrown) {
      if (signal.aborted) return undefined;
      if (!isForNow(thrown)) throw thrown;
      const retryInMs = delay.nextMs(
        thrown instanceof KubeUnavailableError ? thrown.retryAfterMs : undefined,
      );
      onFailure(thrown, retryInMs);
      await sleep(clock, retryInMs, signal).catch(() => undefined);
    }
  }
}
