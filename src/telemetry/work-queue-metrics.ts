import type { Registry } from 'prom-client';

import { counter, gauge, histogram } from './instruments.ts';

/** What one queue reports. */
export interface QueueObserver {
  /** A key was added that was not waiting already. */
  readonly added: () => void;
  /** How many keys wait now. */
  readonly setDepth: (keys: number) => void;
  /** A worker took a key that had waited this long. */
  readonly started: (queuedMs: number) => void;
  readonly finished: (workedMs: number) => void;
  /** A key will be added again after a failure. */
  readonly retried: () => void;
}

export interface WorkQueueMetrics {
  /** @param name constant name of the queue, such as `claims` */
  readonly queue: (name: string) => QueueObserver;
}

/** The names that client-go gives its work queues, so that existing dashboards work. */
export function workQueueMetrics(registry: Registry): WorkQueueMetrics {
  const label = ['name'] as const;
  const adds = counter(registry, 'workqueue_adds_total', label, 'Keys added to the queue.');
  const retries = counter(
    registry,
    'workqueue_retries_total',
    label,
    'Keys to be added again after a failure.',
  );
  const depth = gauge(registry, 'workqueue_depth', label, 'Keys that wait in the queue.');
  const queued = histogram(
    registry,
    'workqueue_queue_duration_seconds',
    label,
    'How long keys waited in the queue.',
  );
  const worked = histogram(
    registry,
    'workqueue_work_duration_seconds',
    label,
    'How long the work on a key took.',
  );
  return {
    queue(name) {
      adds.labels(name).inc(0);
      retries.labels(name).inc(0);
      depth.labels(name).set(0);
      queued.zero({ name });
      worked.zero({ name });
      return {
        added: () => {
          adds.labels(name).inc();
        },
        setDepth: (keys) => {
          depth.labels(name).set(keys);
        },
        started: (queuedMs) => {
          queued.labels(name).observe(queuedMs / 1000);
        },
        finished: (workedMs) => {
          worked.labels(name).observe(workedMs / 1000);
        },
        retried: () => {
          retries.labels(name).inc();
        },
      };
    },
  };
}
