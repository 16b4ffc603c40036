import type { HostPoint, Results, SimulatedPoint } from '../e2e/scale/results.ts';
import { readResults } from '../e2e/scale/results.ts';
import { defaultOutputLimits } from '../src/host/output-buffer.ts';
import { table } from './markdown.ts';

const notRun = 'not run yet (`make scale`)\n';

/** A column: its head, and the cell of a point. */
type Column<T> = readonly [string, (point: T) => number];

const populationColumns: readonly Column<SimulatedPoint>[] = [
  ['volumes', ({ volumes }) => volumes],
  ['hosts', ({ hosts }) => hosts],
];

const processColumns: readonly Column<SimulatedPoint>[] = [
  ...populationColumns,
  ['listed, s', ({ startS }) => startS],
  ['CPU until then, s', ({ startCpuS }) => startCpuS],
  ['first volume made, s', ({ firstVolumeS }) => firstVolumeS],
  ['RSS, MB', ({ rssMB }) => rssMB],
  ['peak RSS, MB', ({ peakMB }) => peakMB],
  ['heap, MB', ({ heapMB }) => heapMB],
  ['sockets', ({ sockets }) => sockets],
];

const lookColumns: readonly Column<SimulatedPoint>[] = [
  ...populationColumns,
  ['commands of a look', ({ scanExecs }) => scanExecs],
  ['our CPU, s', ({ scanCpuS }) => scanCpuS],
  ['read, MB', ({ scanReadMB }) => scanReadMB],
  ['a command takes, s', ({ scanS }) => scanS],
  ['`/metrics`, ms', ({ metricsMs }) => metricsMs],
  ['MB', ({ metricsMB }) => metricsMB],
  ['status page, ms', ({ pageMs }) => pageMs],
  ['CPU per claim, ms', ({ cpuMsPerClaim }) => cpuMsPerClaim],
];

const hostColumns: readonly Column<HostPoint>[] = [
  ['datasets', ({ datasets }) => datasets],
  ['create, ms', ({ createMs }) => createMs],
  ['scan, ms', ({ scanMs }) => scanMs],
];

function tableOf<T>(columns: readonly Column<T>[], points: readonly T[] = []): string {
  if (points.length === 0) return notRun;
  const rows = points.map((point) => columns.map(([, cell]) => String(cell(point))));
  return table(
    columns.map(([head]) => head),
    rows,
  );
}

/** The default of kube-controller-manager's --kube-api-qps. */
const binderQps = 20;

function binder({ claim }: Results): string {
  if (claim === undefined) return notRun;
  const counts = Object.entries(claim.requests);
  const perClaim = counts.reduce((sum, [, count]) => sum + count, 0) / claim.claims;
  const rows = counts.map(([kind, count]) => [kind, (count / claim.claims).toFixed(1)]);
  return `${table(['request of the binder', 'per claim'], rows)}
${perClaim.toFixed(1)} requests for each claim, at ${binderQps} a second: **${(binderQps / perClaim).toFixed(1)} claims a second** in a cluster whose
kube-controller-manager runs with its defaults, after the first few (its bucket holds 30). That is the first limit that
a burst meets, whatever the provisioner does: \`--kube-api-qps\` and \`--kube-api-burst\` of kube-controller-manager move it.
`;
}

function largestScan({ volumes = [] }: Results): string {
  const largest = volumes.findLast(({ hosts }) => hosts === 1);
  if (largest === undefined) return '';
  const bytesEach = (largest.scanReadMB * 1e6) / largest.volumes;
  const { stdoutBytes } = defaultOutputLimits;
  const most = Math.floor(stdoutBytes / bytesEach / 1000) * 1000;
  const limit = `${stdoutBytes / 2 ** 20} MiB`;
  return `A dataset is ${Math.round(bytesEach)} bytes of a scan, and of one command no more than ${limit} are read: **beyond about ${most.toLocaleString('en')} datasets
of one host** the host can no longer be looked at (\`HOST_OUTPUT\` in the log, no metrics and no drift for it). Claims are still served.
`;
}

function growth(): string {
  return `## What grows with what

| more | what grows | how |
| --- | --- | --- |
| volumes | memory, time to start, a look at a host | in proportion; each claim costs the same, however many there are |
| volumes of other drivers | memory and time to start | in proportion: every claim and volume of the cluster is watched, though only the fields that are used are kept |
| hosts | one connection each, one command each per look; and each look goes through all volumes once per host | in proportion to hosts times volumes; a host that does not answer keeps no other waiting |
| claims per second | commands: one for each create, growth or deletion, six at once per host (\`ZFS_SSH_CHANNELS\`), the rest in line | in proportion, until the host or the cluster is the limit |
| nodes | what is kept of a node: name, labels, addresses. With \`shareClients: @nodes\`, one more address in each \`sharenfs\` | [sharing](sharing.md): some 500 addresses are the most |
`;
}

function processes(points: readonly SimulatedPoint[]): string {
  return `## The process

A process of the product as in the image, its heap limited as under the chart's 512 MiB. Its SSH is real (OpenSSH, one server at an
address for each host); the \`zfs\` behind it prints what a host with that many datasets would, and the API server is a process that
serves that many claims and volumes as large as real ones. So what is measured is ours alone. Hosts are looked at without
pause but two seconds, thirty times as often as usual: the resident memory is that of the busiest case. 50,000 volumes were
measured with a heap of 1 GiB and fifteen seconds between looks: with 256 MiB and two seconds a request for \`/metrics\` went unanswered for 5 s
(which of the two it was, was not looked into).

${tableOf(processColumns, points)}
\`listed\` is what a restart, or another replica that starts, takes before it can lead; nothing is asked of a host for it. A claim waited
from the beginning: \`first volume made\` is when its volume was written. Nothing else is left to do after a restart: objects
that are as they should be cost no request and no command.
`;
}

function looks(points: readonly SimulatedPoint[], results: Results): string {
  return `## Looks at the hosts, metrics, the status page

${tableOf(lookColumns, points)}
A look is **one command per host**, whatever is on it (\`ZFS_USAGE_INTERVAL\`, 60 s; the figure is for all hosts together). Our CPU counts the
whole process during a look: decryption, parsing, comparison with all volumes, metrics, the status page's tables. ${largestScan(results)}
\`/metrics\` has the oldest 1,000 volumes (\`ZFS_USAGE_MAX_VOLUMES\`), so it grows no further; the status page is a page of 100 volumes
as JSON. The CPU per claim is that of a burst of 50 claims, looks at the hosts meanwhile included; what waits in the queue costs nothing
until it is its turn, so that it grows with the volumes only by what the looks take.
`;
}

function controlPlane(results: Results): string {
  return `## The control plane

${binder(results)}
The provisioner has no such limit of its own. What it asks of the API server at once is a list of everything when it starts: 500
objects at a time, as client-go does.
`;
}

function storageHosts(results: Results): string {
  return `## The host

Datasets that are mounted and shared one by one, and the product at work between them; means of five claims.

### zfs-fuse, as on the bench

Its \`sharenfs\` is kept by the bench, so this tells of the mount table and of \`zfs get\`, not of NFS.

${tableOf(hostColumns, results.fuse)}
### OpenZFS with kernel NFS, in an emulated machine

An emulated machine is many times slower than a real one: how it grows is what counts.

${tableOf(hostColumns, results.openzfs)}
Each change of a share makes OpenZFS write the whole of \`/etc/exports.d/zfs.exports\` and run \`exportfs\` over all of it, so
**a create costs more with every share that is there**, and N of them N². (Read off its code, not measured yet.)

sshd is no limit: a replica holds one connection per host (\`MaxStartups\` counts those that are not logged in yet) with six
sessions of the ten that \`MaxSessions\` allows.
`;
}

function advice(): string {
  return `## Where it breaks first, and what to do before

In this order:

1. **Claims in a burst**: kube-controller-manager's 20 requests a second. Raise \`--kube-api-qps\`.
2. **Shares of one host**: with many hundreds, a class with \`share: inherit\` below a parent that is shared once; nothing is exported
   for each volume any more. Or several hosts, or \`shareClients\` with a network instead of \`@nodes\`.
3. **Memory** of the pod: see above, add a quarter, and give the chart that limit. A longer \`ZFS_USAGE_INTERVAL\` lowers CPU, not the peak.
4. **Datasets of one host**: several hosts, each with its parent. Several parents of one host are one command all the same: it is the host
   that counts. Several instances (\`ZFS_PROVISIONER_INSTANCE\`, one release of the chart each, with classes of their own) whose parents differ
   look only at their own parents, so each sees a part of the host.
5. **Hosts**: each is one connection, but what was seen of each is compared with all volumes: some 45 ms of CPU per host and look where there
   are 10,000 volumes. With a hundred hosts that is a look of five seconds (reckoned, not measured): a longer \`ZFS_USAGE_INTERVAL\`, or several instances.

Several instances do not share the memory for the cluster's claims and volumes: each watches all of them.
`;
}

/** What grows with what, with the points that were measured. */
export function scalePage(): string {
  const results = readResults();
  const { volumes = [], hosts = [], largest = [] } = results;
  const points = [...volumes, ...hosts, ...largest];
  const machine =
    results.machine === undefined ? '' : ` (${results.machine}, ${results.date ?? ''})`;
  return `# Scale

What grows with volumes, hosts, claims and nodes, where it breaks first, and what to do before. The tables are what \`make scale\`
measured last${machine}; the rest was read off the code of the product, of Kubernetes and of OpenZFS.

${[growth(), processes(points), looks(points, results), controlPlane(results), storageHosts(results), advice()].join('\n')}`;
}
