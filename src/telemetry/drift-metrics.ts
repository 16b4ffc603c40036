import type { Gauge, Registry } from 'prom-client';

import { counter, gauge } from './instruments.ts';

export interface DriftCounts {
  /** Volumes, by kind; every kind. */
  readonly drifted: ReadonlyMap<string, number>;
  readonly missing: number;
  readonly retained: number;
  readonly strangers: number;
}

interface RepairLabels {
  readonly host: string;
  readonly kind: string;
}

export interface DriftMetrics {
  /** Replaces what was known of the host. */
  readonly compared: (host: string, counts: DriftCounts) => void;
  /** A host that cannot be read has no numbers rather than old ones. */
  readonly forget: (host: string) => void;
  readonly repaired: (labels: RepairLabels) => void;
  readonly repairFailed: (labels: RepairLabels) => void;
}

const prefix = 'zfs_provisioner';

/** How volumes and datasets differ from each other. */
export function driftMetrics(registry: Registry): DriftMetrics {
  const repairs = counter(
    registry,
    `${prefix}_repairs_total`,
    ['host', 'kind', 'result'],
    'Automatic repairs of datasets; the result is repaired or failed.',
  );
  return {
    ...findingMetrics(registry),
    repaired: (labels) => {
      repairs.inc({ ...labels, result: 'repaired' });
    },
    repairFailed: (labels) => {
      repairs.inc({ ...labels, result: 'failed' });
    },
  };
}

function findingMetrics(registry: Registry): Pick<DriftMetrics, 'compared' | 'forget'> {
  const ofHost = (name: string, help: string): Gauge<'host'> =>
    gauge(registry, `${prefix}_${name}`, ['host'], help);
  const drifted = gauge(
    registry,
    `${prefix}_volumes_drifted`,
    ['host', 'kind'],
    'Volumes whose dataset is not as promised, by what is otherwise.',
  );
  const missing = ofHost('datasets_missing', 'Volumes whose dataset is not there.');
  const retained = ofHost(
    'datasets_retained',
    'Datasets without volume that are to stay (onDelete: retain).',
  );
  const strangers = ofHost(
    'strangers',
    'Datasets below the parents that are of no provisioner; a tree counts once.',
  );
  const kinds = new Set<string>();
  return {
    compared: (host, counts) => {
      for (const [kind, volumes] of counts.drifted) {
        kinds.add(kind);
        drifted.set({ host, kind }, volumes);
      }
      missing.set({ host }, counts.missing);
      retained.set({ host }, counts.retained);
      strangers.set({ host }, counts.strangers);
    },
    forget: (host) => {
      for (const kind of kinds) drifted.remove({ host, kind });
      for (const one of [missing, retained, strangers]) one.remove({ host });
    },
  };
}
