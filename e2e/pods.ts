import { CommandError } from './bench/machine/run-command.ts';
import { ApiStatusError } from './bench/control-plane/admin-api.ts';
import { eventually } from './bench/eventually.ts';
import { busyboxImage } from './bench/node/images.ts';
import type { ClusterEvent, Stage } from './stage.ts';

interface Pod {
  readonly spec: { readonly nodeName?: string };
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** How a pod on a real node differs from one that does nothing and mounts its volume at /data. */
export interface PodShape {
  /** A shell's; by default it waits for its end. */
  readonly script?: string;
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly securityContext?: Readonly<Record<string, number>>;
}

/** What a command in a pod came to. */
export interface PodCommand {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

type OnBench = Pick<Stage, 'bench'>;

const podsPath = '/api/v1/namespaces/default/pods';

/** A pod that mounts a claim; the scheduler may choose among the nodes with these labels. */
export async function createPod(
  stage: OnBench,
  name: string,
  claimName: string,
  nodeSelector: Readonly<Record<string, string>> = {},
): Promise<void> {
  await postPod(stage, name, {
    nodeSelector,
    containers: [{ name: 'main', image: 'example.test/none' }],
    volumes: [claimVolume(claimName)],
  });
}

/** Name of the node that the pod was bound to; undefined while it is not. */
export async function nodeOfPod(stage: OnBench, name: string): Promise<string | undefined> {
  return (await getPod(stage, name)).spec.nodeName;
}

/** At once: no kubelet is there to end its containers. */
export async function deletePod({ bench }: OnBench, name: string): Promise<void> {
  const path = `${podsPath}/${name}?gracePeriodSeconds=0`;
  await bench.controlPlane.api.call(path, { method: 'DELETE' });
}

/** Spec of a pod for a real node, with this volume at /data; for templates too. */
export function realPodSpec(volume: object | undefined, shape: PodShape = {}): object {
  const { script, ...more } = shape;
  return {
    hostNetwork: true, // the node has no other
    terminationGracePeriodSeconds: 5,
    ...more,
    containers: [
      {
        name: 'main',
        image: busyboxImage,
        ...(script === undefined ? {} : { command: ['/bin/sh', '-c', script] }),
        volumeMounts: [{ name: 'volume', mountPath: '/data' }],
      },
    ],
    ...(volume === undefined ? {} : { volumes: [volume] }),
  };
}

export function claimVolume(claimName: string): object {
  return { name: 'volume', persistentVolumeClaim: { claimName } };
}

/** A pod for a real node that has a claim at /data. */
export async function createRealPod(
  stage: OnBench,
  name: string,
  claimName: string,
  shape?: PodShape,
): Promise<void> {
  await postPod(stage, name, realPodSpec(claimVolume(claimName), shape));
}

/** As createRealPod; resolves with the pod's node once it runs. */
export async function runPod(
  stage: OnBench,
  name: string,
  claimName: string,
  shape?: PodShape,
): Promise<string> {
  await createRealPod(stage, name, claimName, shape);
  return untilRunning(stage, name);
}

/** Resolves with the pod's node. */
export async function untilRunning(stage: OnBench, name: string): Promise<string> {
  const nodeOfRunning = async (): Promise<string | undefined> => {
    const { status, spec } = await getPod(stage, name);
    const isReady = status?.conditions?.some(
      (each) => each.type === 'Ready' && each.status === 'True',
    );
    if (isReady === true) return spec.nodeName;
    const told = (await eventsOfPod(stage, name)).map(
      ({ reason, message }) => `${reason}: ${message}`,
    );
    throw new Error(
      `it is ${status?.phase ?? 'new'} on ${spec.nodeName ?? 'no node'}: ${told.join('; ')}`,
    );
  };
  return eventually(`pod ${name} runs`, nodeOfRunning, { timeoutMs: 30_000, intervalMs: 50 });
}

/** Asks the pod to end and waits until its kubelet has cleaned up. */
export async function endPod(stage: OnBench, name: string): Promise<void> {
  await stage.bench.controlPlane.api.call(`${podsPath}/${name}`, { method: 'DELETE' });
  const isGone = async (): Promise<boolean> => (await findPod(stage, name)) === undefined;
  await eventually(`pod ${name} is gone`, isGone, { timeoutMs: 30_000 });
}

/** Runs a shell's script in a running pod. */
export async function inPod({ bench }: OnBench, name: string, script: string): Promise<PodCommand> {
  try {
    const stdout = await bench.kubectl('exec', name, '--', 'sh', '-c', script);
    return { exitCode: 0, stdout, stderr: '' };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { exitCode: error.exitCode, stdout: '', stderr: error.stderr };
  }
}

/** Random bytes, which no compression makes fewer. */
export function writeMebibytes(
  stage: OnBench,
  pod: string,
  count: number,
  file = 'bytes',
): Promise<PodCommand> {
  return inPod(stage, pod, `dd if=/dev/urandom of=/data/${file} bs=1M count=${count} conv=fsync`);
}

/** What the scheduler and the kubelet told about a pod. */
export async function eventsOfPod(
  { bench }: OnBench,
  name: string,
): Promise<readonly ClusterEvent[]> {
  const selector = encodeURIComponent(`involvedObject.kind=Pod,involvedObject.name=${name}`);
  const path = `/api/v1/namespaces/default/events?fieldSelector=${selector}`;
  const list = await bench.controlPlane.api.call<{ readonly items: readonly ClusterEvent[] }>(path);
  return list.items;
}

async function postPod({ bench }: OnBench, name: string, spec: object): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec };
  await bench.controlPlane.api.call(podsPath, { method: 'POST', body });
}

function getPod({ bench }: OnBench, name: string): Promise<Pod> {
  return bench.controlPlane.api.call<Pod>(`${podsPath}/${name}`);
}

async function findPod(stage: OnBench, name: string): Promise<Pod | undefined> {
  try {
    return await getPod(stage, name);
  } catch (error) {
    if (error instanceof ApiStatusError && error.status === 404) return undefined;
    throw error;
  }
}
