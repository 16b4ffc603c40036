import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { Certificates } from '../bench/control-plane/certificates.ts';
import { issueCertificates } from '../bench/control-plane/certificates.ts';
import { writeKubeconfig } from '../bench/control-plane/kubeconfig.ts';
import { eventually } from '../bench/eventually.ts';
import { findFreePort } from '../bench/machine/free-port.ts';
import { ProvisionerProcess, provisionerCommand } from '../bench/provisioner-process.ts';
import { cpuSecondsOf, memoryOf } from '../benchmark/processes.ts';
import { sample } from '../bench/metrics-text.ts';
import type { Population } from './population.ts';
import { instance, laterClaims } from './population.ts';
import { bytesReadBy, socketsOf } from './process-io.ts';
import type { SimulatedPoint } from './results.ts';
import { rounded } from './results.ts';
import type { News, Order } from './simulated-api.ts';
import { SimulatedHosts } from './simulated-hosts.ts';

const consoleToken = 'token-of-the-scale-run';
const looks = 3;
const burstClaims = laterClaims - 1;
/** The largest that fits into the heap that Node takes where the chart's limit of memory is 512 MiB. */
const mostVolumes = 10_000;

interface Circumstances {
  readonly heapMiB: number;
  /** Between two looks at the hosts. */
  readonly pauseS: number;
}

function circumstancesOf({ volumes }: Population): Circumstances {
  return volumes > mostVolumes ? { heapMiB: 1024, pauseS: 15 } : { heapMiB: 256, pauseS: 2 };
}

const patient = { timeoutMs: 60_000, intervalMs: 5 };

/** The product as a process, real OpenSSH, and both the API server and what is behind SSH simulated. */
export async function measurePoint(
  folder: string,
  population: Population,
): Promise<SimulatedPoint> {
  const hosts = await SimulatedHosts.start(join(folder, 'hosts'), population);
  const certificates = await issueCertificates(join(folder, 'certificates'));
  const api = await startApi(population, certificates);
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, 'of-nobody');
  const kubeconfig = join(folder, 'kubeconfig');
  writeKubeconfig(kubeconfig, api.url, certificates.authority, { tokenFile });
  const consolePort = await findFreePort();
  try {
    const { heapMiB, pauseS } = circumstancesOf(population);
    const startedMs = Date.now();
    const product = await ProvisionerProcess.start({
      logFile: join(folder, 'provisioner.log'),
      // Without the source map, as in the image.
      command: provisionerCommand.toSpliced(1, 0, `--max-old-space-size=${heapMiB}`),
      env: {
        ...environmentOf(kubeconfig, hosts, pauseS),
        ...{ ZFS_CONSOLE_PORT: String(consolePort), ZFS_CONSOLE_ADDR: '127.0.0.1' },
      },
    });
    const end = (): void => void product.kill();
    process.once('exit', end);
    try {
      const scene = { population, hosts, api, product, startedMs };
      const started = await watchStart(scene);
      const scanned = await watchLooks(scene);
      const served = await watchReads(product, `http://127.0.0.1:${consolePort}`);
      const burst = await watchBurst(scene);
      const { volumes, hosts: count } = population;
      return { volumes, hosts: count, ...started, ...scanned, ...served, ...burst };
    } finally {
      process.off('exit', end);
      await product.kill();
    }
  } finally {
    api.process.disconnect();
    await hosts.stop();
  }
}

interface Scene {
  readonly population: Population;
  readonly hosts: SimulatedHosts;
  readonly api: SimulatedApi;
  readonly product: ProvisionerProcess;
  readonly startedMs: number;
}

interface SimulatedApi {
  readonly process: ChildProcess;
  readonly url: string;
  readonly order: (order: Order) => void;
  /** When so many volumes had been written, in ms since 1970; undefined: they have not. */
  readonly writtenAt: (volumes: number) => number | undefined;
}

async function startApi(
  { volumes, hosts }: Population,
  { server, serverKey }: Certificates,
): Promise<SimulatedApi> {
  const program = join(import.meta.dirname, 'simulated-api.ts');
  const child = fork(program, [`${volumes}`, `${hosts}`, server, serverKey]);
  let url: string | undefined;
  const writtenAtMs: number[] = [];
  child.on('message', (news: News) => {
    if ('url' in news) url = news.url;
    else writtenAtMs[news.volumesWritten] = news.atMs;
  });
  return {
    process: child,
    url: await eventually('the simulated API server listens', () => url, patient),
    order: (order) => child.send(order),
    writtenAt: (count) => writtenAtMs[count],
  };
}

function environmentOf(
  kubeconfig: string,
  hosts: SimulatedHosts,
  pauseS: number,
): Record<string, string> {
  return {
    ZFS_PROVISIONER_INSTANCE: instance,
    ZFS_KUBE_CONFIG_PATH: kubeconfig,
    ZFS_SSH_MOUNT_PATH: hosts.ssh.path,
    ZFS_BIN: hosts.zfsProgram,
    ZFS_LEADER_ELECTION: 'false',
    ZFS_EXPORTS_FILES: '/nonexistent',
    ZFS_USAGE_INTERVAL: `${pauseS}s`,
    ZFS_CONSOLE_TOKEN: consoleToken,
  };
}

type Started = Pick<SimulatedPoint, 'startS' | 'startCpuS' | 'firstVolumeS'>;

async function watchStart({ product, api, startedMs }: Scene): Promise<Started> {
  await product.untilReady(patient.timeoutMs);
  const startS = (Date.now() - startedMs) / 1000;
  const startCpuS = cpuSecondsOf(product.pid);
  const firstMs = await eventually('the first volume', () => api.writtenAt(1), patient);
  return {
    startS: rounded(startS),
    startCpuS: rounded(startCpuS),
    firstVolumeS: rounded((firstMs - startedMs) / 1000),
  };
}

type Looked = Pick<
  SimulatedPoint,
  'rssMB' | 'peakMB' | 'heapMB' | 'sockets' | 'scanExecs' | 'scanCpuS' | 'scanReadMB' | 'scanS'
>;

/** From the beginning of a look to the beginning of a later one, the pauses between them included. */
async function watchLooks({ product, hosts, population }: Scene): Promise<Looked> {
  const { log } = hosts;
  await eventually('every host was compared', () => allCompared(product, population.hosts), {
    ...patient,
    intervalMs: 500,
  });
  const { pid } = product;
  const before = await atNextLook(hosts, pid, population.hosts);
  let after = before;
  for (let look = 0; look < looks; look++) after = await atNextLook(hosts, pid, population.hosts);
  const { rssMb, peakMb } = memoryOf(pid);
  const metrics = await eventually('metrics', () => product.metrics(), patient);
  assertFound(metrics, population);
  const sum = sample(metrics, /^zfs_provisioner_ssh_exec_duration_seconds_sum\{.*verb="scan"/);
  const count = sample(metrics, /^zfs_provisioner_ssh_exec_duration_seconds_count\{.*verb="scan"/);
  return {
    rssMB: rounded(rssMb),
    peakMB: rounded(peakMb),
    heapMB: rounded(sample(metrics, /^nodejs_heap_size_used_bytes/) / 1e6),
    sockets: socketsOf(pid),
    scanExecs: (log.execsSince(before.mark) - log.execsSince(after.mark)) / looks,
    scanCpuS: rounded((after.cpuS - before.cpuS) / looks),
    scanReadMB: rounded((after.readBytes - before.readBytes) / looks / 1e6),
    scanS: rounded(sum / count),
  };
}

interface Moment {
  readonly mark: ReturnType<SimulatedHosts['log']['mark']>;
  readonly cpuS: number;
  readonly readBytes: number;
}

/** Resolves when a look at all hosts begins: at the first command after a pause. */
async function atNextLook({ log }: SimulatedHosts, pid: number, hosts: number): Promise<Moment> {
  const mark = log.mark();
  await eventually('a look begins', () => log.execsSince(mark) > 0, patient);
  const moment = { mark, cpuS: cpuSecondsOf(pid), readBytes: bytesReadBy(pid) };
  await eventually('all hosts are looked at', () => log.execsSince(mark) >= hosts, patient);
  return moment;
}

async function allCompared(product: ProvisionerProcess, hosts: number): Promise<boolean> {
  const lines = (await product.metrics()).match(/^zfs_provisioner_orphans\{/gm);
  return (lines?.length ?? 0) >= hosts;
}

/** @throws when the product finds something to complain about: then more was measured than should have been */
function assertFound(metrics: string, { volumes }: Population): void {
  const orphans = sample(metrics, /^zfs_provisioner_orphans/);
  const shown = metrics.match(/^zfs_provisioner_volume_used_bytes\{/gm)?.length ?? 0;
  if (orphans > 0 || shown !== Math.min(volumes + 1, 1000)) {
    throw new Error(`${volumes} volumes were to be found: ${shown} are shown, ${orphans} orphans`);
  }
}

type Read = Pick<SimulatedPoint, 'metricsMs' | 'metricsMB' | 'pageMs' | 'pageMB'>;

async function watchReads(product: ProvisionerProcess, page: string): Promise<Read> {
  const metrics = await quickest(() => product.get('/metrics'));
  const headers = { authorization: `Bearer ${consoleToken}` };
  const volumes = await quickest(() =>
    fetch(`${page}/console/api/volumes?pageSize=100`, { headers }),
  );
  return {
    ...{ metricsMs: metrics.ms, metricsMB: metrics.megabytes },
    ...{ pageMs: volumes.ms, pageMB: volumes.megabytes },
  };
}

/** Of five: a look at the hosts may fall into one. */
async function quickest(
  ask: () => Promise<Response>,
): Promise<{ readonly ms: number; readonly megabytes: number }> {
  const all: { readonly ms: number; readonly megabytes: number }[] = [];
  for (let time = 0; time < 5; time++) {
    const startedAt = performance.now();
    const response = await ask();
    const { byteLength } = await response.arrayBuffer();
    if (!response.ok) throw new Error(`${response.url} is answered with ${response.status}`);
    const ms = rounded(performance.now() - startedAt);
    all.push({ ms, megabytes: rounded(byteLength / 1e6) });
    await delay(300);
  }
  return all.sort((a, b) => a.ms - b.ms)[0] ?? { ms: NaN, megabytes: NaN };
}

type Burst = Pick<SimulatedPoint, 'burstClaims' | 'burstS' | 'cpuMsPerClaim'>;

/** What looks at the hosts take meanwhile is part of it. */
async function watchBurst({ product, api }: Scene): Promise<Burst> {
  const startedMs = Date.now();
  const cpuS = cpuSecondsOf(product.pid);
  api.order({ claims: burstClaims });
  const endMs = await eventually('all volumes', () => api.writtenAt(burstClaims + 1), patient);
  return {
    burstClaims,
    burstS: rounded((endMs - startedMs) / 1000),
    cpuMsPerClaim: rounded(((cpuSecondsOf(product.pid) - cpuS) * 1000) / burstClaims),
  };
}
