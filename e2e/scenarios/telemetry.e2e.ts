import { describe, expect, it } from '@jest/globals';
import { eventually } from '../bench/eventually.ts';
import { useStage } from '../stage.ts';

const stage = useStage({
  nodes: ['storage-1'],
  classes: [{ name: 'nfs' }, { name: 'broken', parentDataset: 'nowhere/kubernetes' }],
  env: {
    ZFS_USAGE_INTERVAL: '1s',
    ZFS_LOG_LEVEL: 'trace',
    ZFS_METRICS_CLAIM_LABELS: 'true',
  },
});

/** The value of one series, written as the exposition format does. */
async function valueOf(series: string): Promise<number | undefined> {
  const lines = (await stage().provisioner.metrics()).split('\n');
  const line = lines.find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

async function untilValue(series: string, value: number): Promise<void> {
  await eventually(series, () => valueOf(series), { until: (found) => found === value });
}

describe('/metrics', () => {
  it('counts a provision under the names of the sig-storage library', async () => {
    await stage().provision({ name: 'counted', className: 'nfs', size: '64Mi' });

    const prefix = 'controller_persistentvolumeclaim_provision';
    await untilValue(`${prefix}_total{class="nfs",source=""}`, 1);
    expect(await valueOf(`${prefix}_duration_seconds_count{class="nfs",source=""}`)).toBe(1);
    expect(
      await valueOf(`${prefix}_duration_seconds_bucket{le="+Inf",class="nfs",source=""}`),
    ).toBe(1);
    expect(await valueOf(`${prefix}_failed_total{class="nfs",source=""}`)).toBeUndefined();
  });

  it('tells how full the pool and the volume are', async () => {
    const volume = await stage().untilBound('counted');
    const { pool } = stage().host;
    const labels = [
      'host="storage-1"',
      `dataset="${stage().datasetOf(volume)}"`,
      `volume="${volume.metadata.name}"`,
      'namespace="default"',
      'claim="counted"',
    ].join(',');

    await untilValue(`zfs_provisioner_volume_quota_bytes{${labels}}`, 64 * 1024 ** 2);

    const used = await valueOf(`zfs_provisioner_volume_used_bytes{${labels}}`);
    expect(used).toBeGreaterThan(0);
    const poolLabels = `{host="storage-1",pool="${pool}"}`;
    const size = (await valueOf(`zfs_provisioner_pool_size_bytes${poolLabels}`)) ?? 0;
    const allocated = (await valueOf(`zfs_provisioner_pool_allocated_bytes${poolLabels}`)) ?? 0;
    const free = (await valueOf(`zfs_provisioner_pool_free_bytes${poolLabels}`)) ?? 0;
    expect(size).toBeGreaterThan(1024 ** 3);
    expect(allocated).toBeGreaterThanOrEqual(64 * 1024 ** 2); // reserved
    expect(allocated + free).toBe(size);
    expect(await valueOf('zfs_provisioner_orphans{host="storage-1"}')).toBe(0);
  });

  it('counts a failed provision, by its code', async () => {
    await stage().createClaim({ name: 'failing', className: 'broken' });
    await stage().untilEvent('failing', 'ProvisioningFailed');

    const failed = 'controller_persistentvolumeclaim_provision_failed_total';
    expect(await valueOf(`${failed}{class="broken",source=""}`)).toBe(1);
    const code = 'kind="claim",code="PARENT_UNUSABLE"';
    expect(await valueOf(`zfs_provisioner_reconcile_errors_total{${code}}`)).toBe(1);
    await stage().deleteClaim('failing');
  });

  it('counts a deletion, and forgets the volume', async () => {
    const volumeName = await stage().volumeNameFor('counted');
    await stage().deleteClaim('counted');
    await stage().untilVolumeGone(volumeName);

    const prefix = 'controller_persistentvolume_delete';
    await untilValue(`${prefix}_total{class="nfs"}`, 1);
    expect(await valueOf(`${prefix}_duration_seconds_count{class="nfs"}`)).toBe(1);
    await eventually(
      'the volume is forgotten',
      async () => !(await stage().provisioner.metrics()).includes(volumeName),
    );
  });

  it('counts commands, requests, events and queues', async () => {
    expect(
      await valueOf('zfs_provisioner_ssh_execs_total{host="storage-1",verb="create",result="ok"}'),
    ).toBe(1);
    expect(await valueOf('zfs_provisioner_ssh_connected{host="storage-1"}')).toBe(1);
    expect(await valueOf('zfs_provisioner_ssh_breaker_state{host="storage-1"}')).toBe(0);
    expect(await valueOf('zfs_provisioner_leader')).toBe(1);
    expect(await valueOf('zfs_provisioner_events_sent_total')).toBeGreaterThanOrEqual(4);
    const created = 'verb="create",resource="persistentvolumes",code="201"';
    expect(await valueOf(`zfs_provisioner_kube_requests_total{${created}}`)).toBe(1);
    expect(await valueOf('workqueue_depth{name="claims"}')).toBe(0);
    expect(await valueOf('workqueue_adds_total{name="volumes"}')).toBeGreaterThan(0);
    expect(await valueOf('process_start_time_seconds')).toBeGreaterThan(0);
    expect(await valueOf('zfs_provisioner_build_info{version="0.1.0"}')).toBe(1);
  });
});

describe('the HTTP ports', () => {
  it.each(['/livez', '/readyz', '/healthz'])('answer %s on both with ok', async (path) => {
    const next = `http://127.0.0.1:${stage().provisioner.metricsPort + 1}${path}`;

    for (const response of [await stage().provisioner.get(path), await fetch(next)]) {
      expect(response.status).toBe(200);
      expect(await response.text()).toBe('ok\n');
    }
  });

  it('lead from / to /metrics', async () => {
    const response = await stage().provisioner.get('/');

    expect(response.status).toBe(301);
    expect(response.headers.get('location')).toBe('/metrics');
  });
});

describe('the log', () => {
  /** docs/style.md, and what main and app tell of the process itself. */
  const vocabulary = [
    ...['level', 'time', 'msg', 'component', 'reconcileId', 'claim', 'volume', 'storageClass'],
    ...['host', 'dataset', 'sizeBytes', 'attempt', 'retryInMs', 'durationMs', 'reason', 'code'],
    ...['err', 'command', 'exitCode', 'key', 'type', 'adopted', 'outcome', 'usedBytes'],
    ...['version', 'instance', 'identity', 'port', 'signal', 'resource', 'problems', 'event'],
    ...['strangers', 'example'],
  ];

  it('is one JSON object a line, with level, time and message, and fields of one vocabulary', () => {
    const { log, otherOutput } = stage().provisioner;

    expect(otherOutput).toEqual([]);
    expect(log.length).toBeGreaterThan(4);
    for (const line of log) {
      expect(line).toMatchObject({
        level: expect.stringMatching(/^(trace|debug|info|warn|error|fatal)$/),
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      });
      // Constant, lower case, no values.
      expect(line.msg).toMatch(/^[a-z][a-z ]+$/);
      expect(vocabulary).toEqual(expect.arrayContaining(Object.keys(line)));
    }
  });

  it('tells of a provision and a deletion in one line each', () => {
    const lines = (msg: string): object[] =>
      stage().provisioner.log.filter((line) => line.msg === msg);

    expect(lines('volume provisioned')).toEqual([
      expect.objectContaining({
        level: 'info',
        claim: 'default/counted',
        storageClass: 'nfs',
        host: 'storage-1',
        sizeBytes: '67108864',
        durationMs: expect.any(Number),
      }),
    ]);
    expect(lines('volume deleted')).toEqual([
      expect.objectContaining({ level: 'info', host: 'storage-1', outcome: 'destroyed' }),
    ]);
  });
});
