/**
 * Keeps a store equal to what the API server has of one kind: list, then watch from the list's version,
 * and again. Whatever happens on the way (expired versions, refusals, dead connections, listeners that
 * throw), it goes on until its signal is aborted; the store is at worst old, and `onActivity` says so.
 * Order and version rules follow client-go's tools/cache/reflector.go.
 */
import { keyOf } from '../volume/object-key.ts';
import { sleep } from '../clock.ts';
import type { Clock } from '../clock.ts';
import type { KubeObject } from '../volume/objects.ts';
import { KubeExpiredError, KubeUnavailableError } from './api-error.ts';
import type { ApiTransport } from './api-transport.ts';
import type { Kind } from './kinds.ts';
import { MemoryStore } from './memory-store.ts';
import { pagesOf } from './object-list.ts';
import { readPage } from './object-page.ts';
import { RetryDelay } from './retry-delay.ts';
import type { Store } from './store.ts';
import { watchEvents } from './watch-stream.ts';
import type { WatchEvent } from './watch-stream.ts';

/** For metrics and logs. */
export type ReflectorActivity =
  | { readonly kind: 'listed'; readonly objects: number; readonly durationMs: number }
  | { readonly kind: 'watching' }
  | { readonly kind: 'received'; readonly type: WatchEvent['type'] }
  | { readonly kind: 'failed'; readonly error: unknown; readonly retryInMs: number }
  | { readonly kind: 'listener-failed'; readonly error: unknown };

export interface ReflectorParts<T extends KubeObject> {
  readonly kind: Kind<T>;
  readonly transport: ApiTransport;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onActivity?: (activity: ReflectorActivity) => void;
  readonly idleTimeoutMs?: number;
}

const IDLE_TIMEOUT_MS = 150_000;
const MIN_WATCH_SECONDS = 300;
/** A watch that ends sooner has failed, however politely: else a broken proxy makes us spin. */
const SHORT_WATCH_MS = 1000;
/** A version from which watching keeps failing is given up, whatever the failure is called. */
const FAILURES_UNTIL_RELIST = 5;

export class Reflector<T extends KubeObject> {
  /** Resolves once the first complete list is in the store. */
  readonly synced: Promise<void>;
  readonly #parts: ReflectorParts<T>;
  readonly #store: MemoryStore<T>;
  readonly #delay: RetryDelay;
  readonly #markSynced: () => void;
  #resumeFrom: string | undefined;
  /** The server may have come back with an older history: etcd restored from a backup. */
  #isDoubtful = false;
  #lastContactMs: number | undefined;

  constructor(parts: ReflectorParts<T>) {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.synced = promise;
    this.#markSynced = () => {
      resolve(undefined);
    };
    this.#parts = parts;
    this.#store = new MemoryStore((error) => {
      this.#report({ kind: 'listener-failed', error });
    });
    this.#delay = new RetryDelay({ firstMs: 800, maxMs: 30_000, random: parts.random });
  }

  get store(): Store<T> {
    return this.#store;
  }

  /** Monotonic time at which the server last told us anything; undefined before the first list. */
  get lastContactMs(): number | undefined {
    return this.#lastContactMs;
  }

  /** Runs until the signal is aborted; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (this.#isDoubtful) await this.#requireHistory(signal);
        this.#resumeFrom ??= await this.#list(signal);
        await this.#watch(this.#resumeFrom, signal);
      } catch (thrown) {
        await this.#recover(thrown, signal);
      }
    }
  }

  async #list(signal: AbortSignal): Promise<string> {
    const { kind, transport, clock } = this.#parts;
    const startedMs = clock.monotonicMs();
    const listed = new Map<string, T>();
    let resourceVersion = '';
    for await (const { items, metadata } of pagesOf(transport, kind, signal)) {
      this.#lastContactMs = clock.monotonicMs();
      for (const object of items) listed.set(keyOf(object), object);
      resourceVersion = metadata.resourceVersion;
    }
    this.#store.replace(listed);
    this.#markSynced();
    const durationMs = clock.monotonicMs() - startedMs;
    this.#report({ kind: 'listed', objects: listed.size, durationMs });
    return resourceVersion;
  }

  /**
   * A watch from a version that the server has not reached yet would stay silent until it has. Versions are etcd's
   * revisions, and comparable (KEP-5504); others are not compared.
   * @throws KubeExpiredError
   */
  async #requireHistory(signal: AbortSignal): Promise<void> {
    // Where the look itself fails, #recover makes it doubtful again, or forgets the version.
    this.#isDoubtful = false;
    const known = this.#resumeFrom;
    if (known === undefined || !isRevision(known)) return;
    const { kind, transport } = this.#parts;
    const { resource, path } = kind;
    const request = { verb: 'list', resource, path, query: { limit: '1' }, signal } as const;
    const { metadata } = await transport.read(request, (body) => readPage(body, () => undefined));
    const current = metadata.resourceVersion;
    if (!isRevision(current) || BigInt(current) >= BigInt(known)) return;
    throw new KubeExpiredError(
      `the API server is at version ${current} of ${resource}, which was at ${known} before: its history is another`,
    );
  }

  async #watch(resourceVersion: string, signal: AbortSignal): Promise<void> {
    const { kind, transport, clock, random, idleTimeoutMs = IDLE_TIMEOUT_MS } = this.#parts;
    let openedMs: number | undefined;
    let received = 0;
    const watchedMs = (): number => (openedMs === undefined ? 0 : clock.monotonicMs() - openedMs);
    try {
      const events = watchEvents({
        ...{ transport, clock, signal, idleTimeoutMs, resourceVersion },
        resource: kind.resource,
        path: kind.path,
        timeoutSeconds: Math.round(MIN_WATCH_SECONDS * (1 + random())),
        onOpen: () => {
          openedMs = clock.monotonicMs();
          this.#report({ kind: 'watching' });
        },
      });
      for await (const event of events) {
        this.#apply(event);
        received += 1;
      }
    } finally {
      if (received > 0 || watchedMs() >= SHORT_WATCH_MS) this.#delay.reset();
    }
    if (watchedMs() < SHORT_WATCH_MS) {
      const message = `the API server ended the watch of ${kind.resource} at once`;
      throw new KubeUnavailableError(message, { outcomeUnknown: false });
    }
  }

  #apply({ type, object: sent }: WatchEvent): void {
    const object = this.#parts.kind.keep(sent);
    this.#lastContactMs = this.#parts.clock.monotonicMs();
    if (type === 'DELETED') this.#store.remove(object);
    else if (type !== 'BOOKMARK') this.#store.put(object);
    this.#resumeFrom = object.metadata.resourceVersion;
    this.#report({ kind: 'received', type });
  }

  async #recover(thrown: unknown, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const isPassing = thrown instanceof KubeUnavailableError;
    this.#isDoubtful ||= isPassing;
    const retryInMs = this.#delay.nextMs(isPassing ? thrown.retryAfterMs : 0);
    if (!isPassing || this.#delay.failures % FAILURES_UNTIL_RELIST === 0) {
      this.#resumeFrom = undefined;
    }
    this.#report({ kind: 'failed', error: thrown, retryInMs });
    await sleep(this.#parts.clock, retryInMs, signal).catch(() => undefined);
  }

  #report(activity: ReflectorActivity): void {
    this.#parts.onActivity?.(activity);
  }
}

function isRevision(version: string): boolean {
  return /^\d+$/.test(version);
}
