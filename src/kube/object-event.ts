import type { ObjectEvent } from './admin-api.ts';

type Time = string | null | undefined;

/** Of core/v1, as any client may have written it: new ones leave out the fields of old ones. */
interface SentEvent {
  readonly metadata: { readonly creationTimestamp?: Time };
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly firstTimestamp?: Time;
  readonly lastTimestamp?: Time;
  readonly eventTime?: Time;
  readonly series?: { readonly count?: number; readonly lastObservedTime?: Time } | null;
}

export function objectEventOf(sent: unknown): ObjectEvent {
  const event = sent as SentEvent;
  const { type, reason = '', message = '', count, series, metadata } = event;
  const times = [series?.lastObservedTime, event.lastTimestamp, event.eventTime];
  const at = [...times, event.firstTimestamp, metadata.creationTimestamp].find(Boolean);
  return {
    atMs: Date.parse(at ?? '') || 0,
    type: type === 'Warning' ? 'Warning' : 'Normal',
    ...{ reason, message },
    count: series?.count ?? count ?? 1,
  };
}
