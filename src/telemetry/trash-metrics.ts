import type { Registry } from 'prom-client';

import { counter, gauge } from './instruments.ts';

export interface TrashSample {
  readonly usedBytes: bigint;
  readonly expiresAtMs: number | undefined;
}

export interface TrashMetrics {
  /** Replaces what was known of the host. */
  readonly trashSeen: (host: string, trash: readonly TrashSample[], expired: number) => void;
  /** A host that cannot be read has no numbers rather than old ones. */
  readonly trashUnseen: (host: string) => void;
  readonly trashSwept: (host: string) => void;
}

/** What was deleted and can still be had back. */
export function trashMetrics(registry: Registry): TrashMetrics {
  const prefix = 'zfs_provisioner_trash';
  const labels = ['host'] as const;
  const datasets = gauge(registry, `${prefix}_datasets`, labels, 'Datasets of ours in the trash.');
  const bytes = gauge(
    registry,
    `${prefix}_bytes`,
    labels,
    'Bytes that the trash uses, snapshots included.',
  );
  const expired = gauge(
    registry,
    `${prefix}_expired_datasets`,
    labels,
    'Those of them whose time is over: more than a few for long means that something keeps them.',
  );
  const oldest = gauge(
    registry,
    `${prefix}_next_expiry_timestamp_seconds`,
    labels,
    'When the first of them expires, or expired; none: no sample.',
  );
  const swept = counter(
    registry,
    `${prefix}_swept_total`,
    labels,
    'Datasets destroyed since their time in the trash was over.',
  );
  return {
    trashSeen: (host, trash, expiredDatasets) => {
      datasets.set({ host }, trash.length);
      bytes.set({ host }, Number(trash.reduce((sum, { usedBytes }) => sum + usedBytes, 0n)));
      expired.set({ host }, expiredDatasets);
      const times = trash.flatMap(({ expiresAtMs }) => expiresAtMs ?? []);
      if (times.length === 0) oldest.remove({ host });
      else oldest.set({ host }, Math.min(...times) / 1000);
    },
    trashUnseen: (host) => {
      for (const one of [datasets, bytes, expired, oldest]) one.remove({ host });
    },
    trashSwept: (host) => {
      swept.inc({ host });
    },
  };
}
