import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Binaries, buildBinaries } from './binaries/go-build.ts';
import { benchFolder } from './binaries/programs.ts';
import { type BenchDescription, writeDescription } from './description.ts';
import * as cluster from './control-plane/cluster-objects.ts';
import { ControlPlane } from './control-plane/control-plane.ts';
import { Daemon } from './machine/daemon.ts';
import { Ledger, machineLockFile, readRecords } from './machine/ledger.ts';
import { withMachineLock } from './machine/machine-lock.ts';
import { identifyProcess } from './machine/process-identity.ts';
import { reapWhenThisProcessEnds } from './machine/reaping.ts';
import { runCommand } from './machine/run-command.ts';
import { removeBench, removeLeftovers } from './machine/teardown.ts';
import { startNodes } from './node/nodes.ts';
import { VirtualMachine, type VirtualMachineOptions } from './openzfs/virtual-machine.ts';
import { ProgressLines } from './progress.ts';
import { SshFolder } from './storage-host/ssh-folder.ts';
import { defaultHostKind, type HostKind } from './storage-host/host-kind.ts';
import { startHost } from './storage-host/start-host.ts';
import type { StorageHost } from './storage-host/storage-host.ts';

export interface BenchOptions {
  /** Default is `.run/bench` in the checkout. Each bench needs its own. */
  readonly runDir?: string;
  /** Names of the storage hosts. */
  readonly hosts?: readonly string[];
  /** What they are made of; default is what ZFS_BENCH_HOST says. */
  readonly hostKind?: HostKind | undefined;
  /** Names of simulated nodes. */
  readonly nodes?: readonly string[];
  /** Nodes with a real kubelet, and the storage hosts whose file systems each sees as its own. */
  readonly kubelets?: Readonly<Record<string, readonly string[]>>;
  /** It outlives this process; `removeBench` or `main.ts down` ends it. */
  readonly keep?: boolean;
  readonly poolSizeBytes?: number;
  readonly progress?: ProgressLines;
}

export interface StopOptions {
  /** Leave `<runDir>/logs` behind, after a failure. */
  readonly keepLogs?: boolean;
}

export const defaultRunDir = resolve(benchFolder, '../../.run/bench');

/** A control plane and storage hosts: everything real that the product talks to. */
export class Bench {
  readonly id: string;
  readonly runDir: string;
  readonly binaries: Binaries;
  readonly controlPlane: ControlPlane;
  readonly hosts: readonly StorageHost[];
  /** ZFS_SSH_MOUNT_PATH for the product. */
  readonly ssh: SshFolder;
  readonly #ledger: Ledger;

  constructor(ledger: Ledger, binaries: Binaries, parts: BenchParts) {
    this.#ledger = ledger;
    this.id = ledger.id;
    this.runDir = ledger.record.runDir;
    this.binaries = binaries;
    this.controlPlane = parts.controlPlane;
    this.hosts = parts.hosts;
    this.ssh = parts.ssh;
  }

  /** Kubeconfig of cluster-admin. */
  get kubeconfig(): string {
    return this.controlPlane.kubeconfig;
  }

  get description(): BenchDescription {
    const hosts = this.hosts.map(({ name, address, port, pool, parentDataset, mountpoint }) => {
      return { name, address, port, pool, parentDataset, mountpoint };
    });
    return {
      id: this.id,
      runDir: this.runDir,
      kubeconfig: this.kubeconfig,
      kubectl: this.binaries.kubectl,
      helm: this.binaries.helm,
      auditLog: this.controlPlane.auditLog,
      sshDir: this.ssh.path,
      hosts,
    };
  }

  /** @throws when there is no storage host of that name */
  host(name: string): StorageHost {
    const host = this.hosts.find((each) => each.name === name);
    if (host === undefined) throw new Error(`the bench has no storage host ${name}`);
    return host;
  }

  /** Runs kubectl as cluster-admin and resolves with its standard output. */
  kubectl(...args: string[]): Promise<string> {
    return runCommand(this.binaries.kubectl, ['--kubeconfig', this.kubeconfig, ...args]);
  }

  /** kubectl apply of manifests: YAML, or JSON. */
  apply(manifests: string): Promise<string> {
    const args = ['--kubeconfig', this.kubeconfig, 'apply', '-f', '-'];
    return runCommand(this.binaries.kubectl, args, { stdin: manifests });
  }

  createNode(name: string, labels?: Readonly<Record<string, string>>): Promise<void> {
    return cluster.createNode(this.controlPlane, name, labels);
  }

  ensureNamespace(name: string): Promise<void> {
    return cluster.ensureNamespace(this.controlPlane, name);
  }

  /** Access as an existing service account, with its RBAC and a token in a file. */
  serviceAccountKubeconfig(
    namespace: string,
    name: string,
    options?: cluster.TokenOptions,
  ): Promise<cluster.ServiceAccountAccess> {
    const folder = join(this.runDir, 'access');
    return cluster.serviceAccountAccess(this.controlPlane, folder, { namespace, name }, options);
  }

  /** A process that somebody else started goes with the bench. */
  adopt(name: string, pid: number): void {
    const identity = identifyProcess(pid);
    if (identity !== undefined) this.#ledger.add({ kind: 'process', name, identity });
  }

  /** Starts a program that outlives this process and goes with the bench; its output goes to the logs. */
  runInBackground(
    name: string,
    command: readonly string[],
    env: Readonly<Record<string, string>>,
  ): Daemon {
    const variables = Object.entries(env).map(([variable, value]) => `${variable}=${value}`);
    return Daemon.start({
      name,
      program: 'env',
      args: [...variables, ...command],
      logFile: join(this.runDir, 'logs', `${name}.log`),
      cwd: this.runDir,
      ledger: this.#ledger,
    });
  }

  /** A virtual machine beside the storage hosts, such as a worker that mounts from them. */
  startMachine(
    options: Pick<VirtualMachineOptions, 'name' | 'role' | 'segmentAddress'>,
  ): Promise<VirtualMachine> {
    const logFolder = join(this.runDir, 'logs');
    return VirtualMachine.start({ ...options, logFolder, ledger: this.#ledger });
  }

  /** known_hosts tells the keys that the hosts have now (after SshDaemon.swapHostKey). */
  trustHostKeys(): void {
    this.ssh.trust(this.hosts.map((host) => host.sshTarget));
  }

  async stop({ keepLogs = false }: StopOptions = {}): Promise<void> {
    await removeBench(this.id, { keepLogs });
  }
}

export interface BenchParts {
  readonly controlPlane: ControlPlane;
  readonly hosts: readonly StorageHost[];
  readonly ssh: SshFolder;
}

/**
 * Starts a bench. It goes when it is stopped, and also when this process ends in any way, unless `keep`.
 * Benches of dead processes are removed first. When it cannot be started, what was started is removed and
 * the logs stay.
 */
export async function startBench(options: BenchOptions = {}): Promise<Bench> {
  const { progress = new ProgressLines(), keep = false } = options;
  assertRoot();
  const runDir = resolve(options.runDir ?? defaultRunDir);
  const binaries = await buildBinaries(progress);
  await removeLeftovers(progress.say);
  const ledger = await withMachineLock(machineLockFile, () =>
    Promise.resolve(claimRunDir(runDir, keep)),
  );
  if (!keep) reapWhenThisProcessEnds(ledger.id);
  try {
    const bench = new Bench(ledger, binaries, await startParts(options, ledger, binaries));
    bench.trustHostKeys();
    for (const name of options.nodes ?? []) await bench.createNode(name);
    await startNodes(bench, options.kubelets ?? {}, ledger);
    writeDescription(bench.description);
    progress.say(`bench ready in ${runDir}`);
    return bench;
  } catch (error) {
    await removeBench(ledger.id, { keepLogs: true });
    throw error;
  }
}

async function startParts(
  options: BenchOptions,
  ledger: Ledger,
  binaries: Binaries,
): Promise<BenchParts> {
  const { runDir } = ledger.record;
  const { hosts: names = ['storage-1', 'storage-2'], poolSizeBytes = 2 * 1024 ** 3 } = options;
  const { hostKind = defaultHostKind() } = options;
  const ssh = new SshFolder(join(runDir, 'ssh'));
  await ssh.makeKey();
  const nodesByAddress = Object.keys(options.kubelets ?? {}).length > 0;
  const startingPlane = ControlPlane.start({ runDir, binaries, ledger, nodesByAddress });
  const startingHosts = names.map((name, index) =>
    startHost(hostKind, {
      name,
      number: index + 1,
      runDir,
      shim: binaries['zfs-shim'],
      sshFolder: ssh,
      ledger,
      poolSizeBytes,
    }),
  );
  // All are waited for even when one fails: what starts late must be removed as well.
  await Promise.allSettled([startingPlane, ...startingHosts]);
  return { controlPlane: await startingPlane, hosts: await Promise.all(startingHosts), ssh };
}

function claimRunDir(runDir: string, keep: boolean): Ledger {
  const other = readRecords().find((record) => record.runDir === runDir);
  if (other !== undefined) {
    throw new Error(`a bench is up in ${runDir}; end it with: node e2e/bench/main.ts down`);
  }
  if (existsSync(runDir) && !isOurs(runDir)) {
    throw new Error(`${runDir} holds files that no bench made; choose another run directory`);
  }
  rmSync(runDir, { recursive: true, force: true });
  mkdirSync(join(runDir, 'logs'), { recursive: true });
  return Ledger.open(runDir, keep);
}

/** Empty, or only the logs that an earlier bench left there. */
function isOurs(runDir: string): boolean {
  return readdirSync(runDir).every((entry) => entry === 'logs');
}

function assertRoot(): void {
  if (process.getuid?.() !== 0) {
    throw new Error('the bench needs root: it makes users, sudo rules and ZFS pools');
  }
}
