import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ApiRequest } from '../audit-log.ts';
import { AuditLog } from '../audit-log.ts';
import type { Bench } from '../bench/bench.ts';
import { eventually } from '../bench/eventually.ts';
import type { Progress } from '../bench/progress.ts';
import { ProvisionerProcess } from '../bench/provisioner-process.ts';
import { SshFolder } from '../bench/storage-host/ssh-folder.ts';
import type { SshTarget } from '../bench/storage-host/ssh-folder.ts';
import type { StorageHost } from '../bench/storage-host/storage-host.ts';
import type { Amounts } from './amounts.ts';
import type { Contestant } from './contestant.ts';
import type { FigureName } from './figures.ts';
import type { Records } from './records.ts';
import { Timeline } from './timeline.ts';
import { Workload } from './workload.ts';

export interface ArenaParts {
  readonly bench: Bench;
  readonly amounts: Amounts;
  readonly contestants: readonly Contestant[];
  readonly records: Records;
  readonly say: Progress;
}

/** A way to a storage host: its address is its name in classes, so that nobody has to look it up. */
export interface Way {
  readonly host: StorageHost;
  readonly address: string;
  readonly port: number;
}

export const classesPath = '/apis/storage.k8s.io/v1/storageclasses';

/** The bench with what is the same for everybody who is measured on it. */
export class Arena {
  readonly bench: Bench;
  readonly amounts: Amounts;
  readonly contestants: readonly Contestant[];
  readonly records: Records;
  readonly say: Progress;
  readonly workload: Workload;
  readonly audit: AuditLog;
  readonly #ssh: SshFolder;
  readonly #classes = new Set<string>();
  #started = 0;

  constructor(parts: ArenaParts) {
    this.bench = parts.bench;
    this.amounts = parts.amounts;
    this.contestants = parts.contestants;
    this.records = parts.records;
    this.say = parts.say;
    this.workload = new Workload(parts.bench);
    this.audit = new AuditLog(parts.bench.controlPlane.auditLog);
    const folder = join(parts.bench.runDir, 'benchmark-ssh');
    cpSync(parts.bench.ssh.path, folder, { recursive: true });
    this.#ssh = new SshFolder(folder);
  }

  get firstHost(): StorageHost {
    const [host] = this.bench.hosts;
    if (host === undefined) throw new Error('the bench has no storage host');
    return host;
  }

  /** What a contestant makes is below a parent of its own. */
  parentOf({ name }: Contestant, host: StorageHost): string {
    return `${host.pool}/${name}`;
  }

  /** The straight way to a host. */
  wayTo(host: StorageHost): Way {
    return { host, address: host.address, port: host.port };
  }

  /** Makes a class of a contestant for each way, on an empty parent, and lets both find the hosts. */
  async prepare(contestant: Contestant, ways: readonly Way[]): Promise<string[]> {
    this.#ssh.trust(ways.map(targetOf));
    for (const host of new Set(ways.map((way) => way.host))) {
      await host.zfs('create', this.parentOf(contestant, host));
    }
    const names = ways.map((_, index) => `${contestant.name}-${index + 1}`);
    for (const [index, way] of ways.entries()) {
      const body = {
        apiVersion: 'storage.k8s.io/v1',
        kind: 'StorageClass',
        metadata: { name: names[index] },
        provisioner: contestant.instance,
        reclaimPolicy: 'Delete',
        allowVolumeExpansion: true,
        parameters: {
          hostname: way.address,
          parentDataset: this.parentOf(contestant, way.host),
          type: 'nfs',
        },
      };
      await this.bench.controlPlane.api.call(classesPath, { method: 'POST', body });
    }
    for (const name of names) this.#classes.add(name);
    return names;
  }

  /** Takes away what `prepare` made, with all datasets. */
  async clear(contestant: Contestant, ways: readonly Way[]): Promise<void> {
    for (const name of this.#classes) {
      await this.bench.controlPlane.api.call(`${classesPath}/${name}`, { method: 'DELETE' });
    }
    this.#classes.clear();
    for (const host of new Set(ways.map((way) => way.host))) {
      const parent = this.parentOf(contestant, host);
      await this.destroyAll(host, parent);
    }
  }

  /** Takes away a dataset with all that is below it. */
  async destroyAll(host: StorageHost, dataset: string): Promise<void> {
    const destroy = async (): Promise<true> => {
      await host.zfs('destroy', '-r', dataset);
      return true;
    };
    // zfs-fuse takes moments until it has let go of a dataset, and there may be a thousand.
    await eventually(`${dataset} is gone`, destroy, { timeoutMs: 300_000 });
  }

  /** Starts a contestant when nobody leads, with a claim that waits for it, and records how long that took. */
  async start(
    contestant: Contestant,
    { className, figure, env = {} }: StartOptions,
  ): Promise<ProvisionerProcess> {
    const number = ++this.#started;
    const claim = `first-${number}`;
    await this.workload.create([claim], className);
    await this.workload.untilAnnotated(claim);
    await delay(500);
    await this.#forgetLeader(contestant);
    const logFile = join(this.bench.runDir, 'logs', `${contestant.name}-${number}.log`);
    const mark = this.audit.mark();
    const startedMs = performance.timeOrigin + performance.now();
    const started = await ProvisionerProcess.start({
      command: contestant.command,
      env: { ...contestant.env, ...env, ZFS_SSH_MOUNT_PATH: this.#ssh.path },
      logFile,
    });
    this.bench.adopt(`${contestant.name} ${number}`, started.pid);
    await this.workload.untilBound([claim], 120_000);
    await delay(300);
    const boundMs = new Timeline(this.audit.since(mark)).claimBound(claim);
    this.records.add(contestant.name, figure, boundMs - startedMs);
    await this.workload.delete([claim], 120_000);
    return started;
  }

  mark(): number {
    return this.audit.mark();
  }

  /** What was asked of the API server, once no contestant asks anything but for its lease for a while. */
  async requestsSince(mark: number): Promise<ApiRequest[]> {
    const users = new Set(this.contestants.map(({ user }) => user));
    const isWork = ({ user, resource, verb }: ApiRequest): boolean =>
      users.has(user) && !resource.endsWith('leases') && verb !== 'watch';
    let last = this.mark();
    // Who polls is never quiet.
    for (let looks = 0; looks < 5; looks++) {
      await delay(1000);
      const next = this.mark();
      if (!this.audit.since(last).some(isWork)) break;
      last = next;
    }
    return this.audit.since(mark);
  }

  async #forgetLeader({ namespace }: Contestant): Promise<void> {
    const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
    await this.bench.controlPlane.api.call(path, { method: 'DELETE' });
  }
}

export interface StartOptions {
  readonly className: string;
  /** What the time from the start to the first claim bound is recorded as. */
  readonly figure: FigureName;
  readonly env?: Readonly<Record<string, string>>;
}

function targetOf({ host, address, port }: Way): SshTarget {
  return { name: address, address, port, user: host.user, hostPublicKey: host.ssh.hostPublicKey };
}
