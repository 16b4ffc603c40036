import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Bench } from '../bench/bench.ts';
import { ensureNamespace } from '../bench/control-plane/cluster-objects.ts';
import { takeCpuSnapshot } from './processes.ts';
import { atOnce } from './workload.ts';

/** An object of the API, as it came. */
interface KubeManifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly annotations?: object;
    readonly labels?: object;
    readonly finalizers?: readonly string[];
  };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status: object;
}

/** A bound claim and its volume, that others are copied from. */
export interface Pair {
  readonly claim: KubeManifest;
  readonly volume: KubeManifest;
}

const namespace = 'crowd';
const claimsPath = `/api/v1/namespaces/${namespace}/persistentvolumeclaims`;
const volumesPath = '/api/v1/persistentvolumes';
const requestsAtOnce = 40;

/** The pair as the API server has it now. */
export async function readPair({ controlPlane: { api } }: Bench, claimName: string): Promise<Pair> {
  const path = `/api/v1/namespaces/default/persistentvolumeclaims/${claimName}`;
  const claim = await api.call<KubeManifest>(path);
  const volume = await api.call<KubeManifest>(`${volumesPath}/${String(claim.spec['volumeName'])}`);
  return { claim, volume };
}

/** A pair of another driver, made out of ours. */
export function foreignPair({ claim, volume }: Pair): Pair {
  const storageClassName = 'of-another-driver';
  const driver = 'driver.example.com';
  const annotations = {
    'pv.kubernetes.io/bind-completed': 'yes',
    'pv.kubernetes.io/bound-by-controller': 'yes',
    'volume.beta.kubernetes.io/storage-provisioner': driver,
    'volume.kubernetes.io/storage-provisioner': driver,
  };
  const spec = Object.fromEntries(Object.entries(volume.spec).filter(([key]) => key !== 'nfs'));
  const csi = {
    driver,
    volumeHandle: volume.metadata.name,
    fsType: 'ext4',
    volumeAttributes: { 'storage.kubernetes.io/csiProvisionerIdentity': `1700000000000-${driver}` },
  };
  return {
    claim: {
      ...claim,
      metadata: { ...claim.metadata, annotations },
      spec: { ...claim.spec, storageClassName },
    },
    volume: {
      ...volume,
      metadata: {
        ...volume.metadata,
        annotations: { 'pv.kubernetes.io/provisioned-by': driver },
        finalizers: ['kubernetes.io/pv-protection'],
      },
      spec: { ...spec, csi, storageClassName },
    },
  };
}

/**
 * Writes copies of pairs, equally many of each, until so many are written. kube-controller-manager must not run:
 * it would meet claims before their volumes. It finds them bound later, and leaves them as they are.
 */
export async function writeCopies(
  bench: Bench,
  pairs: readonly Pair[],
  count: number,
): Promise<void> {
  await ensureNamespace(bench.controlPlane, namespace);
  const numbers = Array.from({ length: count }, (_, index) => index);
  await atOnce(
    numbers,
    async (number) => {
      const pair = pairs[number % pairs.length];
      if (pair !== undefined) await writeCopy(bench, pair);
    },
    requestsAtOnce,
  );
}

async function writeCopy({ controlPlane: { api } }: Bench, pair: Pair): Promise<void> {
  const uid = randomUUID();
  const { claim, volume } = copyOf(pair, uid);
  const made = await api.call<KubeManifest>(claimsPath, { method: 'POST', body: claim });
  const { metadata, apiVersion, kind } = made;
  const claimRef = { apiVersion, kind, namespace, name: metadata.name, uid: metadata.uid };
  const spec = { ...volume.spec, claimRef };
  await api.call(volumesPath, { method: 'POST', body: { ...volume, spec } });
  const { status } = claim;
  const statusOf = (path: string): string => `${path}/status`;
  await api.call(statusOf(`${claimsPath}/${metadata.name}`), { method: 'PATCH', body: { status } });
  const volumePath = `${volumesPath}/${volume.metadata.name}`;
  const body = { status: { phase: 'Bound' } };
  await api.call(statusOf(volumePath), { method: 'PATCH', body });
}

/** Names that hold the claim's uid hold the other's in the copy. */
function copyOf({ claim, volume }: Pair, uid: string): Pair {
  const { uid: oldUid } = claim.metadata;
  const stripped = {
    claim: { ...claim, metadata: { ...kept(claim), name: `crowd-${uid}` } },
    volume: { ...volume, metadata: kept(volume) },
  };
  return JSON.parse(JSON.stringify(stripped).replaceAll(oldUid, uid)) as Pair;
}

function kept({ metadata: { name, annotations, labels, finalizers } }: KubeManifest): object {
  return { name, annotations, labels, finalizers };
}

/** Resolves when kube-controller-manager has looked at everything: it takes a tenth of a processor at most. */
export async function untilControllersRest({ runDir }: Bench): Promise<void> {
  const ticks = (): number =>
    takeCpuSnapshot()
      .processes.filter(({ name }) => name === 'kube-controller' || name === 'kube-apiserver')
      .filter(({ commandLine }) => commandLine.includes(runDir))
      .reduce((sum, { ownTicks }) => sum + ownTicks, 0);
  for (let looks = 0; looks < 60; looks++) {
    const before = ticks();
    await delay(1000);
    if (ticks() - before < 15) return;
  }
}
