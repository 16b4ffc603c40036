import type { z } from 'zod';

import { repairableKinds } from '../volume/drift-kinds.ts';
import { optional, setting } from './documented.ts';
import { duration, someOf, trueOrFalse, wholeNumber } from './kinds.ts';

const seconds = (n: number): number => n * 1000;

/** How the work is done: how much at once, how often, how patiently. */
export const workVariables = {
  ZFS_WORKERS: setting(wholeNumber(1, 64), {
    default: '8',
    example: '4',
    description: 'Claims and volumes worked on at once, per host.',
  }),
  ZFS_WAITING_NOTICE: setting(duration({ minMs: seconds(1) }), {
    default: '30s',
    example: '10s',
    description: 'A claim that waits for its host is told so by an event within this time.',
  }),
  ZFS_ORPHAN_GRACE: setting(duration({ minMs: seconds(1) }), {
    default: '10m',
    example: '1h',
    description: 'Age below which a dataset without claim and volume is left alone.',
  }),
  ZFS_MAX_DESTROYS_PER_MINUTE: setting(wholeNumber(0, 100_000), {
    default: '100',
    example: '10',
    description:
      'Datasets destroyed within a minute beyond which every further one waits for a person (docs/safety.md). 0: no limit.',
  }),
  ZFS_TRASH_SWEEP_INTERVAL: setting(duration({ minMs: seconds(1), zero: 'never' }), {
    default: '60s',
    example: '10m',
    description:
      'How long to wait on each host between two datasets that have expired in the trash and are destroyed (docs/trash.md).',
  }),
  ZFS_AUTO_REPAIR: optional(someOf(repairableKinds), {
    unset: 'nothing is repaired by itself',
    example: 'unmounted,share',
    description:
      'What is repaired by itself when a dataset is not as its volume was promised (docs/drift.md).',
  }),
  ZFS_DELAY_CAPACITY: setting(trueOrFalse(), {
    default: 'false',
    example: 'true',
    description: "Grown claims: raise the volume's capacity only once no pod uses the claim.",
  }),
  ZFS_SHUTDOWN_GRACE: setting(duration({ minMs: 1, zero: 'not at all' }), {
    default: '10s',
    example: '25s',
    description: 'How long running work may end after SIGTERM.',
  }),
  ZFS_USAGE_INTERVAL: setting(duration({ minMs: seconds(1), zero: 'only at the start' }), {
    default: '60s',
    example: '5m',
    description: 'How often the sizes of pools and volumes are read, with one command per host.',
  }),
  ZFS_USAGE_MAX_VOLUMES: setting(wholeNumber(0, 100_000), {
    default: '1000',
    example: '200',
    description: 'Volumes that have metrics of their own; the oldest come first.',
  }),
  ZFS_METRICS_CLAIM_LABELS: setting(trueOrFalse(), {
    default: 'false',
    example: 'true',
    description:
      'Whether metrics of volumes name the claim and its namespace, to everybody who may read metrics. Without them, `volume` is the name of the PersistentVolume.',
  }),
};

type WorkVariables = z.output<z.ZodObject<typeof workVariables>>;

export interface UsageSettings {
  /** 0: off. */
  readonly intervalMs: number;
  readonly maxVolumes: number;
  /** Metrics name claims and namespaces. */
  readonly claimLabels: boolean;
}

export function usageFrom(v: WorkVariables): UsageSettings {
  return {
    intervalMs: v.ZFS_USAGE_INTERVAL,
    maxVolumes: v.ZFS_USAGE_MAX_VOLUMES,
    claimLabels: v.ZFS_METRICS_CLAIM_LABELS,
  };
}
