import type { Volume } from '../volume/objects.ts';
import type { ReasonedEvent } from './event-reasons.ts';
import type { EventSink } from './observer.ts';

/** Writes an Event about a volume. */
export function recordAboutVolume(events: EventSink, volume: Volume, event: ReasonedEvent): void {
  const { name, uid, resourceVersion } = volume.metadata;
  const target = { apiVersion: 'v1', kind: 'PersistentVolume', name, uid, resourceVersion };
  events.record(target, event);
}
