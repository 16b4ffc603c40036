import type { Clock } from '../clock.ts';
import { sleep } from '../clock.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import type { Store } from '../kube/store.ts';
import type { Logger } from '../log.ts';
import type { Orphan } from '../provisioner/orphans.ts';
import { findOrphans } from '../provisioner/orphans.ts';
import type { Provisioner } from '../provisioner/provisioner.ts';
import type { Claim, StorageClass, Volume } from '../volume/objects.ts';
import { volumeNameFor } from '../volume/volume-name.ts';
import type { DatasetUsage, HostUsage } from '../provisioner/provisioner.ts';
import type { Attempts } from './attempts.ts';
import { hostsOf } from './storage-hosts.ts';

interface Parts {
  readonly instance: string;
  readonly clusterId: string;
  readonly graceMs: number;
  /** 0: only once, at the start. */
  readonly intervalMs: number;
  readonly classes: Store<StorageClass>;
  readonly volumes: Store<Volume>;
  readonly claims: Store<Claim>;
  readonly kube: KubeApi;
  readonly provisioner: Provisioner;
  readonly attempts: Attempts;
  readonly observe: SurveyObserver;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface SurveyObserver {
  surveyed(host: string, usage: HostUsage): void;
  orphans(host: string, count: number): void;
  /** What was known of the host is old now. */
  unreachable(host: string): void;
}

/**
 * Looks at every storage host, one exec each, off the hot path: how full pools and volumes are, and which
 * of our datasets nobody stands for any longer. An orphan that was there at the start (left by a process
 * that was killed) is removed when it is provably unused; every other is reported.
 */
export class Survey {
  readonly #parts: Parts;
  /** Hosts whose first survey of this process is done, and the orphans that wait for their grace time. */
  readonly #surveyed = new Map<string, Set<string>>();
  readonly #reported = new Set<string>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, intervalMs, graceMs, classes, instance, attempts } = this.#parts;
    while (!signal.aborted) {
      const hosts = [...hostsOf(classes, instance)];
      await Promise.all(hosts.map(([host, parents]) => this.#survey(host, [...parents], signal)));
      await attempts.abandonStrays(signal);
      const isDone =
        intervalMs === 0 && [...this.#surveyed.values()].every((left) => left.size === 0);
      if (isDone) return;
      await sleep(clock, intervalMs === 0 ? graceMs : intervalMs, signal).catch(() => undefined);
    }
  }

  async #survey(host: string, parents: readonly string[], signal: AbortSignal): Promise<void> {
    const { provisioner, observe, log, instance, clusterId, clock, graceMs } = this.#parts;
    try {
      const usage = await provisioner.survey(host, parents, signal);
      observe.surveyed(host, usage);
      const isKnown = this.#isKnown.bind(this);
      const rules = { instance, clusterId, nowMs: clock.nowMs(), graceMs, isKnown };
      const orphans = findOrphans(usage.datasets, rules);
      observe.orphans(host, orphans.length);
      await this.#settleOrphans(host, orphans, signal);
    } catch (error) {
      if (signal.aborted) return;
      observe.unreachable(host);
      log.warn({ host, err: error }, 'host not surveyed');
    }
  }

  /** Only what was there at the start is removed: later a person may have put it there. */
  async #settleOrphans(
    host: string,
    orphans: readonly Orphan[],
    signal: AbortSignal,
  ): Promise<void> {
    const left = this.#surveyed.get(host) ?? new Set(orphans.map(({ dataset }) => dataset));
    this.#surveyed.set(host, left);
    for (const orphan of orphans) {
      if (left.has(orphan.dataset) && orphan.kept === undefined) {
        left.delete(orphan.dataset);
        await this.#remove(orphan, signal);
      } else {
        this.#report(orphan);
      }
    }
  }

  async #remove(orphan: Orphan, signal: AbortSignal): Promise<void> {
    const { host, dataset, volumeName } = orphan;
    const { kube, provisioner, log } = this.#parts;
    if ((await kube.getVolume(volumeName, signal)) !== undefined) return;
    try {
      const outcome = await provisioner.removeOrphan(orphan, signal);
      log.info({ host, dataset, volume: volumeName, outcome }, 'orphaned dataset removed');
    } catch (error) {
      log.warn({ host, dataset, volume: volumeName, err: error }, 'orphaned dataset kept');
    }
  }

  #report(orphan: Orphan): void {
    const { host, dataset, volumeName, kept, usedBytes } = orphan;
    const key = `${host}:${dataset}`;
    if (this.#reported.has(key)) return;
    this.#reported.add(key);
    const reason = kept ?? 'it appeared after the start';
    const fields = { host, dataset, volume: volumeName, usedBytes: usedBytes.toString(), reason };
    this.#parts.log.warn(fields, 'orphaned dataset found');
  }

  #isKnown(dataset: DatasetUsage & { readonly volumeName: string }): boolean {
    const { claims, volumes } = this.#parts;
    if (volumes.get(dataset.volumeName) !== undefined) return true;
    const claim = claims.get(`${dataset.claimNamespace ?? ''}/${dataset.claimName ?? ''}`);
    return claim !== undefined && volumeNameFor(claim.metadata.uid) === dataset.volumeName;
  }
}
