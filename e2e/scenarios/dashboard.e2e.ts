import { beforeAll, describe, expect, it } from '@jest/globals';
import { alertsOf, rulesFor } from '../../charts/zfs-provisioner/test/alerts.ts';
import {
  graphsOf,
  readDashboard,
  substituted,
} from '../../charts/zfs-provisioner/test/dashboard.ts';
import { eventually } from '../bench/eventually.ts';
import { askFor, growTo } from '../growth.ts';
import { Prometheus, scrapeJob } from '../prometheus.ts';
import type { Series } from '../prometheus.ts';
import { useStage } from '../stage.ts';

const stage = useStage({
  hosts: ['storage-1', 'storage-2'],
  nodes: ['storage-1'],
  classes: [{ name: 'nfs' }, { name: 'broken', parentDataset: 'nowhere/kubernetes' }],
  env: { ZFS_USAGE_INTERVAL: '1s', ZFS_METRICS_CLAIM_LABELS: 'true' },
});

const groups = rulesFor({ enabled: true });
const dashboard = readDashboard();
const queries = graphsOf(dashboard).flatMap(({ title, targets }) =>
  targets.map(({ refId, expr }) => ({ panel: `${title} ${refId}`, expr })),
);

let prometheus: Prometheus;

/** As Grafana sends it, with all chosen; the time shown is longer than the test takes. */
function ask(expr: string): Promise<readonly Series[]> {
  const all = { job: '.+', instance: '.+', host: '.+' };
  return prometheus.query(substituted(expr, { ...all, __rate_interval: '2m', __range: '5m' }));
}

async function untilSeen(query: string, isSeen: (value: number) => boolean): Promise<void> {
  await eventually(
    query,
    async () => (await prometheus.query(query)).some(({ value }) => isSeen(value)),
    {
      timeoutMs: 30_000,
      intervalMs: 100,
    },
  );
}

/** A counter is first seen with what it has by then: what comes later is the rate. */
async function inTwoSteps(counter: string, step: (n: 1 | 2) => Promise<unknown>): Promise<void> {
  await step(1);
  await untilSeen(`max(${counter})`, (value) => value >= 1);
  await step(2);
  await untilSeen(`max(${counter})`, (value) => value >= 2);
}

async function deleteClaim(name: string): Promise<void> {
  const volumeName = await stage().volumeNameFor(name);
  await stage().deleteClaim(name);
  await stage().untilVolumeGone(volumeName);
}

beforeAll(async () => {
  const { name: hostname, parentDataset } = stage().bench.host('storage-2');
  const parameters = { hostname, parentDataset };
  await stage().createClass('second', { parameters, allowVolumeExpansion: true });
  const targets = [`127.0.0.1:${stage().provisioner.metricsPort}`];
  prometheus = await Prometheus.start(stage().bench, { targets, groups });

  await stage().provision({ name: 'kept', className: 'nfs' });
  await stage().createClaim({ name: 'failing', className: 'broken' });
  for (const name of ['going', 'growing']) await stage().provision({ name, className: 'second' });
  await inTwoSteps('controller_persistentvolumeclaim_provision_total{class="nfs"}', (n) =>
    stage().provision({ name: `deleted-${n}`, className: 'nfs' }),
  );
  await inTwoSteps('controller_persistentvolume_delete_total', (n) => deleteClaim(`deleted-${n}`));
  await growTo(stage(), 'kept', '96Mi');

  await stage().bench.host('storage-2').ssh.stop();
  await stage().deleteClaim('going');
  await askFor(stage(), 'growing', '96Mi');
  await untilSeen('max(controller_persistentvolume_delete_failed_total)', (value) => value >= 1);
  await untilSeen('max(zfs_provisioner_volume_growth_failed_total)', (value) => value >= 1);
  await untilSeen('max(zfs_provisioner_ssh_breaker_state)', (value) => value === 2);
}, 120_000);

describe('each query of the dashboard', () => {
  it.each(queries)('returns data: $panel', async ({ expr }) => {
    const isData = (series: readonly Series[]): boolean =>
      series.some(({ value }) => Number.isFinite(value));

    await eventually(expr, () => ask(expr), { until: isData, intervalMs: 250 });
  });

  it.each(dashboard.templating.list.flatMap((each) => (each.type === 'query' ? [each] : [])))(
    'of the variable $name offers something to choose',
    async ({ name, definition }) => {
      const [, selector = '', label = ''] = /^label_values\((.*), (\w+)\)$/.exec(definition) ?? [];
      const chosen = {
        job: [scrapeJob],
        instance: [`127.0.0.1:${stage().provisioner.metricsPort}`],
        host: ['storage-1', 'storage-2'],
      };

      const values = await prometheus.labelValues(label, substituted(selector, { job: '.+' }));
      expect(values).toEqual(chosen[name as keyof typeof chosen]);
    },
  );
});

describe('the dashboard', () => {
  const series = (panel: string): Promise<readonly Series[]> =>
    ask(queries.find((query) => query.panel === panel)?.expr ?? '');

  it('tells a host that is down from one that is not', async () => {
    const found = await series('Hosts and breakers A');
    const stateOf = (host: string): number | undefined =>
      found.find(({ labels }) => labels['host'] === host)?.value;

    expect(stateOf('storage-1')).toBe(0);
    expect(stateOf('storage-2')).toBeGreaterThan(0);
  });

  it('tells why claims fail, and how many wait', async () => {
    const errors = await series('Errors by code A');

    expect(errors.map(({ labels }) => labels['code'])).toEqual(
      expect.arrayContaining(['PARENT_UNUSABLE', 'HOST_UNREACHABLE']),
    );
    expect((await series('Claims without volume A'))[0]?.value).toBe(1);
  });

  it('does not take a thick volume for full, since its space is reserved', async () => {
    const ratios = await series('Fullest volumes A');
    const kept = ratios.find(({ labels }) => labels['claim'] === 'kept');

    expect(kept?.value).toBeGreaterThan(0);
    expect(kept?.value).toBeLessThan(0.5);
  });
});

describe('each alert', () => {
  it('is loaded and computed without an error', async () => {
    const names = alertsOf(groups).map(({ alert }) => alert);

    await eventually('every rule was computed', () => prometheus.rules(), {
      until: (rules) =>
        rules.length === names.length && rules.every(({ health }) => health === 'ok'),
    });
    const loaded = (await prometheus.rules()).map(({ name }) => name);
    expect(loaded.toSorted()).toEqual(names.toSorted());
  });

  it('sees the host that is down', async () => {
    const pending = await eventually('the alert is pending', async () => {
      const rules = await prometheus.rules();
      return rules.find(({ name }) => name === 'ZfsHostUnreachable')?.alerts[0];
    });

    expect(pending).toMatchObject({
      labels: { host: 'storage-2', job: scrapeJob },
      state: 'pending',
    });
  });
});
