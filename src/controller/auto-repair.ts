import type { Clock } from '../clock.ts';
import type { Store } from '../kube/store.ts';
import type { Logger } from '../log.ts';
import type { Comparison, DriftedVolume } from '../provisioner/comparison.ts';
import type { Provisioner } from '../provisioner/provisioner.ts';
import type { Drift } from '../provisioner/volume-drift.ts';
import type { DriftKind } from '../volume/drift-kinds.ts';
import { isLeaving } from '../volume/leaving.ts';
import type { Volume } from '../volume/objects.ts';
import { Backoff } from './backoff.ts';
import { eventOf } from './event-reasons.ts';
import type { EventSink } from './observer.ts';
import { failureOf } from './outcome.ts';
import { recordAboutVolume } from './volume-events.ts';

export interface RepairObserver {
  readonly repaired: (labels: { readonly host: string; readonly kind: DriftKind }) => void;
  readonly repairFailed: (labels: { readonly host: string; readonly kind: DriftKind }) => void;
}

interface Parts {
  /** ZFS_AUTO_REPAIR */
  readonly kinds: readonly DriftKind[];
  readonly volumes: Store<Volume>;
  readonly provisioner: Pick<Provisioner, 'repair'>;
  readonly events: EventSink;
  readonly observe: RepairObserver;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
}

interface Attempt {
  readonly host: string;
  readonly volumeName: string;
  readonly atMs: number;
  readonly notBeforeMs: number;
}

type Repairable = Drift & { readonly repair: NonNullable<Drift['repair']> };

/** A repair that has held for so long counts as one that holds. Longer than any wait. */
const holdsAfterMs = 900_000;

/**
 * Repairs by itself what a setting names, and nothing else: one exec for each volume, one after the other on a host.
 * What is otherwise again soon after is repaired ever more rarely: somebody, or something, wants it so.
 */
export class AutoRepair {
  readonly #parts: Parts;
  readonly #backoff: Backoff;
  /** By the volume's uid and the kind. Times are monotonic. */
  readonly #attempts = new Map<string, Attempt>();
  /** Hosts on which something is being repaired. */
  readonly #busy = new Set<string>();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#backoff = new Backoff(parts.random);
  }

  /** Resolves when all that is due is repaired, or cannot be; never rejects. */
  async compared(host: string, comparison: Comparison, signal: AbortSignal): Promise<void> {
    this.#forgetWhatHolds(host, comparison);
    if (this.#parts.kinds.length === 0 || this.#busy.has(host)) return;
    this.#busy.add(host);
    for (const drifted of comparison.drifted) {
      const due = this.#dueOf(drifted);
      if (due.length > 0 && !signal.aborted) await this.#repair(drifted, due, signal);
    }
    this.#busy.delete(host);
  }

  #forgetWhatHolds(host: string, { drifted }: Comparison): void {
    const nowMs = this.#parts.clock.monotonicMs();
    const present = new Set(
      drifted.flatMap(({ volume, drifts }) => drifts.map(({ kind }) => keyOf(volume, kind))),
    );
    for (const [key, attempt] of this.#attempts) {
      const isOver = !this.#parts.volumes.get(attempt.volumeName);
      const holds = !present.has(key) && nowMs - attempt.atMs > holdsAfterMs;
      if (attempt.host !== host || !(isOver || holds)) continue;
      this.#attempts.delete(key);
      this.#backoff.forget(key);
    }
  }

  /** A growth that is under way raises what it needs by itself; its sizes are not those of the volume. */
  #dueOf({ volume, drifts, isGrowing }: DriftedVolume): readonly Repairable[] {
    const nowMs = this.#parts.clock.monotonicMs();
    return drifts.filter((drift): drift is Repairable => {
      const { kind, repair } = drift;
      if (repair === undefined || !this.#parts.kinds.includes(kind)) return false;
      if (isGrowing && (kind === 'quota' || kind === 'reservation')) return false;
      return nowMs >= (this.#attempts.get(keyOf(volume, kind))?.notBeforeMs ?? -Infinity);
    });
  }

  async #repair(
    { volume, location }: DriftedVolume,
    due: readonly Repairable[],
    signal: AbortSignal,
  ): Promise<void> {
    const { volumes, provisioner, clock } = this.#parts;
    const { name, uid } = volume.metadata;
    const current = volumes.get(name);
    if (current?.metadata.uid !== uid || isLeaving(current)) return;
    const kinds = [...new Set(due.map(({ kind }) => kind))];
    for (const kind of kinds) {
      const key = keyOf(volume, kind);
      const atMs = clock.monotonicMs();
      const notBeforeMs = atMs + this.#backoff.nextDelayMs(key, 'slow');
      this.#attempts.set(key, { host: location.host, volumeName: name, atMs, notBeforeMs });
    }
    try {
      const repairs = due.map(({ repair }) => repair);
      await provisioner.repair(location, repairs, signal);
      this.#tellRepaired(current, location, { due, kinds });
    } catch (error) {
      if (!signal.aborted) this.#tellFailed(current, location, { error, kinds });
    }
  }

  #tellRepaired(
    volume: Volume,
    { host, dataset }: DriftedVolume['location'],
    { due, kinds }: { readonly due: readonly Repairable[]; readonly kinds: readonly DriftKind[] },
  ): void {
    const { events, observe, log } = this.#parts;
    const was = due.map(({ actual, expected }) => `${expected} (it was ${actual})`).join(', ');
    const message = `Dataset ${dataset} on ${host} was repaired: ${was}`;
    recordAboutVolume(events, volume, eventOf('VolumeRepaired', message));
    for (const kind of kinds) observe.repaired({ host, kind });
    log.info({ volume: volume.metadata.name, host, dataset, kinds }, 'dataset repaired');
  }

  #tellFailed(
    volume: Volume,
    { host, dataset }: DriftedVolume['location'],
    { error, kinds }: { readonly error: unknown; readonly kinds: readonly DriftKind[] },
  ): void {
    const { events, observe, log } = this.#parts;
    const { message, tellsUser } = failureOf(error);
    const event = eventOf('VolumeRepairFailed', message);
    if (tellsUser) recordAboutVolume(events, volume, event);
    for (const kind of kinds) observe.repairFailed({ host, kind });
    const fields = { volume: volume.metadata.name, host, dataset, kinds, err: error };
    log.warn(fields, 'dataset not repaired');
  }
}

function keyOf({ metadata }: Volume, kind: DriftKind): string {
  return `${metadata.uid}/${kind}`;
}
