import type { Clock } from '../clock.ts';
import { sleep } from '../clock.ts';
import type { Logger } from '../log.ts';
import { Backoff } from './backoff.ts';
import type { Failure } from './outcome.ts';
import { failureOf } from './outcome.ts';
import type { OpenKey } from './open-keys.ts';
import { OpenKeys } from './open-keys.ts';
import type { QueueObserver } from './work-queue.ts';
import { WorkQueue } from './work-queue.ts';

/** Makes the world fit one key: reads it anew every time, whatever the event was. */
export interface Reconciler {
  reconcile(key: string, signal: AbortSignal): Promise<void>;
  /** Tells whoever owns the key why it failed. */
  failed(key: string, failure: Failure): void;
  /** Tells whoever owns the key that it waits for its host. */
  stillWaiting(key: string): void;
  laneOf(key: string): string;
}

export interface LoopParts {
  /** `claims` or `volumes`, in log lines. */
  readonly name: string;
  readonly reconciler: Reconciler;
  readonly laneWidth: number;
  /** A key that waits is told so before that long. */
  readonly waitingNoticeMs: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly observe: LoopObserver;
}

export interface LoopObserver extends QueueObserver {
  readonly retried: () => void;
  readonly failed: (code: string) => void;
  /** How many keys have been waiting too long, by lane. */
  readonly waiting: (keysByLane: ReadonlyMap<string, number>) => void;
}

const looksPerNotice = 6;

/** Forty a second, or more where they are so many that the last would wait for long. */
const hurryPerKeyMs = 25;
const maxHurryMs = 20_000;

/** Takes keys, reconciles each, and settles what came of it. */
export class ReconcileLoop {
  readonly #parts: LoopParts;
  readonly #queue: WorkQueue;
  readonly #backoff: Backoff;
  readonly #open: OpenKeys;
  readonly #told = new Set<string>();
  #signal: AbortSignal = AbortSignal.abort();

  constructor(parts: LoopParts) {
    const { clock, reconciler, laneWidth, observe } = parts;
    this.#parts = parts;
    this.#backoff = new Backoff(parts.random);
    this.#open = new OpenKeys(clock);
    this.#queue = new WorkQueue({
      clock,
      laneWidth,
      observe,
      laneOf: (key) => reconciler.laneOf(key),
      process: (key) => this.#process(key),
    });
  }

  /** What was to be done and is not settled. */
  get openKeys(): readonly OpenKey[] {
    return this.#open.all;
  }

  laneOf(key: string): string {
    return this.#parts.reconciler.laneOf(key);
  }

  /** Something about the key changed: it is looked at now, and its failures are forgotten. */
  changed(key: string): void {
    this.#backoff.forget(key);
    this.#open.due(key);
    this.#queue.add(key);
  }

  /**
   * What keys of that lane waited for has come: they need not wait out their delays. Not all at once, though:
   * they come spread over some seconds, in no order.
   * @param most of how many that is true
   * @returns how many were found
   */
  hurry(lane: string, most = Infinity): number {
    const keys = this.#queue.delayedIn(lane).slice(0, most);
    const withinMs = Math.min(hurryPerKeyMs * (keys.length - 1), maxHurryMs);
    for (const key of keys) this.#postpone(key, this.#parts.random() * withinMs);
    return keys.length;
  }

  /** Says once for each key that it has been waiting too long, until aborted. */
  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    const { waitingNoticeMs, clock } = this.#parts;
    while (!signal.aborted) {
      await sleep(clock, waitingNoticeMs / looksPerNotice, signal).catch(() => undefined);
      this.#noticeWaiting();
    }
  }

  /** Takes no more keys; resolves when those in hand are settled. */
  async drain(): Promise<void> {
    await this.#queue.drain();
  }

  #postpone(key: string, delayMs: number): void {
    this.#queue.addAfter(key, delayMs);
    this.#open.postponed(key, delayMs);
  }

  #noticeWaiting(): void {
    const { reconciler, observe, waitingNoticeMs } = this.#parts;
    const waiting = new Map<string, number>();
    // Those for whom the next look would be too late.
    const lookMs = waitingNoticeMs / looksPerNotice;
    for (const key of this.#queue.pendingFor(waitingNoticeMs - lookMs)) {
      const lane = reconciler.laneOf(key);
      waiting.set(lane, (waiting.get(lane) ?? 0) + 1);
      if (this.#told.has(key)) continue;
      this.#told.add(key);
      reconciler.stillWaiting(key);
    }
    observe.waiting(waiting);
  }

  async #process(key: string): Promise<void> {
    const { reconciler } = this.#parts;
    try {
      await reconciler.reconcile(key, this.#signal);
      this.#backoff.forget(key);
      this.#open.settled(key);
    } catch (error) {
      if (!this.#signal.aborted) this.#settle(key, failureOf(error));
    } finally {
      this.#told.delete(key);
    }
  }

  #settle(key: string, failure: Failure): void {
    const { name, reconciler, log, observe } = this.#parts;
    const attempt = this.#backoff.failures(key) + 1;
    const backoffMs = this.#backoff.nextDelayMs(key, failure.retry);
    const delayMs = Math.min(failure.atMostMs, Math.max(failure.atLeastMs, backoffMs));
    const { code, message, error } = failure;
    const retryInMs = Math.round(delayMs);
    log[failure.level](
      { key, code, attempt, retryInMs, reason: message, err: error },
      `reconciling ${name} failed`,
    );
    this.#open.failed(key, failure, delayMs);
    observe.failed(code);
    observe.retried();
    if (failure.tellsUser) reconciler.failed(key, failure);
    this.#queue.addAfter(key, delayMs);
  }
}
