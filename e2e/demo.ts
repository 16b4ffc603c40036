// Shows the product at work on a bench of real parts: `make demo`, or `KEEP=1 make demo` to leave it up.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { styleText } from 'node:util';
import type { Claim, Volume } from '../src/volume/objects.ts';
import { type Bench, startBench } from './bench/bench.ts';
import { usageText } from './bench/description.ts';
import { eventually } from './bench/eventually.ts';
import { installPackages } from './bench/packages.ts';
import { ProgressLines } from './bench/progress.ts';
import type { ProvisionerProcess } from './bench/provisioner-process.ts';
import type { StorageHost } from './bench/storage-host/storage-host.ts';
import { Installation } from './installation.ts';
import { endPod, runPod, writeMebibytes } from './pods.ts';

const keep = (process.env['KEEP'] ?? '') !== '';
const progress = new ProgressLines();

const columns = 'name,used,refer,refquota,sharenfs';

const claims = [
  { name: 'photos', className: 'zfs-nfs', mode: 'ReadWriteMany' },
  { name: 'cache', className: 'zfs-hostpath', mode: 'ReadWriteOnce' },
  { name: 'notes', className: 'zfs-auto', mode: 'ReadWriteOnce' },
  { name: 'team', className: 'zfs-auto', mode: 'ReadWriteMany' },
  { name: 'database', className: 'zfs-local', mode: 'ReadWriteOnce' },
] as const;

/** On the node of the storage host: its pod writes into the dataset directly. */
const podClaim = 'cache';

type DemoClaim = (typeof claims)[number];

async function demo(): Promise<void> {
  progress.say('installing what is missing, and starting the bench');
  await installPackages(progress);
  const bench = await startBench({
    hosts: ['storage-1'],
    kubelets: { 'storage-1': ['storage-1'] },
    nodes: ['node-2'],
    keep,
    progress,
  });
  const [host] = bench.hosts;
  if (host === undefined) throw new Error('the bench has no storage host');
  const installation = await installChart(bench);
  const provisioner = await startProvisioner(installation);
  await eventually('the first survey of the host', () => host.journal().length >= 2);
  const volumes: Volume[] = [];
  for (const claim of claims) volumes.push(await provision(bench, host, claim));
  await showBothWorlds(bench, host);
  await showPod(bench, volumes[claims.findIndex(({ name }) => name === podClaim)]);
  if (keep) {
    await provisioner.stop();
    installation.startInBackground(provisioner.metricsPort);
    tellHowToUse(bench, provisioner.metricsPort);
    return;
  }
  await removeAll(bench, host);
  title('The end');
  await provisioner.stop();
  progress.say('the provisioner has released its lease and ended');
  await bench.stop();
  progress.say('the bench is gone');
}

async function installChart(bench: Bench): Promise<Installation> {
  title('Installing the chart: service account, roles, StorageClasses');
  const installation = await Installation.install(bench, [
    { name: 'zfs-nfs', type: 'nfs', shareProperties: 'rw=@10.0.0.0/8,no_root_squash' },
    { name: 'zfs-hostpath', type: 'hostpath' },
    { name: 'zfs-auto', type: 'auto' },
    { name: 'zfs-local', type: 'local' },
  ]);
  show(await bench.kubectl('get', 'storageclass'));
  return installation;
}

async function startProvisioner(installation: Installation): Promise<ProvisionerProcess> {
  const provisioner = await installation.start();
  await provisioner.untilReady();
  await provisioner.waitFor((line) => line.msg === 'leading');
  progress.say(
    `the provisioner runs as pid ${provisioner.pid}, with the rights of its service account only`,
  );
  return provisioner;
}

async function provision(bench: Bench, host: StorageHost, claim: DemoClaim): Promise<Volume> {
  const { name, className, mode } = claim;
  title(`Claim ${name}: 64Mi of ${className}, ${mode}`);
  const before = host.journal().length;
  const execs = host.ssh.log.mark();
  await bench.apply(manifestOf(claim));
  const startedMs = performance.now();
  const volumeName = await eventually(`claim ${name} is bound`, async () => {
    const current = await get<Claim>(bench, `namespaces/default/persistentvolumeclaims/${name}`);
    return current.status?.phase === 'Bound' ? current.spec.volumeName : undefined;
  });
  const tookMs = Math.round(performance.now() - startedMs);
  const volume = await get<Volume>(bench, `persistentvolumes/${volumeName}`);
  show(`on ${host.name}, in ${host.ssh.log.execsSince(execs)} remote command:`);
  for (const command of host.journal().slice(before)) {
    show(`  ${styleText('dim', withoutUserProperties(command))}`);
  }
  const { nfs, hostPath, local, accessModes = [] } = volume.spec;
  const source =
    nfs === undefined
      ? `${hostPath === undefined ? 'local' : 'hostPath'} ${hostPath?.path ?? local?.path ?? ''}`
      : `nfs ${nfs.server}:${nfs.path}`;
  show(`volume ${volumeName}: ${source}, ${accessModes.join(' ')}`);
  progress.say(styleText('green', `${name} is bound, ${tookMs} ms after it was applied`));
  return volume;
}

async function showBothWorlds(bench: Bench, host: StorageHost): Promise<void> {
  title('The cluster');
  show(await bench.kubectl('get', 'pvc,pv'));
  title('The pool');
  show(aligned(await host.zfs('list', '-r', '-o', columns, host.parentDataset)));
}

async function showPod(bench: Bench, volume: Volume | undefined): Promise<void> {
  title(`A pod writes into its claim ${podClaim}, and the quota refuses the byte too many`);
  const node = await runPod({ bench }, 'writer', podClaim);
  progress.say(`pod writer runs on ${node}, a node with a real kubelet`);
  for (const [file, megabytes] of [
    ['fits', 16],
    ['too-much', 64],
  ] as const) {
    const { exitCode, stderr } = await writeMebibytes({ bench }, 'writer', megabytes, file);
    const said = stderr.split('\n').find((line) => line.startsWith('dd: ')) ?? 'written';
    show(`dd ${file}, ${megabytes} MiB: ${said}`);
    if ((exitCode === 0) !== (file === 'fits')) throw new Error('the quota was not obeyed');
  }
  const folder = volume?.spec.hostPath?.path ?? '';
  const files = readdirSync(folder).map(
    (file) => `${file}, ${statSync(join(folder, file)).size} bytes`,
  );
  show(`in ${folder}: ${files.join('; ')}`);
}

async function removeAll(bench: Bench, host: StorageHost): Promise<void> {
  title('The pod ends, and the claims are deleted');
  await endPod({ bench }, 'writer');
  await bench.kubectl('delete', 'pvc', ...claims.map(({ name }) => name));
  await eventually('the volumes are gone', async () => {
    const left = await bench.kubectl('get', 'pv', '--output', 'name');
    return left.trim() === '';
  });
  show(aligned(await host.zfs('list', '-r', '-o', columns, host.parentDataset)));
  const left = await host.datasets('refquota');
  if (left.size > 0) throw new Error('datasets were left behind');
  progress.say(styleText('green', 'the datasets are gone, and nothing else'));
}

function tellHowToUse(bench: Bench, metricsPort: number): void {
  title('Left up');
  show(usageText(bench.description));
  show(`Log: ${bench.runDir}/logs/provisioner.log`);
  show(`Metrics: http://127.0.0.1:${metricsPort}/metrics`);
  show('End it all with: make bench-down');
}

function manifestOf({ name, className, mode }: DemoClaim): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name },
    spec: {
      storageClassName: className,
      accessModes: [mode],
      resources: { requests: { storage: '64Mi' } },
    },
  });
}

function get<T>(bench: Bench, path: string): Promise<T> {
  return bench.controlPlane.api.call<T>(`/api/v1/${path}`);
}

/** They tell whose the dataset is, and make the lines long. */
function withoutUserProperties(command: string): string {
  const options = command.match(/ -o [\w.-]+:\w+=\S+/g) ?? [];
  const short = command.replaceAll(/ -o [\w.-]+:\w+=\S+/g, '').replaceAll(/,[\w.-]+:\w+/g, '');
  return options.length === 0 ? short : `${short}   (and ${options.length} user properties)`;
}

/** zfs separates columns by tabs. */
function aligned(text: string): string {
  const rows = text
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
  const widths = (rows[0] ?? []).map((_, at) =>
    Math.max(...rows.map((row) => row[at]?.length ?? 0)),
  );
  return rows
    .map((row) => row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  '))
    .join('\n');
}

function title(text: string): void {
  process.stdout.write(`\n${styleText('bold', text)}\n`);
}

function show(text: string): void {
  process.stdout.write(`${text.trimEnd()}\n`);
}

await demo();
