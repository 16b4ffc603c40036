import type { Store } from '../kube/store.ts';
import type { Logger } from '../log.ts';
import type { HostInventory } from '../provisioner/inventory/inventory.ts';
import type { HostUsage } from '../provisioner/provisioner.ts';
import type { StorageClass } from '../volume/objects.ts';
import type { ReasonedEvent } from './event-reasons.ts';
import { eventOf, reasonOfHealth } from './event-reasons.ts';
import type { EventSink } from './observer.ts';
import { classesOnHost } from './storage-hosts.ts';

interface Parts {
  readonly instance: string;
  readonly classes: Store<StorageClass>;
  readonly inventory: HostInventory;
  readonly events: EventSink;
  readonly log: Logger;
}

/** Tells by Events on the StorageClasses that use a host how it is: once for each change, not for each claim. */
export class HostNotices {
  readonly #parts: Parts;
  readonly #givenUp = new Set<string>();
  /** Health by host and pool, where it is not ONLINE. */
  readonly #unwell = new Map<string, string>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  givenUp(host: string, reason: string): void {
    if (this.#givenUp.has(host)) return;
    this.#givenUp.add(host);
    const message = `Storage host ${host} is given up for now: ${reason}. It is tried again by itself, at least once a minute`;
    this.#tell(host, eventOf('HostGivenUp', message));
  }

  answersAgain(host: string): void {
    if (!this.#givenUp.delete(host)) return;
    const message = `Storage host ${host} answers again`;
    this.#tell(host, eventOf('HostAnswers', message));
  }

  /** @returns whether a pool is well that was not */
  surveyed(host: string, { pools, unread = [] }: Pick<HostUsage, 'pools' | 'unread'>): boolean {
    let isBetter = false;
    for (const { pool, health } of [...pools, ...unread]) {
      if (health !== undefined && this.#isNews(host, pool, health)) {
        isBetter ||= health === 'ONLINE' || health === 'DEGRADED';
        this.#tellHealth(host, pool, health);
      }
    }
    return isBetter;
  }

  /** A pool that was never seen counts as one that was well. */
  #isNews(host: string, pool: string, health: string): boolean {
    const key = `${host} ${pool}`;
    const before = this.#unwell.get(key) ?? 'ONLINE';
    if (health === 'ONLINE') this.#unwell.delete(key);
    else this.#unwell.set(key, health);
    return before !== health;
  }

  #tellHealth(host: string, pool: string, health: string): void {
    const fields = { host, pool, health };
    if (health === 'ONLINE') {
      this.#parts.log.info(fields, 'pool is well again');
      const message = `Pool ${pool} on ${host} is ONLINE again`;
      this.#tell(host, eventOf('PoolOnline', message), pool);
      return;
    }
    this.#parts.log.warn(fields, 'pool is not well');
    const consequence =
      health === 'DEGRADED'
        ? 'volumes are made there all the same'
        : 'no volume is made, grown or deleted there until it is well';
    const message = `Pool ${pool} on ${host} is ${health}: ${consequence}. Look at it with zpool status`;
    this.#tell(host, eventOf(reasonOfHealth(health), message), pool);
  }

  #tell(host: string, notice: ReasonedEvent, pool?: string): void {
    const { classes, instance, inventory, events } = this.#parts;
    for (const { metadata } of classesOnHost({ classes, instance, inventory }, host, pool)) {
      const { name, uid } = metadata;
      const target = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', name, uid };
      events.record(target, notice);
    }
  }
}
