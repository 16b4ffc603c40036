import { Gauge, type Registry } from 'prom-client';

import { gauge } from './instruments.ts';

/** A pool as a survey of its host saw it. */
export interface PoolHealthSample {
  readonly pool: string;
  /** Undefined: the host does not tell. */
  readonly health: string | undefined;
}

export interface HungPoolSample {
  readonly host: string;
  readonly pool: string;
  readonly scripts: number;
}

export interface PoolMetrics {
  /** Replaces what was known of the host's pools. */
  readonly recordHealth: (host: string, pools: readonly PoolHealthSample[]) => void;
  /** Of a host that cannot be read nothing is known. */
  readonly forget: (host: string) => void;
  /** Where hung commands are read at each scrape. */
  readonly readHungFrom: (source: () => Iterable<HungPoolSample>) => void;
}

export function poolMetrics(registry: Registry): PoolMetrics {
  const health = gauge(
    registry,
    'zfs_provisioner_pool_health',
    ['host', 'pool', 'health'],
    'Always 1; the label says how the pool is: ONLINE, DEGRADED, SUSPENDED and so on, as zpool tells it.',
  );
  const known = new Map<string, readonly PoolHealthSample[]>();
  const refresh = (): void => {
    health.reset();
    for (const [host, pools] of known) {
      for (const { pool, health: state } of pools) {
        if (state !== undefined) health.set({ host, pool, health: state }, 1);
      }
    }
  };
  let hung: () => Iterable<HungPoolSample> = () => [];
  new Gauge({
    name: 'zfs_provisioner_commands_hung',
    help: 'Commands that went on after their deadline, by pool (* for surveys of a host); others for the pool wait.',
    labelNames: ['host', 'pool'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { host, pool, scripts } of hung()) this.set({ host, pool }, scripts);
    },
  });
  return {
    recordHealth: (host, pools) => {
      known.set(host, pools);
      refresh();
    },
    forget: (host) => {
      known.delete(host);
      refresh();
    },
    readHungFrom: (source) => {
      hung = source;
    },
  };
}
