import type { ObjectReference } from './object-reference.ts';
import { RecentMap } from './recent-map.ts';

export interface EventText {
  readonly type: 'Normal' | 'Warning';
  /** CamelCase, for machines. */
  readonly reason: string;
  /** For people. Without numbers that change each time: they defeat the counting of equal events. */
  readonly message: string;
}

/** One event as it is to be written: a new one, or one more of an event that exists (`count` > 1). */
export interface CorrelatedEvent extends EventText {
  readonly target: ObjectReference;
  readonly name: string;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

interface Series {
  readonly name: string;
  readonly count: number;
  readonly firstMs: number;
}

interface Similar {
  readonly messages: ReadonlySet<string>;
  readonly lastMs: number;
}

interface Bucket {
  readonly tokens: number;
  readonly filledMs: number;
}

/** Numbers and sentences of client-go's tools/record/events_cache.go, which dashboards know. */
const REMEMBERED = 4096;
const SIMILAR_LIMIT = 10;
const SIMILAR_WITHIN_MS = 600_000;
const COMBINED = '(combined from similar events): ';
const BURST = 25;
const REFILL_MS = 300_000;
const MAX_MESSAGE_BYTES = 1024;
/** Leaves room for the suffix in the 253 characters of a name. */
const MAX_NAME_PREFIX = 230;

/**
 * Keeps the event stream small: equal events are counted, events that differ only in their message are
 * combined from the tenth on, and an object that is still too loud is muted (burst of 25, then one in 5
 * minutes).
 */
export class EventCorrelator {
  readonly #series = new RecentMap<Series>(REMEMBERED);
  readonly #similar = new RecentMap<Similar>(REMEMBERED);
  readonly #buckets = new RecentMap<Bucket>(REMEMBERED);
  #sequence = 0;

  /** @returns undefined when the object has used up its share */
  correlate(target: ObjectReference, event: EventText, nowMs: number): CorrelatedEvent | undefined {
    const object = [target.apiVersion, target.kind, target.namespace, target.name, target.uid];
    const kindOfEvent = JSON.stringify([...object, event.type, event.reason]);
    const isCombined = this.#countSimilar(kindOfEvent, event.message, nowMs) >= SIMILAR_LIMIT;
    const message = cutBytes(isCombined ? COMBINED + event.message : event.message);
    const key = isCombined ? kindOfEvent : JSON.stringify([kindOfEvent, event.message]);
    const { name, firstMs, count } = this.#countSeries(key, target, nowMs);
    if (!this.#takeToken(JSON.stringify(object), nowMs)) return undefined;
    const { type, reason } = event;
    return { type, reason, message, target, name, count, firstMs, lastMs: nowMs };
  }

  #countSimilar(key: string, message: string, nowMs: number): number {
    const known = this.#similar.get(key);
    const isRecent = known !== undefined && nowMs - known.lastMs <= SIMILAR_WITHIN_MS;
    const messages = new Set(isRecent ? known.messages : []);
    if (messages.size < SIMILAR_LIMIT) messages.add(message);
    this.#similar.set(key, { messages, lastMs: nowMs });
    return messages.size;
  }

  #countSeries(key: string, target: ObjectReference, nowMs: number): Series {
    const known = this.#series.get(key);
    const { name, firstMs } = known ?? { name: this.#nameFor(target, nowMs), firstMs: nowMs };
    const series = { name, firstMs, count: (known?.count ?? 0) + 1 };
    this.#series.set(key, series);
    return series;
  }

  #takeToken(key: string, nowMs: number): boolean {
    const { tokens, filledMs } = this.#buckets.get(key) ?? { tokens: BURST, filledMs: nowMs };
    const filled = Math.min(BURST, tokens + (nowMs - filledMs) / REFILL_MS);
    const isGranted = filled >= 1;
    this.#buckets.set(key, { tokens: isGranted ? filled - 1 : filled, filledMs: nowMs });
    return isGranted;
  }

  /** As everybody's events are named: the object's name and the time in hexadecimal nanoseconds. */
  #nameFor(target: ObjectReference, nowMs: number): string {
    this.#sequence = (this.#sequence + 1) % 1_000_000;
    const nanoseconds = BigInt(Math.trunc(nowMs)) * 1_000_000n + BigInt(this.#sequence);
    const prefix = target.name.slice(0, MAX_NAME_PREFIX).replace(/[.-]+$/, '');
    return `${prefix}.${nanoseconds.toString(16)}`;
  }
}

function cutBytes(message: string): string {
  const bytes = Buffer.from(message);
  if (bytes.length <= MAX_MESSAGE_BYTES) return message;
  // A character that was cut in the middle decodes to U+FFFD, which is longer: leave it out.
  const kept = bytes
    .subarray(0, MAX_MESSAGE_BYTES - 3)
    .toString()
    .replace(/\uFFFD+$/, '');
  return `${kept}…`;
}
