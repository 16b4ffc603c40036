import type { Clock } from '../clock.ts';
import type { Failure } from './outcome.ts';

/** A key that is not settled, as it can be told. Times are of the wall clock. */
export interface OpenKey {
  readonly key: string;
  /** When it was first seen that there is something to do. */
  readonly sinceMs: number;
  /** How often it failed since it changed last. */
  readonly attempts: number;
  /** Why it failed last. */
  readonly failure: { readonly code: string; readonly message: string } | undefined;
  /** Undefined: now, or as soon as its turn has come. */
  readonly nextAttemptAtMs: number | undefined;
}

/** What a loop has not settled yet, and why not. */
export class OpenKeys {
  readonly #clock: Clock;
  readonly #keys = new Map<string, OpenKey>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get all(): readonly OpenKey[] {
    return [...this.#keys.values()];
  }

  /** It is due now, whatever failed before. */
  due(key: string): void {
    const { sinceMs = this.#clock.nowMs(), failure } = this.#keys.get(key) ?? {};
    this.#keys.set(key, { key, sinceMs, attempts: 0, failure, nextAttemptAtMs: undefined });
  }

  failed(key: string, { code, message }: Failure, delayMs: number): void {
    const nowMs = this.#clock.nowMs();
    const { sinceMs = nowMs, attempts = 0 } = this.#keys.get(key) ?? {};
    const failure = { code, message };
    const nextAttemptAtMs = nowMs + delayMs;
    this.#keys.set(key, { key, sinceMs, attempts: attempts + 1, failure, nextAttemptAtMs });
  }

  /** Its delay is another now. */
  postponed(key: string, delayMs: number): void {
    const known = this.#keys.get(key);
    if (known === undefined) return;
    this.#keys.set(key, { ...known, nextAttemptAtMs: this.#clock.nowMs() + delayMs });
  }

  settled(key: string): void {
    this.#keys.delete(key);
  }
}
