/**
 * Writes Events about objects without ever making their work wait: `record` returns at once, a bounded
 * queue is written in the background, and what cannot be written is dropped and reported.
 */
import { sleep } from '../clock.ts';
import type { Clock } from '../clock.ts';
import { KubeExistsError, KubeMissingError, KubeUnavailableError } from './api-error.ts';
import type { ApiTransport } from './api-transport.ts';
import { EventCorrelator } from './event-correlator.ts';
import type { CorrelatedEvent, EventText } from './event-correlator.ts';
import { secondTime } from './micro-time.ts';
import type { ObjectReference } from './object-reference.ts';

type DropReason = 'muted' | 'queue-full' | 'refused' | 'unavailable';

export interface EventRecorderParts {
  readonly transport: ApiTransport;
  readonly clock: Clock;
  readonly random: () => number;
  /** Shown as the events' source: the provisioner's name. */
  readonly component: string;
  /** This replica. */
  readonly instance: string;
  /** It is to be written: anew, or counted up. */
  readonly onRecorded?: (event: CorrelatedEvent) => void;
  readonly onSent?: () => void;
  readonly onDropped?: (reason: DropReason, event: EventText, thrown?: unknown) => void;
}

const QUEUE_LIMIT = 1000;
const MAX_ATTEMPTS = 12;
const RETRY_MS = 10_000;

export class EventRecorder {
  readonly #parts: EventRecorderParts;
  readonly #correlator = new EventCorrelator();
  readonly #queue: CorrelatedEvent[] = [];
  readonly #stopping = new AbortController();
  #writing: Promise<void> | undefined;

  constructor(parts: EventRecorderParts) {
    this.#parts = parts;
  }

  /** Queues the event; never waits and never throws. */
  record(target: ObjectReference, event: EventText): void {
    const correlated = this.#correlator.correlate(target, event, this.#parts.clock.nowMs());
    if (correlated !== undefined) this.#parts.onRecorded?.(correlated);
    if (correlated === undefined) this.#parts.onDropped?.('muted', event);
    else if (this.#queue.length >= QUEUE_LIMIT || this.#stopping.signal.aborted) {
      this.#parts.onDropped?.('queue-full', event);
    } else {
      this.#queue.push(correlated);
      this.#writing ??= this.#writeAll();
    }
  }

  /** Waits until everything is written, at most `timeoutMs`; the rest is dropped, and later events too. */
  async drain(timeoutMs: number): Promise<void> {
    const timer = this.#parts.clock.schedule(timeoutMs, () => {
      this.#stopping.abort();
    });
    await this.#writing;
    timer.cancel();
    this.#stopping.abort();
  }

  async #writeAll(): Promise<void> {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      if (this.#stopping.signal.aborted) this.#parts.onDropped?.('unavailable', next);
      else await this.#writeOrDrop(next);
    }
    this.#writing = undefined;
  }

  async #writeOrDrop(event: CorrelatedEvent): Promise<void> {
    const { clock, random, onDropped } = this.#parts;
    const { signal } = this.#stopping;
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#write(event, signal);
        this.#parts.onSent?.();
        return;
      } catch (thrown) {
        const isPassing = thrown instanceof KubeUnavailableError;
        if (!isPassing || attempt === MAX_ATTEMPTS) {
          onDropped?.(isPassing || signal.aborted ? 'unavailable' : 'refused', event, thrown);
          return;
        }
      }
      await sleep(clock, RETRY_MS * (0.5 + random()), signal).catch(() => undefined);
    }
  }

  async #write(event: CorrelatedEvent, signal: AbortSignal): Promise<void> {
    if (event.count > 1 && (await this.#updateExisting(event, signal))) return;
    try {
      const path = eventsPath(event.target);
      const body = this.#manifest(event);
      await this.#parts.transport.send({ verb: 'create', resource: 'events', path, body, signal });
    } catch (thrown) {
      // An earlier try got through although its answer did not.
      if (!(thrown instanceof KubeExistsError)) throw thrown;
    }
  }

  /** @returns false when the event to be counted up has expired (the server forgets them in an hour) */
  async #updateExisting(event: CorrelatedEvent, signal: AbortSignal): Promise<boolean> {
    const path = `${eventsPath(event.target)}/${event.name}`;
    const { count, message } = event;
    const body = { count, message, lastTimestamp: secondTime(event.lastMs) };
    try {
      await this.#parts.transport.send({ verb: 'patch', resource: 'events', path, body, signal });
      return true;
    } catch (thrown) {
      if (thrown instanceof KubeMissingError) return false;
      throw thrown;
    }
  }

  #manifest({
    target,
    name,
    type,
    reason,
    message,
    count,
    firstMs,
    lastMs,
  }: CorrelatedEvent): object {
    const { component, instance } = this.#parts;
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace: namespaceOf(target) },
      involvedObject: target,
      type,
      reason,
      message,
      count,
      firstTimestamp: secondTime(firstMs),
      lastTimestamp: secondTime(lastMs),
      source: { component },
      reportingComponent: component,
      reportingInstance: instance,
    };
  }
}

function eventsPath(target: ObjectReference): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespaceOf(target))}/events`;
}

/** The API server takes events about cluster-scoped objects in this namespace only. */
function namespaceOf(target: ObjectReference): string {
  return target.namespace ?? 'default';
}
