import { describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';

import { trashMetrics } from './trash-metrics.ts';

/** The samples of the trash, without comments. */
async function samples(registry: Registry): Promise<readonly string[]> {
  const text = await registry.metrics();
  return text
    .split('\n')
    .filter((line) => line.startsWith('zfs_provisioner_trash'))
    .map((line) => line.replace('zfs_provisioner_trash_', ''));
}

describe('metrics of the trash', () => {
  it('tell of each host what is in it, and when the first of it expires', async () => {
    const registry = new Registry();
    const metrics = trashMetrics(registry);

    metrics.trashSeen(
      'nas-1',
      [
        { usedBytes: 1000n, expiresAtMs: 5_000_000 },
        { usedBytes: 24n, expiresAtMs: 3_000_000 },
        { usedBytes: 0n, expiresAtMs: undefined },
      ],
      2,
    );
    metrics.trashSwept('nas-1');

    expect(await samples(registry)).toEqual([
      'datasets{host="nas-1"} 3',
      'bytes{host="nas-1"} 1024',
      'expired_datasets{host="nas-1"} 2',
      'next_expiry_timestamp_seconds{host="nas-1"} 3000',
      'swept_total{host="nas-1"} 1',
    ]);
  });

  it('have no next expiry where nothing expires, and no numbers of a host that is not seen', async () => {
    const registry = new Registry();
    const metrics = trashMetrics(registry);
    metrics.trashSeen('nas-1', [{ usedBytes: 1n, expiresAtMs: 1000 }], 0);
    metrics.trashSeen('nas-1', [], 0);

    expect(await samples(registry)).toEqual([
      'datasets{host="nas-1"} 0',
      'bytes{host="nas-1"} 0',
      'expired_datasets{host="nas-1"} 0',
    ]);
    metrics.trashUnseen('nas-1');
    expect(await samples(registry)).toEqual([]);
  });
});
