import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';

import type { Bench } from '../bench/bench.ts';
import { eventually } from '../bench/eventually.ts';
import { runCommand } from '../bench/machine/run-command.ts';
import { checkout } from './dockerfile.ts';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

interface PodSpec {
  readonly containers: readonly { readonly env: readonly object[] }[];
}

interface Deployment extends Manifest {
  readonly spec: { readonly template: { readonly spec: PodSpec } };
}

/** What is read of the pod that runs the image. */
export interface RunningPod {
  readonly name: string;
  /** Of the container's first process, on this machine. */
  readonly pid: number;
}

export interface ChartValues {
  readonly image: string;
  readonly port: number;
  readonly classes: readonly object[];
}

export const namespace = 'zfs-system';
const release = 'zfs-provisioner';

/** As Kubernetes' own reader: 0440 is octal. */
const yaml11 = { version: '1.1' } as const;

/**
 * Installs the chart with its Deployment, and the image in it, on a bench with a kubelet. The chart's objects are as
 * rendered, but for what a bench's node lacks: the pod uses the machine's network, and is told where the API server is.
 */
export async function installChart(bench: Bench, values: ChartValues): Promise<void> {
  const text = await render(bench, values);
  const manifests = parseAllDocuments(text, yaml11).map(
    (document) => document.toJS() as Manifest | null,
  );
  await bench.ensureNamespace(namespace);
  const url = new URL(bench.controlPlane.url);
  const objects = manifests
    .filter((manifest) => manifest !== null)
    .map((manifest) => (isDeployment(manifest) ? onBenchNode(manifest, url) : manifest));
  await bench.apply(objects.map((each) => stringify(each)).join('---\n'));
}

async function render(bench: Bench, { image, port, classes }: ChartValues): Promise<string> {
  const [repository = '', tag = ''] = image.split(/:(?=[^:]*$)/);
  const values = {
    fullnameOverride: release,
    replicaCount: 1,
    image: { repository, tag, pullPolicy: 'Never' },
    metrics: { port },
    env: { ZFS_EXPORTS_FILES: bench.hosts.map((host) => host.exportsFile).join(',') },
    ssh: sshValues(bench),
    storageClass: { create: true, classes },
  };
  const chart = join(checkout, 'charts/zfs-provisioner');
  const args = ['template', release, chart, '--namespace', namespace, '--values', '-'];
  return runCommand(bench.binaries.helm, args, { stdin: stringify(values) });
}

/** The bench's key, known hosts and config, as a person hands them to the chart. */
function sshValues(bench: Bench): object {
  const read = (name: string): string => readFileSync(join(bench.ssh.path, name), 'utf8');
  const knownHosts = read('known_hosts').trim().split('\n');
  return {
    identities: { id_ed25519: read('id_ed25519') },
    config: read('config').replaceAll(/^\s*(IdentityFile|UserKnownHostsFile) .*\n/gm, ''),
    knownHosts: knownHosts.map((line) => {
      const [host, ...pubKey] = line.split(' ');
      return { host, pubKey: pubKey.join(' ') };
    }),
  };
}

function isDeployment(manifest: Manifest): manifest is Deployment {
  return manifest.kind === 'Deployment';
}

function onBenchNode(deployment: Deployment, { hostname, port }: URL): Deployment {
  const { template, ...spec } = deployment.spec;
  const server = [
    { name: 'KUBERNETES_SERVICE_HOST', value: hostname },
    { name: 'KUBERNETES_SERVICE_PORT', value: port },
  ];
  const containers = template.spec.containers.map((each) => ({
    ...each,
    env: [...each.env, ...server],
  }));
  const pod = { ...template.spec, hostNetwork: true, containers };
  return { ...deployment, spec: { ...spec, template: { ...template, spec: pod } } };
}

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
    readonly status: {
      readonly containerStatuses?: readonly { readonly containerID?: string }[];
    };
  }[];
}

/** The pod of the Deployment once its container runs. */
export function untilRunning(bench: Bench, besides?: RunningPod): Promise<RunningPod> {
  const find = async (): Promise<RunningPod> => {
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const { items } = await bench.controlPlane.api.call<PodList>(path);
    const pod = items.find(
      ({ metadata }) => metadata.deletionTimestamp === undefined && metadata.name !== besides?.name,
    );
    const id = pod?.status.containerStatuses?.[0]?.containerID?.replace('containerd://', '');
    const pid = id === undefined ? undefined : processOf(id);
    if (pod === undefined || pid === undefined) throw new Error(JSON.stringify(pod?.status));
    return { name: pod.metadata.name, pid };
  };
  return eventually('the pod of the Deployment runs', find, { timeoutMs: 60_000, intervalMs: 10 });
}

/** The first process of a container: its cgroup is named after it. */
function processOf(containerId: string): number | undefined {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const found = pids.find((pid) => readOr(`/proc/${pid}/cgroup`).includes(containerId));
  return found === undefined ? undefined : Number(found);
}

function readOr(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // the process has ended
  }
}

/** Its Deployment makes another. */
export async function endPod(bench: Bench, { name }: RunningPod): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
  await bench.controlPlane.api.call(path, { method: 'DELETE' });
}
