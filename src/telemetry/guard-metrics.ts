import type { Registry } from 'prom-client';

import { counter, gauge } from './instruments.ts';

/** What the guard against mass deletes reports. */
export interface GuardMetrics {
  /** How many volumes wait for a person. */
  readonly destroysHeld: (volumes: number) => void;
  readonly guardTripped: () => void;
}

export function guardMetrics(registry: Registry): GuardMetrics {
  const held = gauge(
    registry,
    'zfs_provisioner_destroy_guard_held',
    [],
    'Volumes that wait for a person, because too many were to be destroyed at once.',
  );
  const trips = counter(
    registry,
    'zfs_provisioner_destroy_guard_trips_total',
    [],
    'How often more than ZFS_MAX_DESTROYS_PER_MINUTE were to be destroyed.',
  );
  return {
    destroysHeld: (volumes) => {
      held.set(volumes);
    },
    guardTripped: () => {
      trips.inc();
    },
  };
}
