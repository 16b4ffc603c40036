import { poolOf } from '../volume/dataset-name.ts';
import { isDeadPool } from '../volume/pool-health.ts';
import { PoolUnavailableError } from './dataset-errors.ts';
import type { DatasetLocation } from './dataset-identity.ts';

/** A pool as the last look at its host saw it. */
interface PoolSight {
  /** ONLINE, DEGRADED, SUSPENDED, ... (zpoolconcepts(7)); undefined: the host does not tell. */
  readonly health: string | undefined;
  /** How long ago that was. */
  readonly ageMs: number;
}

interface Parts {
  /** Of the pool of a dataset; undefined: nothing is known. */
  readonly sightOf: (host: string, dataset: string) => PoolSight | undefined;
  /** Looks at a host anew, in the background: what was seen keeps a verb from being sent. */
  readonly look: (host: string) => void;
}

/** What was seen longer ago decides nothing: zfs is asked, and tells. */
const maxAgeMs = 120_000;
/** Nobody need look again so soon. */
const freshMs = 5_000;

/** Keeps verbs from pools that take no writes, so that none hangs there. */
export class PoolGate {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** @throws PoolUnavailableError where the last look at the host saw a pool that takes no writes */
  require(location: DatasetLocation): void {
    const { sightOf, look } = this.#parts;
    const { host, dataset } = location;
    const sight = sightOf(host, dataset);
    if (sight?.health === undefined || !isDeadPool(sight.health)) return;
    if (sight.ageMs > freshMs) look(host);
    if (sight.ageMs > maxAgeMs) return;
    const pool = poolOf(dataset);
    throw new PoolUnavailableError(
      location,
      `pool ${pool} on ${host} is ${sight.health}, as the last look at the host saw it: nothing was sent for ` +
        `dataset ${dataset}. Look at it with zpool status; once its devices are back, zpool clear ${pool}. This goes on ` +
        'by itself then',
    );
  }
}
