/** How a dataset gets a volume and a claim again. Each step finds out whether it was done before. */
import { sleep } from '../clock.ts';
import type { Clock } from '../clock.ts';
import { InvalidRequestError } from '../errors.ts';
import type { ClaimManifest } from '../kube/admin-api.ts';
import { KubeExistsError, KubeMissingError } from '../kube/api-error.ts';
import { adoptableVolume, adoptedVolume } from '../provisioner/volume-adoption.ts';
import type { AdoptableVolume } from '../provisioner/volume-adoption.ts';
import { leafOf, parentOf } from '../volume/dataset-name.ts';
import type { Claim, Volume } from '../volume/objects.ts';
import { trashName } from '../zfs/host-usage.ts';
import type { RestoredDataset } from '../zfs/dataset-trash.ts';
import type { OurCandidate } from './candidate.ts';
import { fullNameOf } from './candidate.ts';
import type { Change } from './changes.ts';
import { claimObstacles, isWritten, volumeObstacles } from './claim-fit.ts';
import type { Cluster } from './cli-world.ts';
import type { ClaimName } from './given.ts';

/** What is to become of it, after all that can be checked beforehand. */
export interface Adoption {
  readonly candidate: OurCandidate;
  readonly claim: ClaimName;
  readonly volume: AdoptableVolume;
  /** Undefined: the claim is to be made. */
  readonly claimUid: string | undefined;
  readonly hasVolume: boolean;
  readonly isBound: boolean;
}

interface Question {
  readonly candidate: OurCandidate;
  readonly claim: ClaimName;
  readonly claims: readonly Claim[];
  readonly volumes: readonly Volume[];
}

const bindingTimeoutMs = 30_000;
const bindingPauseMs = 500;

/**
 * Pure.
 * @throws InvalidRequestError with all that stands in the way
 */
export function planAdoption({ candidate, claim, claims, volumes }: Question): Adoption {
  const { host, inUseAs: dataset, instance, volumeName, recorded } = candidate;
  const volume = adoptableVolume({ host, dataset, instance, volumeName, recorded });
  const existing = claims.find(
    ({ metadata }) => metadata.namespace === claim.namespace && metadata.name === claim.name,
  );
  const claimUid = existing?.metadata.uid;
  const obstacles = [
    ...volumeObstacles(volumes, volume, { ...claim, uid: claimUid }),
    ...claimObstacles(existing, claim, volume),
  ];
  if (obstacles.length > 0) throw new InvalidRequestError(obstacles);
  const written = volumes.find(({ metadata }) => metadata.name === volumeName);
  return {
    ...{ candidate, claim, volume, claimUid },
    hasVolume: isWritten(written, volume, { ...claim, uid: claimUid }),
    isBound: existing?.status?.phase === 'Bound',
  };
}

/** The steps that are left. */
export function stepsOf(adoption: Adoption, cluster: Cluster, clock: Clock): readonly Change[] {
  const { candidate, hasVolume, isBound, claimUid } = adoption;
  if (hasVolume && isBound) return [];
  // What the first step learns of the dataset, the second writes into the volume.
  const found: { restored: RestoredDataset | undefined } = { restored: undefined };
  return [
    ...(hasVolume && !candidate.isInTrash
      ? []
      : [restoreStep(adoption, cluster, found), volumeStep(adoption, cluster, found)]),
    claimUid === undefined
      ? claimStep(adoption, cluster, clock)
      : waitStep(adoption, cluster, clock),
  ];
}

function restoreStep(
  { candidate }: Adoption,
  { zfs }: Cluster,
  found: { restored: RestoredDataset | undefined },
): Change {
  const { host, dataset, inUseAs, instance, clusterId, volumeName } = candidate;
  const identity = { instance, clusterId, volumeName };
  // One that is in use is taken for one whose restore was cut off: looked for in the trash first.
  const from = candidate.isInTrash
    ? dataset
    : `${parentOf(dataset)}/${trashName}/${leafOf(dataset)}`;
  return {
    action: 'restore',
    name: fullNameOf(candidate),
    text: candidate.isInTrash
      ? `restore dataset ${dataset} on ${host} as ${inUseAs}`
      : `take dataset ${dataset} on ${host} into use`,
    perform: async (signal) => {
      found.restored = await zfs.restore(
        { host, dataset: from, identity, restoredAs: inUseAs },
        signal,
      );
      return undefined;
    },
  };
}

function volumeStep(
  { volume, claim, claimUid }: Adoption,
  { kube }: Cluster,
  found: { readonly restored: RestoredDataset | undefined },
): Change {
  const { volumeName, capacity, className } = volume;
  return {
    action: 'write-volume',
    name: volumeName,
    text: `write volume ${volumeName} (${capacity}, class ${className}) for claim ${claim.namespace}/${claim.name}`,
    perform: async (signal) => {
      if (found.restored === undefined) throw new InvalidRequestError(['nothing was restored']);
      const adopting = { ...claim, uid: claimUid };
      const manifest = adoptedVolume(volume, adopting, found.restored);
      try {
        await kube.createVolume(manifest, signal);
        return undefined;
      } catch (thrown) {
        if (!(thrown instanceof KubeExistsError)) throw thrown;
      }
      const existing = await kube.getVolume(volumeName, signal);
      if (isWritten(existing, volume, adopting)) return 'it was there';
      throw new InvalidRequestError(
        volumeObstacles(existing === undefined ? [] : [existing], volume, adopting),
      );
    },
  };
}

function claimStep(adoption: Adoption, cluster: Cluster, clock: Clock): Change {
  const { claim, volume } = adoption;
  const manifest: ClaimManifest = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { ...claim },
    spec: {
      storageClassName: volume.className,
      volumeName: volume.volumeName,
      accessModes: volume.accessModes,
      volumeMode: 'Filesystem',
      resources: { requests: { storage: volume.capacity } },
    },
  };
  return {
    action: 'create-claim',
    name: `${claim.namespace}/${claim.name}`,
    text: `create claim ${claim.namespace}/${claim.name}, bound to the volume`,
    perform: async (signal) => {
      try {
        await cluster.kube.createClaim(manifest, signal);
      } catch (thrown) {
        if (!(thrown instanceof KubeExistsError)) throw thrown;
        const existing = await cluster.kube.getClaim(claim.namespace, claim.name, signal);
        const obstacles = claimObstacles(existing, claim, volume);
        if (obstacles.length > 0) throw new InvalidRequestError(obstacles);
      }
      await untilBound(adoption, cluster, clock, signal);
      return undefined;
    },
  };
}

function waitStep(adoption: Adoption, cluster: Cluster, clock: Clock): Change {
  const { claim } = adoption;
  return {
    action: 'bind-claim',
    name: `${claim.namespace}/${claim.name}`,
    text: `bind claim ${claim.namespace}/${claim.name} to the volume`,
    perform: async (signal) => {
      await untilBound(adoption, cluster, clock, signal);
      return undefined;
    },
  };
}

/** kube-controller-manager binds the two. */
async function untilBound(
  { claim: { namespace, name }, volume }: Adoption,
  { kube }: Cluster,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const deadlineMs = clock.monotonicMs() + bindingTimeoutMs;
  for (;;) {
    const claim = await kube.getClaim(namespace, name, signal);
    const isBound = claim?.status?.phase === 'Bound';
    if (isBound && claim.spec.volumeName === volume.volumeName) return;
    if (clock.monotonicMs() >= deadlineMs) {
      throw new KubeMissingError(
        `claim ${namespace}/${name} is ${claim?.status?.phase ?? 'not there'} after ${bindingTimeoutMs / 1000} s: see kubectl describe pvc -n ${namespace} ${name}`,
      );
    }
    await sleep(clock, bindingPauseMs, signal);
  }
}
