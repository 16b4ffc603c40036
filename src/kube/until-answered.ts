import type { Clock } from '../clock.ts';
import { sleep } from '../clock.ts';
import { KubeUnavailableError } from './api-error.ts';
import { RetryDelay } from './retry-delay.ts';

export interface Patience {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly signal: AbortSignal;
  readonly onFailure: (error: KubeUnavailableError, retryInMs: number) => void;
}

/**
 * Reads what nothing can be done without, again and again while the API server cannot be reached.
 * @returns undefined when aborted meanwhile
 * @throws what else the reading throws: a refusal, say
 */
export async function untilAnswered<T>(
  read: () => Promise<T>,
  { clock, random, signal, onFailure }: Patience,
): Promise<T | undefined> {
  const delay = new RetryDelay({ firstMs: 800, maxMs: 30_000, random });
  for (;;) {
    try {
      return await read();
    } catch (thrown) {
      if (signal.aborted) return undefined;
      if (!(thrown instanceof KubeUnavailableError)) throw thrown;
      const retryInMs = delay.nextMs(thrown.retryAfterMs);
      onFailure(thrown, retryInMs);
      await sleep(clock, retryInMs, signal).catch(() => undefined);
    }
  }
}
