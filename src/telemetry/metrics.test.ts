import { describe, expect, it } from '@jest/globals';

import { createMetrics, type Metrics } from './metrics.ts';
import type { DatasetSample } from './usage-metrics.ts';

/** The samples of a metric, in the text form that Prometheus reads. */
async function samplesOf(metrics: Metrics, name: string): Promise<string[]> {
  const text = await metrics.registry.getSingleMetricAsString(name);
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

function someMetrics(maxVolumes = 10): Metrics {
  return createMetrics({ version: '1.2.3', instance: 'zfs', maxVolumes, claimLabels: true });
}

function aDataset(
  leaf: string,
  createdAtMs: number,
  over: Partial<DatasetSample> = {},
): DatasetSample {
  return {
    dataset: `tank/${leaf}`,
    instance: 'zfs',
    volumeName: `pvc-${leaf}`,
    claimNamespace: 'web',
    claimName: leaf,
    createdAtMs,
    usedBytes: 1n,
    referencedBytes: 1n,
    usedBySnapshotsBytes: 0n,
    refquotaBytes: 2n,
    condition: { quotaBytes: 0n },
    ...over,
  };
}

describe('the metrics', () => {
  it('tell the version, and those of the process', async () => {
    const metrics = someMetrics();

    expect(await samplesOf(metrics, 'zfs_provisioner_build_info')).toEqual([
      'zfs_provisioner_build_info{version="1.2.3"} 1',
    ]);
    expect(await metrics.registry.metrics()).toContain('process_resident_memory_bytes ');
  });

  it('live on a registry of their own, so that two sets do not clash', () => {
    expect(() => [someMetrics(), someMetrics()]).not.toThrow();
  });

  it('have names with the prefix, the controller and queue metrics apart', () => {
    const names = someMetrics()
      .registry.getMetricsAsArray()
      .map(({ name }) => name)
      .filter((name) => !/^(process|nodejs)_/.test(name));

    expect(names.filter((name) => !name.startsWith('zfs_provisioner_')).sort()).toEqual([
      'controller_persistentvolume_delete_duration_seconds',
      'controller_persistentvolume_delete_failed_total',
      'controller_persistentvolume_delete_total',
      'controller_persistentvolumeclaim_provision_duration_seconds',
      'controller_persistentvolumeclaim_provision_failed_total',
      'controller_persistentvolumeclaim_provision_total',
      'workqueue_adds_total',
      'workqueue_depth',
      'workqueue_queue_duration_seconds',
      'workqueue_retries_total',
      'workqueue_work_duration_seconds',
    ]);
  });
});

describe('controller metrics', () => {
  it('count provisions and deletions by class, as the library does', async () => {
    const metrics = someMetrics();
    const { controller } = metrics;

    controller.provisionSucceeded({ class: 'fast', source: '' }, 1500);
    controller.provisionFailed({ class: 'fast', source: 'VolumeSnapshot' });
    controller.deleteSucceeded({ class: 'fast' }, 15_000);
    controller.deleteFailed({ class: '' });

    const text = await metrics.registry.metrics();
    expect(text.split('\n').filter((line) => /^controller_.*(_total|_sum)\b/.test(line))).toEqual([
      'controller_persistentvolumeclaim_provision_total{class="fast",source=""} 1',
      'controller_persistentvolumeclaim_provision_failed_total{class="fast",source="VolumeSnapshot"} 1',
      'controller_persistentvolumeclaim_provision_duration_seconds_sum{class="fast",source=""} 1.5',
      'controller_persistentvolume_delete_total{class="fast"} 1',
      'controller_persistentvolume_delete_failed_total{class=""} 1',
      'controller_persistentvolume_delete_duration_seconds_sum{class="fast"} 15',
    ]);
    expect(text).toContain('le="20",class="fast"} 1');
  });

  it('count growths of volumes by class', async () => {
    const metrics = someMetrics();

    metrics.controller.growthSucceeded({ class: 'fast' }, 250);
    metrics.controller.growthFailed({ class: 'slow' });

    const text = await metrics.registry.metrics();
    const samples = text.split('\n').filter((line) => /^[^#].*growth.*(_total|_sum)\b/.test(line));
    expect(samples).toEqual([
      'zfs_provisioner_volume_growth_total{class="fast"} 1',
      'zfs_provisioner_volume_growth_failed_total{class="slow"} 1',
      'zfs_provisioner_volume_growth_duration_seconds_sum{class="fast"} 0.25',
    ]);
  });

  it('forget a host that no claim waits for any more', async () => {
    const metrics = someMetrics();

    metrics.controller.setClaimsWaiting(new Map([['a', 3]]));
    metrics.controller.setClaimsWaiting(new Map([['b', 1]]));

    expect(await samplesOf(metrics, 'zfs_provisioner_claims_waiting')).toEqual([
      'zfs_provisioner_claims_waiting{host="b"} 1',
    ]);
  });

  it('count errors by kind and code', async () => {
    const metrics = someMetrics();

    metrics.controller.reconcileFailed({ kind: 'claim', code: 'OUT_OF_SPACE' });

    expect(await samplesOf(metrics, 'zfs_provisioner_reconcile_errors_total')).toEqual([
      'zfs_provisioner_reconcile_errors_total{kind="claim",code="OUT_OF_SPACE"} 1',
    ]);
  });
});

describe('work queue metrics', () => {
  it('are there, as zero, before anything happens', async () => {
    const metrics = someMetrics();

    metrics.loop('claim');

    expect(await samplesOf(metrics, 'workqueue_adds_total')).toEqual([
      'workqueue_adds_total{name="claims"} 0',
    ]);
    expect(await samplesOf(metrics, 'workqueue_work_duration_seconds')).toContain(
      'workqueue_work_duration_seconds_count{name="claims"} 0',
    );
  });

  it('follow a key through the queue', async () => {
    const metrics = someMetrics();
    const queue = metrics.loop('claim');

    queue.added();
    queue.setDepth(1);
    queue.started(250);
    queue.setDepth(0);
    queue.finished(500);
    queue.retried();

    const text = await metrics.registry.metrics();
    for (const line of [
      'workqueue_adds_total{name="claims"} 1',
      'workqueue_depth{name="claims"} 0',
      'workqueue_queue_duration_seconds_sum{name="claims"} 0.25',
      'workqueue_work_duration_seconds_sum{name="claims"} 0.5',
      'workqueue_retries_total{name="claims"} 1',
    ]) {
      expect(text).toContain(`${line}\n`);
    }
  });
});

describe('host metrics', () => {
  it('count commands by verb and result', async () => {
    const metrics = someMetrics();

    metrics.host.execFinished({
      host: 'a',
      verb: 'create',
      result: 'unknown',
      durationMs: 2000,
      waitedMs: 500,
    });

    expect(await samplesOf(metrics, 'zfs_provisioner_ssh_execs_total')).toEqual([
      'zfs_provisioner_ssh_execs_total{host="a",verb="create",result="unknown"} 1',
    ]);
    expect(await samplesOf(metrics, 'zfs_provisioner_ssh_exec_duration_seconds')).toContain(
      'zfs_provisioner_ssh_exec_duration_seconds_sum{host="a",verb="create"} 2',
    );
  });

  it('count attempts to connect that failed, by their code', async () => {
    const metrics = someMetrics();

    metrics.host.dialFailed({ host: 'a', code: 'HOST_KEY' });

    expect(await samplesOf(metrics, 'zfs_provisioner_ssh_dial_failures_total')).toEqual([
      'zfs_provisioner_ssh_dial_failures_total{host="a",code="HOST_KEY"} 1',
    ]);
  });

  it('read the state at each scrape and drop hosts that are gone', async () => {
    const metrics = someMetrics();
    const hosts = new Map([
      ['a', { host: 'a', connected: true, breaker: 'half-open' as const, running: 2, queued: 3 }],
    ]);
    metrics.host.readStateFrom(() => hosts.values());

    expect(await samplesOf(metrics, 'zfs_provisioner_ssh_connected')).toEqual([
      'zfs_provisioner_ssh_connected{host="a"} 1',
    ]);
    expect(await samplesOf(metrics, 'zfs_provisioner_ssh_breaker_state')).toEqual([
      'zfs_provisioner_ssh_breaker_state{host="a"} 1',
    ]);
    expect(await samplesOf(metrics, 'zfs_provisioner_ssh_execs_queued')).toEqual([
      'zfs_provisioner_ssh_execs_queued{host="a"} 3',
    ]);
    expect(await samplesOf(metrics, 'zfs_provisioner_ssh_execs_running')).toEqual([
      'zfs_provisioner_ssh_execs_running{host="a"} 2',
    ]);
    hosts.clear();
    expect(await samplesOf(metrics, 'zfs_provisioner_ssh_connected')).toEqual([]);
  });
});

describe('kube metrics', () => {
  it('count requests, lists, watches, events and leadership', async () => {
    const metrics = someMetrics();
    const { kube } = metrics;

    kube.requestFinished({ verb: 'get', resource: 'leases', code: 'none', durationMs: 100 });
    for (const kind of ['listed', 'watching', 'received', 'failed']) {
      kube.reflectorActive('persistentvolumes', { kind });
    }
    kube.setLeader(true);
    kube.readTransitionsFrom('zfs', () => 4);
    kube.readTransitionsFrom('unseen', () => undefined);
    kube.eventSent();
    kube.eventDropped('muted');

    const text = await metrics.registry.metrics();
    expect(text).not.toContain('unseen');
    for (const line of [
      'zfs_provisioner_kube_requests_total{verb="get",resource="leases",code="none"} 1',
      'zfs_provisioner_kube_request_duration_seconds_sum{verb="get",resource="leases"} 0.1',
      'zfs_provisioner_reflector_lists_total{resource="persistentvolumes"} 1',
      'zfs_provisioner_reflector_watches_total{resource="persistentvolumes"} 1',
      'zfs_provisioner_reflector_errors_total{resource="persistentvolumes"} 1',
      'zfs_provisioner_leader 1',
      'zfs_provisioner_lease_transitions_total{lease="zfs"} 4',
      'zfs_provisioner_events_sent_total 1',
      'zfs_provisioner_events_dropped_total{reason="muted"} 1',
    ]) {
      expect(text).toContain(`${line}\n`);
    }
  });
});

describe('usage metrics', () => {
  const pool = { pool: 'tank', sizeBytes: 2n ** 53n, allocatedBytes: 1n, freeBytes: 2n };

  it('show pools and volumes, classic ones by the name of their dataset', async () => {
    const metrics = someMetrics();

    metrics.usage.record('a', {
      pools: [pool],
      datasets: [
        aDataset('one', 1),
        aDataset('pvc-2', 2, {
          volumeName: undefined,
          claimNamespace: undefined,
          claimName: undefined,
        }),
      ],
    });

    expect(await samplesOf(metrics, 'zfs_provisioner_pool_size_bytes')).toEqual([
      'zfs_provisioner_pool_size_bytes{host="a",pool="tank"} 9007199254740992',
    ]);
    expect(await samplesOf(metrics, 'zfs_provisioner_volume_used_bytes')).toEqual([
      'zfs_provisioner_volume_used_bytes{host="a",dataset="tank/one",volume="pvc-one",namespace="web",claim="one"} 1',
      'zfs_provisioner_volume_used_bytes{host="a",dataset="tank/pvc-2",volume="pvc-2",namespace="",claim=""} 1',
    ]);
  });

  it('name no claim, nor a dataset that is called after one, unless a setting says so', async () => {
    const metrics = createMetrics({ version: '1.2.3', instance: 'zfs', maxVolumes: 10 });

    metrics.usage.record('a', {
      pools: [],
      datasets: [aDataset('web_one', 1), aDataset('pvc-2', 2, { volumeName: 'pvc-2' })],
    });

    expect(await samplesOf(metrics, 'zfs_provisioner_volume_used_bytes')).toEqual([
      'zfs_provisioner_volume_used_bytes{host="a",dataset="",volume="pvc-web_one",namespace="",claim=""} 1',
      'zfs_provisioner_volume_used_bytes{host="a",dataset="tank/pvc-2",volume="pvc-2",namespace="",claim=""} 1',
    ]);
  });

  it('leave out datasets of others', async () => {
    const metrics = someMetrics();

    metrics.usage.record('a', {
      pools: [],
      datasets: [
        aDataset('others', 1, { instance: 'other' }),
        aDataset('by-hand', 2, { instance: undefined }),
      ],
    });

    expect(await samplesOf(metrics, 'zfs_provisioner_volume_used_bytes')).toEqual([]);
  });

  it('have no quota where there is none', async () => {
    const metrics = someMetrics();

    metrics.usage.record('a', { pools: [], datasets: [aDataset('one', 1, { refquotaBytes: 0n })] });

    expect(await samplesOf(metrics, 'zfs_provisioner_volume_quota_bytes')).toEqual([]);
  });

  it.each([
    ['its refquota, whatever is reserved or in snapshots', 80n, 0n, 0.5],
    ['its quota, which counts snapshots', 0n, 200n, 0.3],
    ['the tighter of both', 50n, 100n, 0.8],
    ['nothing, where it has no limit', 0n, 0n, undefined],
  ])('tell how full a volume is by %s', async (_what, refquotaBytes, quotaBytes, ratio) => {
    const metrics = someMetrics();
    const held = { usedBytes: 1000n, referencedBytes: 40n, usedBySnapshotsBytes: 20n };
    const limits = { refquotaBytes, condition: { quotaBytes } };

    metrics.usage.record('a', {
      pools: [],
      datasets: [aDataset('one', 1, { ...held, ...limits })],
    });

    const lines = await samplesOf(metrics, 'zfs_provisioner_volume_filled_ratio');
    expect(lines.map((line) => Number(line.split(' ').at(-1)))).toEqual(
      ratio === undefined ? [] : [ratio],
    );
  });

  it('bound the series over all hosts, oldest volumes first, and tell how many are left out', async () => {
    const metrics = someMetrics(2);

    metrics.usage.record('a', { pools: [], datasets: [aDataset('z', 1), aDataset('new', 3)] });
    metrics.usage.record('b', { pools: [], datasets: [aDataset('y', 2)] });

    const used = await samplesOf(metrics, 'zfs_provisioner_volume_used_bytes');
    expect(used.map((line) => /dataset="tank\/(\w+)"/.exec(line)?.[1])).toEqual(['z', 'y']);
    expect(await samplesOf(metrics, 'zfs_provisioner_volumes_omitted')).toEqual([
      'zfs_provisioner_volumes_omitted 1',
    ]);
  });

  it('order volumes of the same age by name, whatever the order they come in', async () => {
    const metrics = someMetrics(2);

    const datasets = ['c', 'a', 'b'].map((leaf) => aDataset(leaf, 1));
    metrics.usage.record('a', { pools: [], datasets });

    const used = await samplesOf(metrics, 'zfs_provisioner_volume_used_bytes');
    expect(used.map((line) => /dataset="tank\/(\w+)"/.exec(line)?.[1])).toEqual(['a', 'b']);
  });

  it('replace what was known of a host, and forget one', async () => {
    const metrics = someMetrics();
    metrics.usage.record('a', { pools: [pool], datasets: [aDataset('old', 1)] });
    metrics.usage.record('b', { pools: [pool], datasets: [] });
    metrics.usage.setOrphans('b', 1);

    metrics.usage.record('a', { pools: [pool], datasets: [] });
    metrics.usage.forget('b');

    expect(await samplesOf(metrics, 'zfs_provisioner_volume_used_bytes')).toEqual([]);
    expect(await samplesOf(metrics, 'zfs_provisioner_orphans')).toEqual([]);
    expect(await samplesOf(metrics, 'zfs_provisioner_pool_free_bytes')).toEqual([
      'zfs_provisioner_pool_free_bytes{host="a",pool="tank"} 2',
    ]);
  });
});
