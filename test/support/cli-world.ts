import type { CliWorld, Cluster, ConnectionFlags, Terminal } from '../../src/cli/cli-world.ts';
import type { ExitCode } from '../../src/cli/exit-codes.ts';
import { openHttpConsole } from '../../src/cli/console/http-console.ts';
import { runProgram } from '../../src/cli/program.ts';
import { KubeExistsError, KubeMissingError } from '../../src/kube/api-error.ts';
import type {
  AdminApi,
  ClaimManifest,
  EventTarget,
  ObjectEvent,
} from '../../src/kube/admin-api.ts';
import type { Claim, StorageClass, Volume } from '../../src/volume/objects.ts';
import type { DatasetRecord } from '../../src/zfs/dataset-record.ts';
import type { TrashedDataset } from '../../src/zfs/dataset-trash.ts';
import { instance } from './builders.ts';
import { FakeClock } from './fake-clock.ts';
import { FakeKube } from './fake-kube.ts';
import { MemoryZfs } from './memory-zfs.ts';

const dayMs = 86_400_000;

/** With the administrator's calls; a claim that names a volume which is for it is bound at once. */
export class AdminKube extends FakeKube implements AdminApi {
  readonly namespaces = new Set(['default', 'kube-system']);
  /** By the name of their object. */
  readonly objectEvents = new Map<string, readonly ObjectEvent[]>();
  /** Nobody binds anything. */
  isBinding = true;
  /** The next claim that is made is made by somebody else first. */
  rival: Claim | undefined;

  listClaims(): Promise<readonly Claim[]> {
    return Promise.resolve([...this.liveClaims.values()]);
  }

  listVolumes(): Promise<readonly Volume[]> {
    return Promise.resolve([...this.liveVolumes.values()]);
  }

  listClasses(): Promise<readonly StorageClass[]> {
    return Promise.resolve([]);
  }

  listEvents({ name }: EventTarget): Promise<readonly ObjectEvent[]> {
    return Promise.resolve(this.objectEvents.get(name) ?? []);
  }

  override getNamespaceUid(name: string): Promise<string> {
    if (!this.namespaces.has(name)) return Promise.reject(new KubeMissingError('there is none'));
    return super.getNamespaceUid(name);
  }

  createClaim({ metadata, spec }: ClaimManifest): Promise<Claim> {
    this.calls.push(`createClaim ${metadata.name}`);
    const { rival } = this;
    this.rival = undefined;
    if (rival !== undefined) this.addClaim(rival);
    if (this.liveClaims.has(`${metadata.namespace}/${metadata.name}`)) {
      return Promise.reject(new KubeExistsError('exists'));
    }
    const claim = {
      metadata: { ...metadata, uid: `uid-${metadata.name}`, resourceVersion: '1' },
      spec,
      status: { phase: 'Pending' },
    };
    this.addClaim(claim);
    return Promise.resolve(claim);
  }

  override async getClaim(namespace: string, name: string): Promise<Claim | undefined> {
    const claim = await super.getClaim(namespace, name);
    const volume = this.liveVolumes.get(claim?.spec.volumeName ?? '');
    const isForIt = volume?.spec.claimRef?.name === name;
    if (claim === undefined || !isForIt || !this.isBinding) return claim;
    const bound = { ...claim, status: { phase: 'Bound' } };
    this.addClaim(bound);
    return bound;
  }
}

interface Ended {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

interface Person {
  /** Undefined: nobody is there. */
  readonly answer?: string;
  readonly columns?: number;
}

/** A cluster with one provisioner and a host in memory, and commands that are run on it. */
export class CliStage {
  readonly kube = new AdminKube();
  readonly zfs = new MemoryZfs();
  readonly clock = new FakeClock();
  readonly interrupted = new AbortController();
  readonly questions: string[] = [];
  /** Lines that people were told, of all commands so far. */
  readonly told: string[] = [];
  cluster: Cluster = {
    instance,
    clusterId: 'cluster-1',
    kube: this.kube,
    zfs: this.zfs,
    parents: new Map([['storage-1', new Set(['tank/k8s'])]]),
    leftOut: [],
    allowedParents: [],
    orphanGraceMs: 600_000,
    close: () => {
      this.closed++;
      return Promise.resolve();
    },
  };
  /** How often the cluster was let go. */
  closed = 0;
  /** What the console answers. */
  fetch: (address: string, options?: RequestInit) => Promise<Response> = () =>
    Promise.reject(new TypeError('fetch failed'));
  env: Readonly<Record<string, string>> = {};
  /** What `doctor` is given. */
  consult: CliWorld['consult'] = () => Promise.reject(new Error('no patient'));
  /** Which cluster one gets. */
  connected: (flags: ConnectionFlags) => Cluster = () => this.cluster;
  /** What connecting fails with. */
  connectError: Error | undefined;

  async run(args: string, { answer, columns }: Person = {}): Promise<Ended> {
    let [stdout, stderr] = ['', ''];
    const terminal: Terminal = {
      write: (text) => {
        stdout += text;
      },
      tell: (line) => {
        stderr += `${line}\n`;
        this.told.push(line);
      },
      columns,
      hasColour: false,
      ask:
        answer === undefined
          ? undefined
          : (question) => {
              this.questions.push(question);
              return Promise.resolve(answer);
            },
    };
    const world: CliWorld = {
      ...{ version: '1.2.3', terminal, clock: this.clock, signal: this.interrupted.signal },
      consult: (flags) => this.consult(flags),
      connect: (flags) =>
        this.connectError === undefined
          ? Promise.resolve(this.connected(flags))
          : Promise.reject(this.connectError),
      openConsole: (flags) =>
        openHttpConsole(flags, {
          ...{ clock: this.clock, env: this.env },
          fetch: (address, options) => this.fetch(address as string, options),
          warn: (warning) => {
            terminal.tell(warning);
          },
        }),
    };
    const code = await runProgram(args.split(' '), world);
    return { code, stdout, stderr };
  }

  /** The items that `-o json` tells. */
  async items(args: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const { stdout } = await this.run(`${args} -o json`);
    return (JSON.parse(stdout) as { items: Readonly<Record<string, unknown>>[] }).items;
  }
}

/** What the dataset of the builders' claim `data` says of its volume. */
export function aRecord(change: Partial<DatasetRecord> = {}): DatasetRecord {
  return {
    storageClass: 'fast',
    volumeType: 'nfs',
    reclaimPolicy: 'Delete',
    capacity: '1Gi',
    size: String(1n << 30n),
    onDelete: 'trash',
    rest: JSON.stringify({
      host: 'storage-1',
      server: 'storage-1',
      accessModes: ['ReadWriteOnce', 'ReadWriteMany'],
      reserveSpace: true,
      quota: 'refquota',
      destroySnapshots: true,
    }),
    refquotaBytes: 1n << 30n,
    quotaBytes: 0n,
    ...change,
  };
}

/** It was deleted a day ago, and expires in six. */
export function aTrashedDataset(change: Partial<TrashedDataset> = {}): TrashedDataset {
  const nowMs = Date.UTC(2026, 0, 1);
  const recorded = aRecord();
  return {
    host: 'storage-1',
    dataset: 'tank/k8s/.trash/pvc-uid-data-20251231T000000Z',
    instance,
    clusterId: 'cluster-1',
    volumeName: 'pvc-uid-data',
    claimNamespace: 'default',
    claimName: 'data',
    storageClass: 'fast',
    record: recorded.rest,
    trashedFrom: 'tank/k8s/pvc-uid-data',
    trashedAtMs: nowMs - dayMs,
    expiresAtMs: nowMs + 6 * dayMs,
    usedBytes: 3n << 20n,
    usedBySnapshotsBytes: 0n,
    recorded,
    ...change,
  };
}
