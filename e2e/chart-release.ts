import { chmodSync, chownSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { stringify } from 'yaml';
import type { Bench } from './bench/bench.ts';
import { benchFolder } from './bench/binaries/programs.ts';
import { runCommand } from './bench/machine/run-command.ts';
import { ProvisionerProcess } from './bench/provisioner-process.ts';

export const chartFolder = resolve(benchFolder, '../../charts/zfs-provisioner');

interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly fieldRef?: { readonly fieldPath: string };
    readonly secretKeyRef?: { readonly name: string; readonly key: string };
  };
}

interface PodSpec {
  readonly serviceAccountName: string;
  readonly securityContext: {
    readonly runAsUser: number;
    readonly runAsGroup: number;
    readonly fsGroup: number;
  };
  readonly hostAliases?: readonly { readonly ip: string; readonly hostnames: readonly string[] }[];
  readonly containers: readonly [
    {
      readonly env: readonly Variable[];
      readonly securityContext: { readonly runAsUser?: number };
      readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
    },
  ];
  readonly volumes: readonly PodVolume[];
}

interface PodVolume {
  readonly name: string;
  readonly secret?: { readonly secretName: string; readonly defaultMode: number };
  readonly configMap?: { readonly name: string };
}

interface Deployment {
  readonly spec: { readonly template: { readonly spec: PodSpec } };
}

type Texts = Readonly<Record<string, string>>;

export interface ReleaseParts {
  readonly name: string;
  readonly namespace: string;
}

/** The chart, installed by helm on the API server of a bench. */
export class ChartRelease {
  readonly #bench: Bench;
  readonly #name: string;
  readonly #namespace: string;

  constructor(bench: Bench, { name, namespace }: ReleaseParts) {
    this.#bench = bench;
    this.#name = name;
    this.#namespace = namespace;
  }

  /** Name that the API server has for its service account. */
  get user(): string {
    return `system:serviceaccount:${this.#namespace}:${this.#name}`;
  }

  /** `helm upgrade --install`; resolves with what it prints. @throws what helm says when it fails */
  install(values: object): Promise<string> {
    const input = stringify({ fullnameOverride: this.#name, ...values });
    return this.#helm(['upgrade', '--install', this.#name, chartFolder, '--values', '-'], input);
  }

  uninstall(): Promise<string> {
    return this.#helm(['uninstall', this.#name, '--wait']);
  }

  /**
   * Runs the bundle as a pod of the Deployment would run: with its environment, files, service account, user and
   * group, with nothing writable and without capabilities.
   */
  async startPod(): Promise<ProvisionerProcess> {
    const path = `/apis/apps/v1/namespaces/${this.#namespace}/deployments/${this.#name}`;
    const { spec } = await this.#get<Deployment>(path);
    const pod = spec.template.spec;
    const tree = join(this.#bench.runDir, `pod-${this.#name}`);
    for (const folder of ['etc', 'run', 'home']) {
      mkdirSync(join(tree, folder), { recursive: true, mode: 0o755 });
    }
    copyFileSync('/etc/resolv.conf', join(tree, 'etc/resolv.conf'));
    const aliases = pod.hostAliases ?? [];
    const lines = aliases.map(({ ip, hostnames }) => `${ip} ${hostnames.join(' ')}\n`);
    writeFileSync(join(tree, 'etc/hosts'), ['127.0.0.1 localhost\n', ...lines].join(''));
    await this.#writeVolumes(tree, pod);
    await this.#writeAccount(tree, pod.serviceAccountName);
    const { runAsGroup, fsGroup, ...inPod } = pod.securityContext;
    const { runAsUser = inPod.runAsUser } = pod.containers[0].securityContext;
    const bundle = resolve(benchFolder, '../../dist/main.cjs');
    const numbers = [runAsUser, runAsGroup, fsGroup].map(String);
    const parts = [tree, process.execPath, bundle, ...numbers];
    const server = new URL(this.#bench.controlPlane.url);
    const started = await ProvisionerProcess.start({
      env: {
        ...(await this.#environment(pod)),
        KUBERNETES_SERVICE_HOST: server.hostname,
        KUBERNETES_SERVICE_PORT: server.port,
      },
      logFile: join(this.#bench.runDir, 'logs', `pod-${this.#name}.log`),
      command: ['unshare', '--mount', 'sh', join(benchFolder, 'node/pod.sh'), ...parts],
    });
    this.#bench.adopt(`pod-${this.#name}`, started.pid);
    return started;
  }

  async #environment(pod: PodSpec): Promise<Texts> {
    const variables = pod.containers[0].env.map(async ({ name, value, valueFrom }) => {
      const secret = valueFrom?.secretKeyRef;
      if (secret !== undefined) return [name, (await this.#secret(secret.name))[secret.key] ?? ''];
      return [name, valueFrom === undefined ? (value ?? '') : this.#namespace];
    });
    return Object.fromEntries(await Promise.all(variables)) as Texts;
  }

  /** Secrets as the kubelet writes them: they belong to root and the pod's fsGroup. */
  async #writeVolumes(
    tree: string,
    { volumes, containers, securityContext }: PodSpec,
  ): Promise<void> {
    for (const { name, mountPath } of containers[0].volumeMounts) {
      const volume = volumes.find((each) => each.name === name);
      if (volume === undefined) throw new Error(`the pod has no volume ${name}`);
      for (const [file, content] of Object.entries(await this.#contentOf(volume))) {
        const path = writeInto(join(tree, mountPath, file), content);
        chownSync(path, 0, securityContext.fsGroup);
        chmodSync(path, volume.secret?.defaultMode ?? 0o644);
      }
    }
  }

  #contentOf({ secret, configMap }: PodVolume): Promise<Texts> {
    return secret === undefined
      ? this.#configMap(configMap?.name ?? '')
      : this.#secret(secret.secretName);
  }

  /** As the kubelet mounts a service account's token. */
  async #writeAccount(tree: string, account: string): Promise<void> {
    const folder = join(tree, 'run/secrets/kubernetes.io/serviceaccount');
    const token = await this.#bench.kubectl('create', 'token', account, '-n', this.#namespace);
    const authority = await this.#configMap('kube-root-ca.crt');
    const files = { ...authority, token: token.trim(), namespace: this.#namespace };
    for (const [file, content] of Object.entries(files)) writeInto(join(folder, file), content);
  }

  async #secret(name: string): Promise<Texts> {
    const path = `/api/v1/namespaces/${this.#namespace}/secrets/${name}`;
    const { data } = await this.#get<{ readonly data: Texts }>(path);
    const text = ([key, value]: [string, string]): [string, string] => [
      key,
      Buffer.from(value, 'base64').toString(),
    ];
    return Object.fromEntries(Object.entries(data).map(text));
  }

  async #configMap(name: string): Promise<Texts> {
    const path = `/api/v1/namespaces/${this.#namespace}/configmaps/${name}`;
    return (await this.#get<{ readonly data: Texts }>(path)).data;
  }

  #get<T>(path: string): Promise<T> {
    return this.#bench.controlPlane.api.call<T>(path);
  }

  #helm(args: readonly string[], stdin = ''): Promise<string> {
    const where = ['--kubeconfig', this.#bench.kubeconfig, '--namespace', this.#namespace];
    return runCommand(this.#bench.binaries.helm, [...args, ...where], { stdin });
  }
}

function writeInto(path: string, content: string): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  writeFileSync(path, content);
  return path;
}
