import type { Clock } from '../clock.ts';
import { sleep } from '../clock.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import type { Store } from '../kube/store.ts';
import type { Logger } from '../log.ts';
import type { Comparison } from '../provisioner/comparison.ts';
import { compare } from '../provisioner/comparison.ts';
import type { Orphan } from '../provisioner/orphans.ts';
import type { Provisioner } from '../provisioner/provisioner.ts';
import type { HostInventory } from '../provisioner/inventory/inventory.ts';
import type { Claim, StorageClass, Volume } from '../volume/objects.ts';
import { volumeNameFor } from '../volume/volume-name.ts';
import type { DatasetUsage, HostUsage } from '../provisioner/provisioner.ts';
import type { Attempts } from './attempts.ts';
import type { HostFacts } from './host-facts.ts';
import { failureOf } from './outcome.ts';
import { hostsOf } from './storage-hosts.ts';

type NamedDataset = DatasetUsage & { readonly volumeName: string };

interface Parts {
  readonly instance: string;
  readonly clusterId: string;
  readonly allowedParents: readonly string[];
  readonly graceMs: number;
  /** 0: only once, at the start. */
  readonly intervalMs: number;
  readonly classes: Store<StorageClass>;
  readonly volumes: Store<Volume>;
  readonly claims: Store<Claim>;
  readonly inventory: HostInventory;
  readonly facts: HostFacts;
  readonly kube: KubeApi;
  readonly provisioner: Provisioner;
  readonly attempts: Attempts;
  readonly observe: SurveyObserver;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface SurveyObserver {
  surveyed(host: string, usage: HostUsage): void;
  /** How it fits with the volumes; nobody waits for what is done about it. */
  compared(host: string, comparison: Comparison, signal: AbortSignal): void;
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
  /** The orphans of each host's first survey that may still be removed. No entry: no survey yet. */
  readonly #atStart = new Map<string, Set<string>>();
  readonly #reported = new Set<string>();
  /** Hosts that are looked at now: one that hangs gets no second look meanwhile. */
  readonly #underWay = new Set<string>();
  #signal: AbortSignal = AbortSignal.abort();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, intervalMs, graceMs, attempts } = this.#parts;
    this.#signal = signal;
    while (!signal.aborted) {
      const hosts = [...this.#hosts()];
      const pauseMs = intervalMs === 0 ? graceMs : intervalMs;
      // A host that does not answer must not keep the others from being looked at in time.
      await Promise.race([
        Promise.all(hosts.map(([host, parents]) => this.#survey(host, [...parents], signal))),
        sleep(clock, pauseMs, signal).catch(() => undefined),
      ]);
      await attempts.abandonStrays(signal);
      const isSettled = hosts.every(([host]) => this.#atStart.get(host)?.size === 0);
      if (intervalMs === 0 && isSettled) return;
      await sleep(clock, pauseMs, signal).catch(() => undefined);
    }
  }

  /** Looks at hosts that are new, or described otherwise now; does not wait for the others' turn. */
  lookAt(hosts: readonly string[]): void {
    const known = this.#hosts();
    for (const host of hosts) {
      this.#parts.facts.forget(host);
      const parents = known.get(host);
      if (parents !== undefined) void this.#survey(host, [...parents], this.#signal);
    }
  }

  /** Looks at a host before its turn; what was seen counts until then. */
  refresh(host: string): void {
    const parents = this.#hosts().get(host);
    if (parents !== undefined) void this.#survey(host, [...parents], this.#signal);
  }

  /** Looks at hosts of which some parent dataset was not asked for yet: a class is new. */
  lookAtNew(): void {
    const { facts } = this.#parts;
    const isNew = ([host, parents]: readonly [string, ReadonlySet<string>]): boolean =>
      facts.isSettled(host) && [...parents].some((parent) => !facts.hasAsked(host, parent));
    for (const [host, parents] of this.#hosts()) {
      if (isNew([host, parents])) void this.#survey(host, [...parents], this.#signal);
    }
  }

  #hosts(): ReadonlyMap<string, ReadonlySet<string>> {
    const { classes, instance, inventory } = this.#parts;
    return hostsOf(classes, instance, inventory);
  }

  async #survey(host: string, parents: readonly string[], signal: AbortSignal): Promise<void> {
    const key = `${host} ${parents.join(' ')}`;
    if (this.#underWay.has(key)) return;
    this.#underWay.add(key);
    await this.#look(host, parents, signal);
    this.#underWay.delete(key);
  }

  async #look(host: string, parents: readonly string[], signal: AbortSignal): Promise<void> {
    const { provisioner, observe, log, clock, facts } = this.#parts;
    // A volume that is deleted during the survey stands for a dataset that was destroyed during the survey.
    const volumesBefore = new Map<string, Volume>();
    for (const each of this.#parts.volumes.list()) volumesBefore.set(each.metadata.name, each);
    const startedAtMs = clock.monotonicMs();
    try {
      const usage = await provisioner.survey(host, parents, signal);
      facts.surveyed(host, usage, startedAtMs);
      observe.surveyed(host, usage);
      const comparison = this.#compare(host, usage, volumesBefore);
      observe.compared(host, comparison, signal);
      observe.orphans(host, await this.#settleOrphans(host, comparison.orphans, signal));
    } catch (error) {
      if (signal.aborted) return;
      facts.unreachable(host);
      observe.unreachable(host);
      log.warn({ host, err: error }, 'host not surveyed');
    }
  }

  #compare(host: string, usage: HostUsage, volumesBefore: ReadonlyMap<string, Volume>): Comparison {
    const { instance, clusterId, allowedParents, clock, graceMs, volumes, claims } = this.#parts;
    return compare(host, usage, {
      ...{ instance, clusterId, allowedParents, nowMs: clock.nowMs(), graceMs },
      ...{ volumesBefore, volumes: volumes.list() },
      isKnown: (dataset) => volumesBefore.has(dataset.volumeName) || this.#isKnown(dataset),
      claimOf: (key) => claims.get(key),
    });
  }

  /**
   * Only what was there at the start is removed: later a person may have put it there.
   * @returns how many are left
   */
  async #settleOrphans(
    host: string,
    orphans: readonly Orphan[],
    signal: AbortSignal,
  ): Promise<number> {
    const atStart = this.#atStart.get(host) ?? new Set(orphans.map(({ dataset }) => dataset));
    this.#atStart.set(host, atStart);
    let left = 0;
    for (const orphan of orphans) {
      const kept = atStart.has(orphan.dataset) ? orphan.kept : 'it appeared after the start';
      if (kept !== undefined) this.#report(orphan, kept);
      else if (await this.#remove(orphan, atStart, signal)) continue;
      left++;
    }
    return left;
  }

  /** @returns whether nothing is left of it */
  async #remove(orphan: Orphan, atStart: Set<string>, signal: AbortSignal): Promise<boolean> {
    const { host, dataset, volumeName } = orphan;
    const { kube, provisioner, log } = this.#parts;
    const fields = { host, dataset, volume: volumeName };
    try {
      if ((await kube.getVolume(volumeName, signal)) !== undefined) return true;
      const outcome = await provisioner.removeEmpty(orphan, signal);
      log.info({ ...fields, outcome }, 'orphaned dataset removed');
    } catch (error) {
      if (signal.aborted) return false;
      log.warn({ ...fields, err: error }, 'orphaned dataset kept');
      this.#reported.add(`${host}:${dataset}`);
      // What is busy, or cannot be asked now, is tried again by the next survey.
      if (failureOf(error).retry !== 'backoff') atStart.delete(dataset);
      return false;
    }
    atStart.delete(dataset);
    return true;
  }

  #report({ host, dataset, volumeName, usedBytes }: Orphan, reason: string): void {
    const key = `${host}:${dataset}`;
    if (this.#reported.has(key)) return;
    this.#reported.add(key);
    const fields = { host, dataset, volume: volumeName, usedBytes: usedBytes.toString(), reason };
    this.#parts.log.warn(fields, 'orphaned dataset found');
  }

  #isKnown(dataset: NamedDataset): boolean {
    const { claims, volumes } = this.#parts;
    if (volumes.get(dataset.volumeName) !== undefined) return true;
    const claim = claims.get(`${dataset.claimNamespace ?? ''}/${dataset.claimName ?? ''}`);
    return claim !== undefined && volumeNameFor(claim.metadata.uid) === dataset.volumeName;
  }
}
