import { expect, it } from '@jest/globals';
import { Registry } from 'prom-client';

import { claimMetrics } from './claim-metrics.ts';

const linesOf = async (registry: Registry): Promise<readonly string[]> =>
  (await registry.metrics()).split('\n').filter((line) => line.startsWith('zfs_provisioner_'));

it('tells at each scrape how many claims wait, and how long the oldest has', async () => {
  const registry = new Registry();
  const metrics = claimMetrics(registry);
  let pending = [{ class: 'nfs', claims: 2, oldestMs: 90_500 }];
  metrics.readPendingFrom(() => pending);

  expect(await linesOf(registry)).toEqual([
    'zfs_provisioner_claims_pending{class="nfs"} 2',
    'zfs_provisioner_claims_pending_oldest_seconds{class="nfs"} 90.5',
  ]);
  pending = [];
  expect(await linesOf(registry)).toEqual([]);
});
