import { Gauge, type Registry } from 'prom-client';

/** Claims of one class that are to get a volume and have none. */
export interface PendingSample {
  /** spec.storageClassName, or empty. */
  readonly class: string;
  readonly claims: number;
  /** How long the one has been waiting that waits longest. */
  readonly oldestMs: number;
}

export interface ClaimMetrics {
  /** Where claims are counted at each scrape. */
  readonly readPendingFrom: (source: () => Iterable<PendingSample>) => void;
}

/** What claims wait for, whoever leads and whatever keeps them: every replica tells the same. */
export function claimMetrics(registry: Registry): ClaimMetrics {
  let source: () => Iterable<PendingSample> = () => [];
  const gauges = [
    {
      name: 'zfs_provisioner_claims_pending',
      help: 'Claims that are to get a volume now and have none; those that wait for a pod first are left out.',
      valueOf: ({ claims }: PendingSample) => claims,
    },
    {
      name: 'zfs_provisioner_claims_pending_oldest_seconds',
      help: 'How long the one of them has been waiting that waits longest.',
      valueOf: ({ oldestMs }: PendingSample) => oldestMs / 1000,
    },
  ];
  for (const { name, help, valueOf } of gauges) {
    new Gauge({
      name,
      help,
      labelNames: ['class'],
      registers: [registry],
      collect() {
        this.reset();
        for (const sample of source()) this.set({ class: sample.class }, valueOf(sample));
      },
    });
  }
  return {
    readPendingFrom: (next) => {
      source = next;
    },
  };
}
