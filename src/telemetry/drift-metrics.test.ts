import { expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { driftMetrics } from './drift-metrics.ts';

async function samplesOf(registry: Registry): Promise<readonly string[]> {
  const lines = (await registry.metrics()).split('\n');
  return lines.filter((line) => line.startsWith('zfs_provisioner_'));
}

it('tells of each host what was found last, of every kind', async () => {
  const registry = new Registry();
  const metrics = driftMetrics(registry);
  const drifted = new Map([
    ['quota', 2],
    ['share', 0],
  ]);

  metrics.compared('nas-1', {
    drifted: new Map([['quota', 9]]),
    missing: 9,
    retained: 9,
    strangers: 9,
  });
  metrics.compared('nas-1', { drifted, missing: 1, retained: 3, strangers: 4 });

  expect(await samplesOf(registry)).toEqual([
    'zfs_provisioner_volumes_drifted{host="nas-1",kind="quota"} 2',
    'zfs_provisioner_volumes_drifted{host="nas-1",kind="share"} 0',
    'zfs_provisioner_datasets_missing{host="nas-1"} 1',
    'zfs_provisioner_datasets_retained{host="nas-1"} 3',
    'zfs_provisioner_strangers{host="nas-1"} 4',
  ]);
});

it('has no old numbers of a host that cannot be read', async () => {
  const registry = new Registry();
  const metrics = driftMetrics(registry);
  metrics.compared('nas-1', {
    drifted: new Map([['quota', 2]]),
    missing: 1,
    retained: 1,
    strangers: 1,
  });

  metrics.forget('nas-1');

  expect(await samplesOf(registry)).toEqual([]);
});

it('counts repairs by how they ended', async () => {
  const registry = new Registry();
  const metrics = driftMetrics(registry);

  metrics.repaired({ host: 'nas-1', kind: 'share' });
  metrics.repairFailed({ host: 'nas-1', kind: 'share' });
  metrics.repairFailed({ host: 'nas-1', kind: 'share' });

  const name = 'zfs_provisioner_repairs_total';
  expect((await samplesOf(registry)).toSorted()).toEqual([
    `${name}{host="nas-1",kind="share",result="failed"} 2`,
    `${name}{host="nas-1",kind="share",result="repaired"} 1`,
  ]);
});
