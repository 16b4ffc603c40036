import type { Store } from '../kube/store.ts';
import type { Logger } from '../log.ts';
import type { Comparison } from '../provisioner/comparison.ts';
import type { DriftKind } from '../volume/drift-kinds.ts';
import { driftKinds } from '../volume/drift-kinds.ts';
import { isLeaving } from '../volume/leaving.ts';
import type { Volume } from '../volume/objects.ts';
import type { Finding } from './finding.ts';
import { findingsIn } from './finding.ts';
import { eventOf } from './event-reasons.ts';
import type { EventSink } from './observer.ts';
import { recordAboutVolume } from './volume-events.ts';

export interface FindingCounts {
  /** Volumes, by what is otherwise than they were promised: every kind, also those that no volume has. */
  readonly drifted: ReadonlyMap<DriftKind, number>;
  readonly missing: number;
  readonly retained: number;
  readonly strangers: number;
}

interface Parts {
  readonly volumes: Store<Volume>;
  readonly events: EventSink;
  /** Replaces what was known of the host. */
  readonly observe: (host: string, counts: FindingCounts) => void;
  readonly log: Logger;
}

/**
 * Tells what differs between volumes and datasets: once when it is found, and once when it is well again. What was
 * told by a process before this one is told again.
 */
export class Findings {
  readonly #parts: Parts;
  /** By host, what was told and is not over: by the volume's uid and the finding's key. */
  readonly #told = new Map<string, Map<string, Finding>>();
  /** By host. */
  readonly #strangers = new Map<string, number>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  compared(host: string, comparison: Comparison): void {
    const before = this.#told.get(host) ?? new Map<string, Finding>();
    const found = new Map(findingsIn(host, comparison).map((each) => [keyOf(each), each]));
    for (const [key, finding] of found) if (!before.has(key)) this.#tell(finding);
    for (const [key, finding] of before) {
      if (found.has(key)) continue;
      if (comparison.compared.has(finding.volume.metadata.name)) this.#tellHealed(finding);
      // Nothing is known of it this time: it is not told again.
      else if (this.#isStillThere(finding)) found.set(key, finding);
    }
    this.#told.set(host, found);
    this.#tellStrangers(host, comparison.strangers);
    this.#parts.observe(host, countsOf(comparison));
  }

  #tell({ volume, event, fields, title }: Finding): void {
    this.#parts.log.warn({ volume: volume.metadata.name, ...fields }, title);
    if (event === undefined) return;
    recordAboutVolume(this.#parts.events, volume, eventOf(event.reason, event.message));
  }

  #tellHealed({ volume, event, fields, title, what }: Finding): void {
    this.#parts.log.info({ volume: volume.metadata.name, ...fields }, `${title}: no longer`);
    if (event === undefined) return;
    const message = `As it was promised again: ${what}`;
    recordAboutVolume(this.#parts.events, volume, eventOf('VolumeDriftHealed', message));
  }

  #isStillThere({ volume: { metadata } }: Finding): boolean {
    const current = this.#parts.volumes.get(metadata.name);
    return current?.metadata.uid === metadata.uid && !isLeaving(current);
  }

  #tellStrangers(host: string, strangers: readonly string[]): void {
    if ((this.#strangers.get(host) ?? 0) === strangers.length) return;
    this.#strangers.set(host, strangers.length);
    const example = strangers[0] ?? '';
    const fields = { host, strangers: strangers.length, example };
    this.#parts.log.info(fields, 'datasets of nobody below the parents');
  }
}

function keyOf({ volume, key }: Finding): string {
  return `${volume.metadata.uid}/${key}`;
}

function countsOf({ drifted, missing, retained, strangers }: Comparison): FindingCounts {
  const counts = new Map(driftKinds.map((kind) => [kind, 0]));
  for (const { drifts } of drifted) {
    for (const kind of new Set(drifts.map((drift) => drift.kind))) {
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
  }
  return {
    drifted: counts,
    missing: missing.length,
    retained: retained.length,
    strangers: strangers.length,
  };
}
