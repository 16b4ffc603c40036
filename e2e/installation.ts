import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import type { Bench } from './bench/bench.ts';
import type { ApiProxy } from './bench/control-plane/api-proxy.ts';
import { benchFolder } from './bench/binaries/programs.ts';
import { runCommand } from './bench/machine/run-command.ts';
import { ProvisionerProcess, provisionerCommand } from './bench/provisioner-process.ts';

/** A StorageClass as the chart's values give it; hostName and parentDataset are the first host's. */
export interface ClassValues {
  readonly name: string;
  readonly type?: string;
  readonly hostName?: string;
  readonly parentDataset?: string;
  readonly policy?: 'Delete' | 'Retain' | 'Recycle';
  readonly node?: string;
  readonly shareProperties?: string;
  readonly reserveSpace?: boolean;
  readonly destroySnapshots?: boolean;
  readonly volumeBindingMode?: string;
  readonly mountOptions?: readonly string[];
  readonly allowedTopologies?: readonly object[];
}

interface Manifest {
  readonly kind: string;
  readonly spec?: unknown;
}

interface Deployment extends Manifest {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly {
          readonly env: readonly { readonly name: string; readonly value?: string }[];
        }[];
      };
    };
  };
}

const chart = join(benchFolder, '../../charts/zfs-provisioner');
const release = 'zfs-provisioner';

/**
 * The chart, installed on a bench: its RBAC, service account and classes are applied, and the process is
 * started with the environment of its Deployment and the rights of its service account.
 */
export class Installation {
  readonly namespace: string;
  readonly env: Readonly<Record<string, string>>;
  readonly #bench: Bench;
  readonly #started: ProvisionerProcess[] = [];
  #apiProxy: ApiProxy | undefined;

  private constructor(bench: Bench, namespace: string, env: Readonly<Record<string, string>>) {
    this.#bench = bench;
    this.namespace = namespace;
    this.env = env;
  }

  /** Its way to the API server, if it was installed with one. */
  get apiProxy(): ApiProxy {
    if (this.#apiProxy === undefined) throw new Error('it was installed without an apiProxy');
    return this.#apiProxy;
  }

  static async install(
    bench: Bench,
    classes: readonly ClassValues[],
    { namespace = 'zfs-system', settings: chartSettings = {}, ...options }: InstallOptions = {},
  ): Promise<Installation> {
    const manifests = await render(bench, { classes, namespace, env: chartSettings });
    await bench.ensureNamespace(namespace);
    const deployment = manifests.find((each): each is Deployment => each.kind === 'Deployment');
    if (deployment === undefined) throw new Error('the chart renders no Deployment');
    // Nothing runs pods here: the Deployment's environment is used, the object is not created.
    const others = manifests.filter((each) => each !== deployment);
    await bench.apply(others.map((each) => stringify(each)).join('---\n'));
    const { kubeconfig } = await bench.serviceAccountKubeconfig(namespace, release);
    const variables = deployment.spec.template.spec.containers[0]?.env ?? [];
    // Each replica gets free ports of its own.
    const settings = variables.filter(({ name }) => name !== 'ZFS_METRICS_PORT');
    const apiProxy = options.apiProxy === true ? await bench.controlPlane.startProxy() : undefined;
    const installation = new Installation(bench, namespace, {
      ...Object.fromEntries(settings.map(({ name, value }) => [name, value ?? namespace])),
      ZFS_KUBE_CONFIG_PATH: apiProxy?.kubeconfigFor(kubeconfig) ?? kubeconfig,
      ZFS_SSH_MOUNT_PATH: bench.ssh.path,
      ZFS_EXPORTS_FILES: [...new Set(bench.hosts.map((host) => host.exportsFile))].join(','),
    });
    installation.#apiProxy = apiProxy;
    return installation;
  }

  /** Starts a replica; its log goes to the bench's logs. */
  async start(extraEnv: Readonly<Record<string, string>> = {}): Promise<ProvisionerProcess> {
    const name = `provisioner-${this.#started.length + 1}.log`;
    const logFile = join(this.#bench.runDir, 'logs', name);
    const replica = await ProvisionerProcess.start({ env: { ...this.env, ...extraEnv }, logFile });
    this.#bench.adopt(name, replica.pid);
    this.#started.push(replica);
    return replica;
  }

  /** Starts a replica that outlives this process and goes with the bench. */
  startInBackground(metricsPort: number): void {
    const env = { ...this.env, ZFS_METRICS_ADDR: '127.0.0.1', ZFS_METRICS_PORT: `${metricsPort}` };
    this.#bench.runInBackground('provisioner', provisionerCommand, env);
  }

  /** Ends every replica that still runs, and the proxy. */
  async end(): Promise<void> {
    await Promise.all(this.#started.map((replica) => replica.kill()));
    await this.#apiProxy?.stop();
  }

  /** Adds or replaces classes; their parameters cannot be changed in place. */
  async applyClasses(classes: readonly ClassValues[]): Promise<void> {
    const manifests = await render(this.#bench, { classes, namespace: this.namespace });
    const rendered = manifests.filter(({ kind }) => kind === 'StorageClass');
    const names = classes.map(({ name }) => name);
    await this.#bench.kubectl('delete', 'storageclass', '--ignore-not-found', ...names);
    await this.#bench.apply(rendered.map((each) => stringify(each)).join('---\n'));
  }
}

interface InstallOptions {
  readonly namespace?: string;
  /** `env` of the chart, which may have a say in more than the Deployment. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Its replicas reach the API server through `installation.apiProxy`. */
  readonly apiProxy?: true | undefined;
}

interface ChartValues {
  readonly classes: readonly ClassValues[];
  readonly namespace: string;
  readonly env?: Readonly<Record<string, string>>;
}

async function render(
  bench: Bench,
  { classes, namespace, env = {} }: ChartValues,
): Promise<Manifest[]> {
  const [host] = bench.hosts;
  if (host === undefined) throw new Error('the bench has no storage host');
  const values = {
    fullnameOverride: release,
    // As who comes from the classic provisioner: most classes here say nothing of sharing.
    env: { ZFS_EXPORT_TO_EVERYONE: 'true', ...env },
    ssh: { externalSecretName: 'not-mounted-here' },
    storageClass: {
      create: true,
      classes: classes.map((each) => ({
        hostName: host.name,
        parentDataset: host.parentDataset,
        type: 'nfs',
        ...each,
      })),
    },
  };
  const args = ['template', release, chart, '--namespace', namespace, '--values', '-'];
  const text = await runCommand(bench.binaries.helm, args, { stdin: stringify(values) });
  return parseAllDocuments(text)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
}
