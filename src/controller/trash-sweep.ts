import type { Clock } from '../clock.ts';
import { sleep } from '../clock.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import type { Store } from '../kube/store.ts';
import type { Logger } from '../log.ts';
import type { ExpiredDataset, TrashedDataset } from '../provisioner/expired-datasets.ts';
import { findExpired } from '../provisioner/expired-datasets.ts';
import { isOwnedBy } from '../provisioner/owner.ts';
import type { HostUsage, Provisioner } from '../provisioner/provisioner.ts';
import { volumeAnnotations } from '../volume/annotations.ts';
import type { Volume } from '../volume/objects.ts';
import { failureOf } from './outcome.ts';

export interface TrashObserver {
  /** What is in the trash of a host, of ours; how much of it has expired. */
  readonly trashSeen: (host: string, trash: readonly TrashedDataset[], expired: number) => void;
  /** What was known of the host is old now. */
  readonly trashUnseen: (host: string) => void;
  readonly trashSwept: (host: string) => void;
}

interface Parts {
  readonly instance: string;
  readonly clusterId: string;
  /** Between two destroys on one host. 0: nothing is ever destroyed. */
  readonly intervalMs: number;
  readonly volumes: Store<Volume>;
  readonly kube: Pick<KubeApi, 'getVolume'>;
  readonly provisioner: Pick<Provisioner, 'sweep'>;
  /** Nothing is destroyed while this is so. */
  readonly isHeld: () => boolean;
  readonly observe: TrashObserver;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What could not be destroyed is tried again only then: it must not keep the others waiting. */
const retryMs = 3_600_000;

/**
 * Destroys what has expired in the trash, slowly: one dataset at a time on each host, after a survey has seen it, and
 * only while no volume is there that it could be. Whose it is and whether its time has come, the host is asked again.
 */
export class TrashSweep {
  readonly #parts: Parts;
  readonly #waiting = new Map<string, readonly ExpiredDataset[]>();
  readonly #sweeping = new Set<string>();
  /** `host:dataset` of what stayed, and when it may be tried again. Monotonic. */
  readonly #retryAtMs = new Map<string, number>();
  readonly #reported = new Set<string>();
  #signal: AbortSignal = AbortSignal.abort();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** From now on, until the signal is aborted. */
  run(signal: AbortSignal): void {
    this.#signal = signal;
    for (const host of this.#waiting.keys()) void this.#sweep(host);
  }

  surveyed(host: string, { trash }: Pick<HostUsage, 'trash'>): void {
    const { instance, clusterId, clock, observe, intervalMs } = this.#parts;
    const rules = { instance, clusterId, nowMs: clock.nowMs() };
    const expired = findExpired(trash, rules);
    const ours = trash.filter((each) => isOwnedBy(each, rules));
    observe.trashSeen(host, ours, expired.length);
    this.#forgetGone(host, trash);
    if (intervalMs === 0) return;
    this.#waiting.set(host, expired);
    void this.#sweep(host);
  }

  unreachable(host: string): void {
    this.#waiting.delete(host);
    this.#parts.observe.trashUnseen(host);
  }

  async #sweep(host: string): Promise<void> {
    const { clock, intervalMs } = this.#parts;
    const signal = this.#signal;
    if (signal.aborted || this.#sweeping.has(host)) return;
    this.#sweeping.add(host);
    try {
      for (let next = this.#next(host); next !== undefined; next = this.#next(host)) {
        if (!(await this.#isUnused(next, signal))) continue;
        signal.throwIfAborted();
        if (this.#parts.isHeld()) return;
        await this.#destroy(next, signal);
        await sleep(clock, intervalMs, signal);
      }
    } catch {
      // Only the end of the term wakes a sleeper.
    } finally {
      this.#sweeping.delete(host);
    }
  }

  /** What a survey meanwhile did not see any longer is not there any longer. */
  #next(host: string): ExpiredDataset | undefined {
    const nowMs = this.#parts.clock.monotonicMs();
    const waiting = (this.#waiting.get(host) ?? []).filter(
      (each) => (this.#retryAtMs.get(keyOf(each)) ?? 0) <= nowMs,
    );
    this.#waiting.set(host, waiting.slice(1));
    return waiting[0];
  }

  /** A volume may have been written for it again, by a person or from a backup: then it is not ours to destroy. */
  async #isUnused(expired: ExpiredDataset, signal: AbortSignal): Promise<boolean> {
    const { volumes, kube } = this.#parts;
    const { volumeName } = expired;
    try {
      const user =
        [...volumes.list()].find((volume) => isOf(volume, expired)) ??
        (await kube.getVolume(volumeName, signal));
      if (user === undefined) return true;
      this.#keep(expired, `volume ${user.metadata.name} is there`);
    } catch (error) {
      if (!signal.aborted) this.#keep(expired, failureOf(error).message, error);
    }
    return false;
  }

  async #destroy(expired: ExpiredDataset, signal: AbortSignal): Promise<void> {
    const { provisioner, observe, log } = this.#parts;
    const { host } = expired;
    try {
      const outcome = await provisioner.sweep(expired, signal);
      observe.trashSwept(host);
      log.info({ ...fieldsOf(expired), outcome }, 'expired dataset destroyed');
    } catch (error) {
      if (!signal.aborted) this.#keep(expired, failureOf(error).message, error);
    }
  }

  /** It stays, which is told once. */
  #keep(expired: ExpiredDataset, reason: string, error?: unknown): void {
    const { clock, log } = this.#parts;
    const key = keyOf(expired);
    this.#retryAtMs.set(key, clock.monotonicMs() + retryMs);
    if (this.#reported.has(key)) return;
    this.#reported.add(key);
    log.warn(
      { ...fieldsOf(expired), reason, ...(error !== undefined && { err: error }) },
      'expired dataset kept',
    );
  }

  #forgetGone(host: string, trash: readonly TrashedDataset[]): void {
    const there = new Set(trash.map(keyOf));
    for (const key of [...this.#retryAtMs.keys(), ...this.#reported]) {
      if (!key.startsWith(`${host}:`) || there.has(key)) continue;
      this.#retryAtMs.delete(key);
      this.#reported.delete(key);
    }
  }
}

function keyOf({ host, dataset }: TrashedDataset): string {
  return `${host}:${dataset}`;
}

function isOf({ metadata }: Volume, { host, dataset, volumeName }: ExpiredDataset): boolean {
  const { annotations = {} } = metadata;
  if (metadata.name === volumeName) return true;
  return (
    annotations[volumeAnnotations.datasetPath] === dataset &&
    annotations[volumeAnnotations.host] === host
  );
}

function fieldsOf(expired: ExpiredDataset): Record<string, string> {
  const { host, dataset, volumeName, usedBytes, expiresAtMs = 0 } = expired;
  const expiredAt = new Date(expiresAtMs).toISOString();
  return { host, dataset, volume: volumeName, usedBytes: usedBytes.toString(), expiredAt };
}
