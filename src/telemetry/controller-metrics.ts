import type { Registry } from 'prom-client';

import { guardMetrics, type GuardMetrics } from './guard-metrics.ts';
import { counter, gauge, histogram } from './instruments.ts';

export interface VolumeLabels {
  /** spec.storageClassName, or empty. */
  readonly class: string;
}

export interface ClaimLabels extends VolumeLabels {
  /** Kind of spec.dataSource, or empty. */
  readonly source: string;
}

export interface ControllerMetrics extends GuardMetrics {
  readonly provisionSucceeded: (labels: ClaimLabels, durationMs: number) => void;
  readonly provisionFailed: (labels: ClaimLabels) => void;
  readonly deleteSucceeded: (labels: VolumeLabels, durationMs: number) => void;
  readonly deleteFailed: (labels: VolumeLabels) => void;
  readonly growthSucceeded: (labels: VolumeLabels, durationMs: number) => void;
  readonly growthFailed: (labels: VolumeLabels) => void;
  /** `kind`: what was reconciled, such as `claim`. `code`: of the error. */
  readonly reconcileFailed: (labels: { readonly kind: string; readonly code: string }) => void;
  /** How many claims wait for each host at the moment; hosts left out have none. */
  readonly setClaimsWaiting: (claimsByHost: ReadonlyMap<string, number>) => void;
}

/**
 * The metrics named controller_... are those of sig-storage-lib-external-provisioner: names and labels
 * are a contract, so is that a duration is observed on success only.
 */
export function controllerMetrics(registry: Registry): ControllerMetrics {
  const provision = operation(registry, {
    name: 'controller_persistentvolumeclaim_provision',
    verb: 'Provisions',
    labelNames: ['class', 'source'],
  });
  const deletion = operation(registry, {
    name: 'controller_persistentvolume_delete',
    verb: 'Deletions',
    labelNames: ['class'],
  });
  const growth = operation(registry, {
    name: 'zfs_provisioner_volume_growth',
    verb: 'Growths of volumes',
    labelNames: ['class'],
  });
  const errors = counter(
    registry,
    'zfs_provisioner_reconcile_errors_total',
    ['kind', 'code'],
    'Reconciles that ended with an error, by its code.',
  );
  const waiting = gauge(
    registry,
    'zfs_provisioner_claims_waiting',
    ['host'],
    'Claims that wait for a host at the moment.',
  );
  return {
    ...guardMetrics(registry),
    provisionSucceeded: provision.succeeded,
    provisionFailed: provision.failed,
    deleteSucceeded: deletion.succeeded,
    deleteFailed: deletion.failed,
    growthSucceeded: growth.succeeded,
    growthFailed: growth.failed,
    reconcileFailed: ({ kind, code }) => {
      errors.inc({ kind, code });
    },
    setClaimsWaiting: (claimsByHost) => {
      waiting.reset();
      for (const [host, claims] of claimsByHost) waiting.set({ host }, claims);
    },
  };
}

interface Operation {
  readonly succeeded: (labels: VolumeLabels, durationMs: number) => void;
  readonly failed: (labels: VolumeLabels) => void;
}

interface OperationMetrics {
  readonly name: string;
  /** In the plural, for the help texts. */
  readonly verb: string;
  readonly labelNames: readonly string[];
}

function operation(registry: Registry, { name, verb, labelNames }: OperationMetrics): Operation {
  const total = counter(registry, `${name}_total`, labelNames, `${verb} that succeeded.`);
  const failures = counter(registry, `${name}_failed_total`, labelNames, `${verb} that failed.`);
  const durations = histogram(
    registry,
    `${name}_duration_seconds`,
    labelNames,
    `How long ${verb.toLowerCase()} took that succeeded.`,
  );
  return {
    succeeded: (labels, durationMs) => {
      total.inc({ ...labels });
      durations.observe({ ...labels }, durationMs / 1000);
    },
    failed: (labels) => {
      failures.inc({ ...labels });
    },
  };
}
