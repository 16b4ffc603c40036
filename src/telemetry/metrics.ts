import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

import { controllerMetrics, type ControllerMetrics } from './controller-metrics.ts';
import { hostMetrics, type HostMetrics } from './host-metrics.ts';
import { kubeMetrics, type KubeMetrics } from './kube-metrics.ts';
import { usageMetrics, type UsageMetrics } from './usage-metrics.ts';
import { workQueueMetrics, type WorkQueueMetrics } from './work-queue-metrics.ts';

/** The metrics of every layer on one registry; each layer gets its own object. */
export interface Metrics {
  readonly registry: Registry;
  readonly controller: ControllerMetrics;
  readonly workQueue: WorkQueueMetrics;
  readonly host: HostMetrics;
  readonly kube: KubeMetrics;
  readonly usage: UsageMetrics;
}

export interface MetricsParts {
  readonly version: string;
  /** Only volumes of this instance have metrics of their own, */
  readonly instance: string;
  /** and at most so many. */
  readonly maxVolumes: number;
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
  return {
    registry,
    controller: controllerMetrics(registry),
    workQueue: workQueueMetrics(registry),
    host: hostMetrics(registry),
    kube: kubeMetrics(registry),
    usage: usageMetrics(registry, parts),
  };
}
