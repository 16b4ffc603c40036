import type { Clock, Timer } from '../clock.ts';

/**
 * A queue of keys with client-go's invariants, and a lane for each storage host:
 *
 * - a key waits at most once, however often it is added;
 * - a key is never processed twice at the same time: added while it is processed (dirty), it runs again
 *   when that has ended;
 * - within a lane the order is first in, first out, and at most `laneWidth` keys are processed at once, so
 *   a host that does not answer holds its own keys and nobody else's.
 */
export interface WorkQueueParts {
  readonly clock: Clock;
  /** The lane that a key belongs to: its storage host, or '' while that is not known. */
  readonly laneOf: (key: string) => string;
  readonly laneWidth: number;
  /** Processes one key. Must not reject. */
  readonly process: (key: string) => Promise<void>;
  readonly observe: QueueObserver;
}

export interface QueueObserver {
  readonly added: () => void;
  readonly setDepth: (keys: number) => void;
  readonly started: (waitedMs: number) => void;
  readonly finished: (workedMs: number) => void;
}

interface Lane {
  readonly waiting: Map<string, { readonly sinceMs: number }>;
  running: number;
}

export class WorkQueue {
  readonly #parts: WorkQueueParts;
  readonly #lanes = new Map<string, Lane>();
  /** Where a waiting key waits. */
  readonly #laneOfKey = new Map<string, Lane>();
  readonly #processing = new Map<string, { readonly sinceMs: number }>();
  readonly #dirty = new Set<string>();
  readonly #delayed = new Map<string, Timer>();
  #accepts = true;
  #onIdle: (() => void)[] = [];

  constructor(parts: WorkQueueParts) {
    this.#parts = parts;
  }

  /** Keys that wait for their turn; delayed ones not counted. */
  get depth(): number {
    return this.#laneOfKey.size + this.#dirty.size;
  }

  /** The key is due now, whatever delay it was put under. */
  add(key: string): void {
    if (!this.#accepts) return;
    this.#delayed.get(key)?.cancel();
    this.#delayed.delete(key);
    if (this.#laneOfKey.has(key) || this.#dirty.has(key)) return;
    this.#parts.observe.added();
    if (this.#processing.has(key)) this.#dirty.add(key);
    else this.#enqueue(key);
    this.#parts.observe.setDepth(this.depth);
  }

  /** The key is due after the delay; a later `add` makes it due at once. */
  addAfter(key: string, delayMs: number): void {
    if (!this.#accepts) return;
    this.#delayed.get(key)?.cancel();
    const timer = this.#parts.clock.schedule(delayMs, () => {
      this.add(key);
    });
    this.#delayed.set(key, timer);
  }

  /** Keys under a delay that belong to a lane. */
  delayedIn(lane: string): string[] {
    return [...this.#delayed.keys()].filter((key) => this.#parts.laneOf(key) === lane);
  }

  /** Keys that have been waiting or processed for at least that long. */
  *pendingFor(ageMs: number): IterableIterator<string> {
    const sinceMs = this.#parts.clock.monotonicMs() - ageMs;
    for (const [key, entry] of this.#processing) if (entry.sinceMs <= sinceMs) yield key;
    for (const lane of this.#lanes.values()) {
      for (const [key, entry] of lane.waiting) if (entry.sinceMs <= sinceMs) yield key;
    }
  }

  /** Forgets every key that waits and takes no more; resolves when none is processed any longer. */
  async drain(): Promise<void> {
    this.#accepts = false;
    for (const timer of this.#delayed.values()) timer.cancel();
    this.#delayed.clear();
    this.#laneOfKey.clear();
    this.#dirty.clear();
    for (const lane of this.#lanes.values()) lane.waiting.clear();
    if (this.#processing.size === 0) return;
    await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  #enqueue(key: string): void {
    const name = this.#parts.laneOf(key);
    let lane = this.#lanes.get(name);
    if (lane === undefined) {
      lane = { waiting: new Map(), running: 0 };
      this.#lanes.set(name, lane);
    }
    lane.waiting.set(key, { sinceMs: this.#parts.clock.monotonicMs() });
    this.#laneOfKey.set(key, lane);
    this.#advance(lane);
  }

  #advance(lane: Lane): void {
    for (const [key, { sinceMs }] of lane.waiting) {
      if (lane.running >= this.#parts.laneWidth) return;
      lane.waiting.delete(key);
      this.#laneOfKey.delete(key);
      lane.running++;
      this.#processing.set(key, { sinceMs });
      const startedMs = this.#parts.clock.monotonicMs();
      this.#parts.observe.started(startedMs - sinceMs);
      this.#parts.observe.setDepth(this.depth);
      void this.#parts.process(key).finally(() => {
        this.#finish(key, lane, startedMs);
      });
    }
  }

  #finish(key: string, lane: Lane, startedMs: number): void {
    this.#processing.delete(key);
    lane.running--;
    this.#parts.observe.finished(this.#parts.clock.monotonicMs() - startedMs);
    if (this.#dirty.delete(key)) this.#enqueue(key);
    this.#advance(lane);
    if (this.#processing.size > 0) return;
    for (const resolve of this.#onIdle) resolve();
    this.#onIdle = [];
  }
}
