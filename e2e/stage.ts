import { afterAll, beforeAll, expect } from '@jest/globals';
import { basename, join } from 'node:path';
import { refusalsIn } from './audit-log.ts';
import type { Claim, StorageClass, Volume } from '../src/volume/objects.ts';
import type { Bench, BenchOptions } from './bench/bench.ts';
import { defaultRunDir, startBench } from './bench/bench.ts';
import { ApiStatusError } from './bench/control-plane/admin-api.ts';
import { eventually } from './bench/eventually.ts';
import type { ProvisionerProcess } from './bench/provisioner-process.ts';
import type { HostKind } from './bench/storage-host/host-kind.ts';
import type { StorageHost } from './bench/storage-host/storage-host.ts';
import type { ClassValues } from './installation.ts';
import { Installation } from './installation.ts';

export interface StageOptions {
  readonly classes: readonly ClassValues[];
  readonly hosts?: readonly string[];
  /** `openzfs`: the scenario needs real OpenZFS. Default is what ZFS_BENCH_HOST says. */
  readonly hostKind?: HostKind;
  readonly nodes?: readonly string[];
  readonly kubelets?: NonNullable<BenchOptions['kubelets']>;
  /** Settings of the provisioner that is started. */
  readonly env?: Readonly<Record<string, string>>;
  /** Settings that the chart is installed with: its roles may follow from them. */
  readonly chartEnv?: Readonly<Record<string, string>>;
  /** The provisioner reaches the API server through `stage.installation.apiProxy`. */
  readonly apiProxy?: true;
  /** false: the scenario starts its own. */
  readonly provisioner?: false;
  /** The scenario takes rights away. In all others nothing may be asked for that the chart's roles do not grant. */
  readonly expectsDenials?: true;
}

export interface ClaimSpec {
  readonly name: string;
  readonly className: string;
  readonly size?: string;
  readonly accessModes?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  /** Merged over the spec. */
  readonly spec?: Readonly<Record<string, unknown>>;
}

export interface ClusterEvent {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  readonly involvedObject: { readonly kind: string; readonly name: string };
}

interface List<T> {
  readonly items: readonly T[];
}

const claimsPath = '/api/v1/namespaces/default/persistentvolumeclaims';
const volumesPath = '/api/v1/persistentvolumes';
const classesPath = '/apis/storage.k8s.io/v1/storageclasses';

/** A bench with the product running on it, and the words that scenarios are told in. */
export class Stage {
  readonly bench: Bench;
  readonly installation: Installation;
  provisioner!: ProvisionerProcess;
  readonly #expectsDenials: boolean;

  private constructor(bench: Bench, installation: Installation, expectsDenials: boolean) {
    this.bench = bench;
    this.installation = installation;
    this.#expectsDenials = expectsDenials;
  }

  static async set(options: StageOptions): Promise<Stage> {
    const runDir = join(
      defaultRunDir,
      '../scenarios',
      basename(expect.getState().testPath ?? 'stage'),
    );
    const { hosts = ['storage-1'], nodes = [], kubelets = {} } = options;
    const { hostKind } = options;
    const bench = await startBench({ runDir, hosts, hostKind, nodes, kubelets });
    const { classes, chartEnv = {}, apiProxy } = options;
    const install = { settings: chartEnv, apiProxy };
    const installation = await Installation.install(bench, classes, install);
    const stage = new Stage(bench, installation, options.expectsDenials === true);
    if (options.provisioner !== false) {
      stage.provisioner = await stage.installation.start(options.env);
      await stage.provisioner.untilReady();
    }
    return stage;
  }

  /**
   * The logs stay, in .run/scenarios, until the scenario's next run.
   * @throws when the API server refused the product anything: every scenario runs with the chart's roles
   */
  async strike(): Promise<void> {
    await this.installation.end();
    const refusals = this.#expectsDenials ? [] : refusalsIn(this.bench.controlPlane.auditLog);
    await this.bench.stop({ keepLogs: true });
    if (refusals.length > 0) throw new Error(`the API server refused: ${refusals.join('; ')}`);
  }

  /** The first storage host. */
  get host(): StorageHost {
    const [host] = this.bench.hosts;
    if (host === undefined) throw new Error('the bench has no storage host');
    return host;
  }

  async createClaim({ name, className, ...more }: ClaimSpec): Promise<void> {
    const body = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name, annotations: more.annotations },
      spec: {
        storageClassName: className,
        accessModes: more.accessModes ?? ['ReadWriteOnce'],
        resources: { requests: { storage: more.size ?? '64Mi' } },
        ...more.spec,
      },
    };
    await this.#api(claimsPath, { method: 'POST', body });
  }

  async claim(name: string): Promise<Claim | undefined> {
    return this.#find<Claim>(`${claimsPath}/${name}`);
  }

  async patchClaim(name: string, patch: object): Promise<void> {
    await this.#api(`${claimsPath}/${name}`, { method: 'PATCH', body: patch });
  }

  async deleteClaim(name: string): Promise<void> {
    await this.#api(`${claimsPath}/${name}`, { method: 'DELETE' });
  }

  /** Creates a claim and resolves with its volume once both are bound. */
  async provision(claim: ClaimSpec): Promise<Volume> {
    await this.createClaim(claim);
    return this.untilBound(claim.name);
  }

  async untilBound(name: string, timeoutMs = 20_000): Promise<Volume> {
    const isBound = async (): Promise<string | undefined> => {
      const claim = await this.claim(name);
      if (claim?.status?.phase === 'Bound') return claim.spec.volumeName;
      throw new Error(
        `${name} is ${claim?.status?.phase ?? 'not there'}; ${await this.#told(name)}`,
      );
    };
    const volumeName = await eventually(`claim ${name} is bound`, isBound, { timeoutMs });
    return eventually(`volume of ${name} is bound`, async () => {
      const volume = await this.volume(volumeName);
      return volume?.status?.phase === 'Bound' ? volume : undefined;
    });
  }

  async volume(name: string): Promise<Volume | undefined> {
    return this.#find<Volume>(`${volumesPath}/${name}`);
  }

  async volumes(): Promise<readonly Volume[]> {
    return (await this.bench.controlPlane.api.call<List<Volume>>(volumesPath)).items;
  }

  async patchVolume(name: string, patch: object): Promise<void> {
    await this.#api(`${volumesPath}/${name}`, { method: 'PATCH', body: patch });
  }

  /** A volume as a person writes it. */
  async createVolume(manifest: Pick<Volume, 'metadata' | 'spec'>): Promise<void> {
    const body = { apiVersion: 'v1', kind: 'PersistentVolume', ...manifest };
    await this.#api(volumesPath, { method: 'POST', body });
  }

  /** A change that means nothing, but makes the provisioner look at once instead of later. */
  async nudgeVolume(name: string): Promise<void> {
    const annotations = { 'example.com/nudged': String(performance.now()) };
    await this.patchVolume(name, { metadata: { annotations } });
  }

  async deleteVolume(name: string): Promise<void> {
    await this.#api(`${volumesPath}/${name}`, { method: 'DELETE' });
  }

  async untilVolumeGone(name: string, timeoutMs = 20_000): Promise<void> {
    const isGone = async (): Promise<boolean> => {
      const volume = await this.volume(name);
      if (volume === undefined) return true;
      throw new Error(`${name} is ${volume.status?.phase ?? ''}; ${await this.#told(name)}`);
    };
    await eventually(`volume ${name} is gone`, isGone, { timeoutMs });
  }

  /** As nudgeVolume, for a claim. */
  async nudgeClaim(name: string): Promise<void> {
    const annotations = { 'example.com/nudged': String(performance.now()) };
    await this.patchClaim(name, { metadata: { annotations } });
  }

  /** The name that the volume of a claim has, or will have. */
  async volumeNameFor(claimName: string): Promise<string> {
    const claim = await this.claim(claimName);
    if (claim === undefined) throw new Error(`there is no claim ${claimName}`);
    return `pvc-${claim.metadata.uid}`;
  }

  /** A class as a person writes it: its parameters are laid over those of an nfs class of the first host. */
  async createClass(
    name: string,
    { parameters = {}, ...more }: Partial<Omit<StorageClass, 'metadata'>> = {},
  ): Promise<void> {
    const { parentDataset, name: hostname } = this.host;
    const body = {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name },
      provisioner: this.installation.env['ZFS_PROVISIONER_INSTANCE'],
      parameters: { parentDataset, hostname, type: 'nfs', ...parameters },
      ...more,
    };
    await this.#api(classesPath, { method: 'POST', body });
  }

  async deleteClass(name: string): Promise<void> {
    await this.#api(`${classesPath}/${name}`, { method: 'DELETE' });
  }

  async storageClass(name: string): Promise<StorageClass | undefined> {
    return this.#find<StorageClass>(`${classesPath}/${name}`);
  }

  /** Events about an object, of the provisioner only. */
  async events(objectName: string): Promise<readonly ClusterEvent[]> {
    const selector = encodeURIComponent(`involvedObject.name=${objectName}`);
    const path = `/api/v1/namespaces/default/events?fieldSelector=${selector}`;
    const { items } =
      await this.bench.controlPlane.api.call<
        List<ClusterEvent & { readonly source?: { readonly component?: string } }>
      >(path);
    return items.filter(
      ({ source }) => source?.component === this.installation.env['ZFS_PROVISIONER_INSTANCE'],
    );
  }

  /** Resolves with the first event with that reason whose message holds the text. */
  async untilEvent(
    objectName: string,
    reason: string,
    text = '',
    timeoutMs = 20_000,
  ): Promise<ClusterEvent> {
    const find = async (): Promise<ClusterEvent | undefined> => {
      const events = await this.events(objectName);
      const found = events.find((each) => each.reason === reason && each.message.includes(text));
      if (found === undefined) throw new Error(`so far: ${JSON.stringify(events)}`);
      return found;
    };
    return eventually(`event ${reason} about ${objectName}: ${text}`, find, { timeoutMs });
  }

  /** Full name of a volume's dataset, as its annotation says. */
  datasetOf(volume: Volume): string {
    return volume.metadata.annotations?.['zfs.pv.kubernetes.io/zfs-dataset-path'] ?? '';
  }

  async datasetNames(host: StorageHost = this.host): Promise<readonly string[]> {
    return [...(await host.datasets('refquota')).keys()];
  }

  async #told(name: string): Promise<string> {
    const events = await this.events(name);
    return `events: ${JSON.stringify(events.map(({ reason, message }) => `${reason}: ${message}`))}`;
  }

  async #find<T>(path: string): Promise<T | undefined> {
    try {
      return await this.bench.controlPlane.api.call<T>(path);
    } catch (error) {
      if (error instanceof ApiStatusError && error.status === 404) return undefined;
      throw error;
    }
  }

  async #api(
    path: string,
    call: Parameters<Bench['controlPlane']['api']['call']>[1],
  ): Promise<void> {
    await this.bench.controlPlane.api.call(path, call);
  }
}

/** A stage for all tests of a file: `const stage = useStage({ ... })`, then `stage()` within tests. */
export function useStage(options: StageOptions): () => Stage {
  let stage: Stage | undefined;
  beforeAll(async () => {
    stage = await Stage.set(options);
  }, 120_000);
  afterAll(async () => {
    await stage?.strike();
  }, 60_000);
  return () => {
    if (stage === undefined) throw new Error('the stage is not set');
    return stage;
  };
}
