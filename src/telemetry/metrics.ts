import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

import { claimMetrics, type ClaimMetrics } from './claim-metrics.ts';
import { controllerMetrics, type ControllerMetrics } from './controller-metrics.ts';
import { driftMetrics, type DriftMetrics } from './drift-metrics.ts';
import { hostMetrics, type HostMetrics } from './host-metrics.ts';
import { kubeMetrics, type KubeMetrics } from './kube-metrics.ts';
import { trashMetrics, type TrashMetrics } from './trash-metrics.ts';
import { poolMetrics, type PoolMetrics } from './pool-metrics.ts';
import { usageMetrics, type UsageMetrics } from './usage-metrics.ts';
import { workQueueMetrics, type QueueObserver } from './work-queue-metrics.ts';

/** The metrics of every layer on one registry; each layer gets its own object. */
export interface Metrics {
  readonly registry: Registry;
  readonly claims: ClaimMetrics;
  readonly controller: ControllerMetrics;
  readonly host: HostMetrics;
  readonly kube: KubeMetrics;
  readonly usage: UsageMetrics;
  readonly pools: PoolMetrics;
  readonly trash: TrashMetrics;
  readonly drift: DriftMetrics;
  /** What one reconcile loop reports. */
  readonly loop: (kind: 'claim' | 'volume' | 'growth') => LoopMetrics;
}

export interface LoopMetrics extends QueueObserver {
  readonly failed: (code: string) => void;
  /** How many keys have been waiting too long, by host. */
  readonly waiting: (keysByHost: ReadonlyMap<string, number>) => void;
}

export interface MetricsParts {
  readonly version: string;
  /** Only volumes of this instance have metrics of their own, */
  readonly instance: string;
  /** and at most so many; */
  readonly maxVolumes: number;
  /** whose claims they name only if this is set: whoever reads metrics may not see every namespace. */
  readonly claimLabels?: boolean;
}

export function createMetrics(parts: MetricsParts): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'zfs_provisioner_build_info',
    help: 'Always 1; the version is a label.',
    labelNames: ['version'],
    registers: [registry],
  }).set({ version: parts.version }, 1);
  const controller = controllerMetrics(registry);
  const workQueue = workQueueMetrics(registry);
  return {
    registry,
    claims: claimMetrics(registry),
    controller,
    host: hostMetrics(registry),
    kube: kubeMetrics(registry),
    usage: usageMetrics(registry, parts),
    pools: poolMetrics(registry),
    trash: trashMetrics(registry),
    drift: driftMetrics(registry),
    loop: (kind) => ({
      ...workQueue.queue(`${kind}s`),
      failed: (code) => {
        controller.reconcileFailed({ kind, code });
      },
      waiting: (keysByHost) => {
        if (kind === 'claim') controller.setClaimsWaiting(keysByHost);
      },
    }),
  };
}
