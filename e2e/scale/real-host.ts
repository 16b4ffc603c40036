import { join } from 'node:path';

import { AuditLog } from '../audit-log.ts';
import { Workload } from '../benchmark/workload.ts';
import type { Bench } from '../bench/bench.ts';
import { startBench } from '../bench/bench.ts';
import { eventually } from '../bench/eventually.ts';
import { VirtualHost } from '../bench/openzfs/virtual-host.ts';
import type { ProvisionerProcess } from '../bench/provisioner-process.ts';
import type { HostKind } from '../bench/storage-host/host-kind.ts';
import type { StorageHost } from '../bench/storage-host/storage-host.ts';
import { Installation } from '../installation.ts';
import { sample } from '../bench/metrics-text.ts';
import type { ClaimCost, HostPoint } from './results.ts';
import { rounded } from './results.ts';

const className = 'scale';
const claimsEach = 5;
const share = 'rw=10.0.0.0/8';

export interface RealHostResults {
  readonly points: readonly HostPoint[];
  readonly claim: ClaimCost;
}

/** One storage host with ever more datasets that are mounted and shared, and the product at work on it. */
export async function measureRealHost(
  runDir: string,
  hostKind: HostKind,
  amounts: readonly number[],
): Promise<RealHostResults> {
  const bench = await startBench({
    runDir: join(runDir, hostKind),
    hosts: ['storage-1'],
    hostKind,
  });
  try {
    const installation = await Installation.install(bench, [
      { name: className, shareProperties: share },
    ]);
    const product = await installation.start({
      ZFS_USAGE_INTERVAL: '1s',
      ZFS_MAX_DESTROYS_PER_MINUTE: '0',
      ZFS_OP_TIMEOUT: '120s',
    });
    await product.untilReady();
    return await measureAll(bench, product, amounts);
  } finally {
    await bench.stop({ keepLogs: true });
  }
}

async function measureAll(
  bench: Bench,
  product: ProvisionerProcess,
  amounts: readonly number[],
): Promise<RealHostResults> {
  const [host] = bench.hosts;
  if (host === undefined) throw new Error('the bench has no storage host');
  const workload = new Workload(bench);
  const audit = new AuditLog(bench.controlPlane.auditLog);
  await workload.createOneByOne(['warm-up'], className);
  const points: HostPoint[] = [];
  let requests: readonly string[] = [];
  let there = 0;
  for (const datasets of amounts) {
    await fill(host, there, datasets);
    there = datasets;
    const mark = audit.mark();
    const point = await measurePoint(product, workload, datasets);
    console.log(point);
    points.push(point);
    if (requests.length === 0) requests = binderRequests(audit, mark);
  }
  const counts = Map.groupBy(requests, (kind) => kind);
  return {
    points,
    claim: {
      claims: claimsEach,
      requests: Object.fromEntries([...counts].map(([kind, { length }]) => [kind, length])),
    },
  };
}

/** Of kube-controller-manager's binder, which makes all of them through one client. */
function binderRequests(audit: AuditLog, mark: number): string[] {
  return audit
    .since(mark)
    .filter(({ userAgent }) => userAgent.endsWith('persistent-volume-binder'))
    .map(({ verb, resource }) => `${verb} ${resource}`);
}

async function fill(host: StorageHost, from: number, to: number): Promise<void> {
  const name = (number: number): string => `filler-${number}`;
  if (host instanceof VirtualHost) {
    const loop = `i=${from}; while [ $i -lt ${to} ]; do i=$((i + 1));`;
    const create = `zfs create -o sharenfs=${share} ${host.parentDataset}/filler-$i;`;
    await host.machine.run(`${loop} ${create} done`);
    return;
  }
  for (let number = from + 1; number <= to; number++) {
    await host.createByHand(name(number), { sharenfs: share });
  }
}

/** Means, as the product's own metrics tell them. */
async function measurePoint(
  product: ProvisionerProcess,
  workload: Workload,
  datasets: number,
): Promise<HostPoint> {
  const creates = await totals(product, 'create');
  const names = Array.from({ length: claimsEach }, (_, index) => `of-${datasets}-${index + 1}`);
  await workload.createOneByOne(names, className);
  const created = await totals(product, 'create');
  const scans = await totals(product, 'scan');
  const scanned = await eventually('two scans', () => totals(product, 'scan'), {
    until: ({ count }) => count >= scans.count + 2,
    timeoutMs: 120_000,
    intervalMs: 200,
  });
  return { datasets, createMs: meanMs(creates, created), scanMs: meanMs(scans, scanned) };
}

interface Totals {
  readonly seconds: number;
  readonly count: number;
}

function meanMs(before: Totals, after: Totals): number {
  return rounded(((after.seconds - before.seconds) * 1000) / (after.count - before.count));
}

async function totals(product: ProvisionerProcess, verb: string): Promise<Totals> {
  const metrics = await product.metrics();
  const name = 'zfs_provisioner_ssh_exec_duration_seconds';
  return {
    seconds: sample(metrics, new RegExp(`^${name}_sum\\{.*verb="${verb}"`)),
    count: sample(metrics, new RegExp(`^${name}_count\\{.*verb="${verb}"`)),
  };
}
