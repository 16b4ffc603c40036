import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';

export interface EventuallyOptions<T> {
  readonly timeoutMs?: number;
  readonly intervalMs?: number;
  /** What the value has to be; without it: neither undefined, null nor false. */
  readonly until?: (value: T) => boolean;
  /** Called after each probe in vain; what it throws ends the wait at once. */
  readonly meanwhile?: () => void;
}

type Present<T> = Exclude<T, undefined | null | false>;

/**
 * Probes until the value is as wanted, and resolves with it. A probe that throws (a failing `expect`,
 * say) is tried again. In the end the message tells the last value or error.
 */
export async function eventually<T>(
  what: string,
  probe: () => T | Promise<T>,
  options: EventuallyOptions<T> = {},
): Promise<Present<T>> {
  const { timeoutMs = 10_000, intervalMs = 25, until = isPresent, meanwhile } = options;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const attempt = await tryProbe(probe);
    if ('value' in attempt && until(attempt.value)) return attempt.value as Present<T>;
    meanwhile?.();
    if (performance.now() >= deadline) throw timeoutError(what, timeoutMs, attempt);
    await delay(intervalMs);
  }
}

type Attempt<T> = { readonly value: T } | { readonly error: unknown };

async function tryProbe<T>(probe: () => T | Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await probe() };
  } catch (error) {
    return { error };
  }
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false;
}

function timeoutError(what: string, timeoutMs: number, attempt: Attempt<unknown>): Error {
  if ('value' in attempt) {
    const value = inspect(attempt.value, { depth: 6, breakLength: 120 });
    return new Error(`${what}: not within ${timeoutMs} ms; last value: ${value}`);
  }
  const { error } = attempt;
  const message = error instanceof Error ? error.message : String(error);
  return new Error(`${what}: not within ${timeoutMs} ms; last error: ${message}`, { cause: error });
}
