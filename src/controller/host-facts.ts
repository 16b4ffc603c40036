import type { Clock } from '../clock.ts';
import type { PlaceFacts } from '../provisioner/inventory/host-choice.ts';
import type { Place } from '../provisioner/inventory/places.ts';
import type { HostUsage, PoolUsage } from '../provisioner/provisioner.ts';
import { poolOf } from '../volume/dataset-name.ts';

/** A volume that was given to a place: it may not be there yet when the host is looked at. */
interface Given {
  readonly place: Place;
  readonly sizeBytes: bigint;
  /** When it was made; undefined while it is not. Monotonic. */
  madeAtMs: number | undefined;
}

interface Looked {
  readonly usage: HostUsage;
  /** By parent; counted once, since each claim that may go to several places asks. */
  readonly volumes: ReadonlyMap<string, number>;
  readonly startedAtMs: number;
}

/** How long a host that did not answer comes last: it may be back before the next survey. */
const doubtMs = 60_000;

/** A pool as the last survey of its host saw it. */
interface PoolSight {
  /** ONLINE, DEGRADED, SUSPENDED, ... (zpoolconcepts(7)); undefined: the host does not tell. */
  readonly health: string | undefined;
  /** How long ago that was. */
  readonly ageMs: number;
}

/** Why a host must not be asked now, by its breaker; undefined: it may be. */
export type BreakerView = (host: string) => { readonly isOpen: boolean } | undefined;

/** Whether something of ours hangs on the pool of a dataset. */
export type HungView = (host: string, dataset: string) => boolean;

/**
 * What is known of the storage hosts: what the last survey saw, less what was given away since. So a
 * hundred claims at once do not all go to the host that had most space a minute ago.
 */
export class HostFacts {
  readonly #looked = new Map<string, Looked>();
  /** Hosts that did not answer last, and when that was. Monotonic. */
  readonly #unseenAtMs = new Map<string, number>();
  readonly #given = new Map<string, Given>();
  readonly #clock: Clock;
  readonly #breakerOf: BreakerView;
  readonly #isHung: HungView;

  constructor(clock: Clock, breakerOf: BreakerView, isHung: HungView = () => false) {
    this.#clock = clock;
    this.#breakerOf = breakerOf;
    this.#isHung = isHung;
  }

  /** Undefined: nothing is known of it. */
  poolOf(host: string, dataset: string): PoolSight | undefined {
    const looked = this.#looked.get(host);
    if (looked === undefined) return undefined;
    const { pools, unread = [] } = looked.usage;
    const pool = [...unread, ...pools].find((each) => isIn(dataset, each.pool));
    if (pool === undefined) return undefined;
    return { health: pool.health, ageMs: this.#clock.monotonicMs() - looked.startedAtMs };
  }

  /** Whether the host was looked at, or could not be. */
  isSettled(host: string): boolean {
    return this.#looked.has(host) || this.#unseenAtMs.has(host);
  }

  hasAsked(host: string, parentDataset: string): boolean {
    return this.#looked.get(host)?.usage.asked.includes(parentDataset) ?? false;
  }

  surveyed(host: string, usage: HostUsage, startedAtMs: number): void {
    this.#unseenAtMs.delete(host);
    this.#looked.set(host, { usage, volumes: volumesBelow(usage), startedAtMs });
    for (const [uid, { place, madeAtMs }] of this.#given) {
      const isCounted = madeAtMs !== undefined && madeAtMs < startedAtMs;
      if (place.host === host && isCounted) this.#given.delete(uid);
    }
  }

  /** It did not answer: a survey, or whoever wanted to make a volume there. */
  unreachable(host: string): void {
    this.#unseenAtMs.set(host, this.#clock.monotonicMs());
  }

  /** Described otherwise now: what was seen may have been another machine. */
  forget(host: string): void {
    this.#looked.delete(host);
    this.#unseenAtMs.delete(host);
  }

  /** @param uid of the claim that the volume is for */
  give(uid: string, place: Place, sizeBytes: bigint): void {
    this.#given.set(uid, { place, sizeBytes, madeAtMs: undefined });
  }

  made(uid: string): void {
    const given = this.#given.get(uid);
    if (given !== undefined) given.madeAtMs ??= this.#clock.monotonicMs();
  }

  takeBack(uid: string): void {
    this.#given.delete(uid);
  }

  of(place: Place): PlaceFacts {
    const { host } = place;
    const breaker = this.#breakerOf(host);
    const isDown = this.#reasonAgainst(place, breaker?.isOpen === true);
    const unseenAtMs = this.#unseenAtMs.get(host) ?? -Infinity;
    const isUnseen = this.#clock.monotonicMs() - unseenAtMs < doubtMs;
    const isProbed = breaker !== undefined && !breaker.isOpen;
    const isDoubtful = isUnseen || isProbed ? 'it did not answer when it was looked at' : undefined;
    return { isDown, isDoubtful, parent: this.#parentFacts(place) };
  }

  #reasonAgainst({ host, parentDataset }: Place, isGivenUp: boolean): string | undefined {
    if (isGivenUp) return 'it does not answer, and is given up for now';
    if (this.#isHung(host, parentDataset)) return `a command hangs on the pool of ${parentDataset}`;
    const unread = this.#looked.get(host)?.usage.unread ?? [];
    const dead = unread.find(({ pool }) => isIn(parentDataset, pool));
    return dead && `the pool of ${parentDataset} is ${dead.health}`;
  }

  #parentFacts({ host, parentDataset }: Place): PlaceFacts['parent'] {
    const looked = this.#looked.get(host);
    if (looked === undefined) return undefined;
    const { usage, volumes } = looked;
    const poolName = poolOf(parentDataset);
    const pool = usage.pools.find((each) => each.pool === poolName);
    const parent = usage.parents.find(({ dataset }) => dataset === parentDataset);
    const isKnown = usage.asked.includes(parentDataset);
    if (!isKnown) return undefined;
    const given = [...this.#given.values()].filter(({ place }) => place.host === host);
    const inPool = given.filter(({ place }) => isIn(place.parentDataset, poolName));
    const sizes = inPool.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0n);
    const others = given.filter(({ place }) => place.parentDataset === parentDataset);
    return {
      exists: parent !== undefined,
      readOnly: parent?.readOnly ?? false,
      freeBytes: (parent?.availableBytes ?? 0n) - sizes,
      volumes: (volumes.get(parentDataset) ?? 0) + others.length,
      pool: { health: pool?.health, fullnessPercent: fullnessOf(pool) },
    };
  }
}

function volumesBelow({ asked, datasets }: HostUsage): ReadonlyMap<string, number> {
  const countBelow = (parent: string): number =>
    datasets.filter(({ dataset }) => dataset.startsWith(`${parent}/`)).length;
  return new Map(asked.map((parent) => [parent, countBelow(parent)]));
}

function isIn(dataset: string, pool: string): boolean {
  return dataset === pool || dataset.startsWith(`${pool}/`);
}

function fullnessOf(pool: PoolUsage | undefined): number {
  if (pool === undefined || pool.sizeBytes === 0n) return 0;
  return Number((pool.allocatedBytes * 100n) / pool.sizeBytes);
}
