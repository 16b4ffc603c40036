import { isOwnedBy } from '../../provisioner/owner.ts';
import { destroyLabel, volumeAnnotations } from '../../volume/annotations.ts';
import { keyOf } from '../../volume/object-key.ts';
import type { Volume } from '../../volume/objects.ts';
import type { Cluster } from '../cli-world.ts';
import { unclaimedIn } from '../orphan-list.ts';
import type { Candidate, NameKind } from './candidates.ts';

interface Asking {
  readonly cluster: Cluster;
  /** Of claims; undefined: all. */
  readonly namespace: string | undefined;
  readonly nowMs: number;
  readonly signal: AbortSignal;
}

type Ask = (asking: Asking) => Promise<readonly Candidate[]>;

const askFor: Readonly<Record<NameKind, Ask>> = {
  claim: claimNames,
  volume: volumeNames,
  'claim-or-volume': async (asking) => [
    ...(await claimNames(asking)),
    // A namespace says that a claim is meant.
    ...(asking.namespace === undefined ? await volumeNames(asking) : []),
  ],
  held: async (asking) => {
    const volumes = await volumesIn(asking);
    return volumes
      .filter(({ metadata }) => metadata.labels?.[destroyLabel] === 'held')
      .map(volumeCandidate);
  },
  namespace: async ({ cluster, signal }) => {
    const claims = await cluster.kube.listClaims(signal);
    return unique(claims.map(({ metadata }) => metadata.namespace));
  },
  host: ({ cluster }) => Promise.resolve(unique([...cluster.parents.keys(), ...cluster.leftOut])),
  class: async (asking) => {
    const volumes = await volumesIn(asking);
    return unique(volumes.flatMap(({ spec }) => spec.storageClassName ?? []));
  },
  trash: trashNames,
  orphan: orphanNames,
};

/** Names of that kind, asked of the cluster, and of hosts where only they know. */
export function knownNames(kind: NameKind, asking: Asking): Promise<readonly Candidate[]> {
  return askFor[kind](asking);
}

async function volumeNames(asking: Asking): Promise<readonly Candidate[]> {
  return (await volumesIn(asking)).map(volumeCandidate);
}

async function claimNames({ cluster, namespace, signal }: Asking): Promise<readonly Candidate[]> {
  const claims = await cluster.kube.listClaims(signal);
  return claims
    .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace)
    .map((claim) => ({
      word: namespace === undefined ? keyOf(claim) : claim.metadata.name,
      about: claim.spec.volumeName ?? claim.status?.phase ?? '',
    }));
}

async function volumesIn({ cluster, signal }: Asking): Promise<readonly Volume[]> {
  const volumes = await cluster.kube.listVolumes(signal);
  return volumes.filter(
    ({ metadata }) => metadata.annotations?.[volumeAnnotations.provisionedBy] === cluster.instance,
  );
}

function volumeCandidate({ metadata, spec: { claimRef } }: Volume): Candidate {
  const about = claimRef === undefined ? '' : `${claimRef.namespace ?? ''}/${claimRef.name ?? ''}`;
  return { word: metadata.name, about };
}

async function trashNames(asking: Asking): Promise<readonly Candidate[]> {
  const usages = await usagesOf(asking);
  return usages
    .flatMap(({ trash }) => trash)
    .filter((each) => isOwnedBy(each, asking.cluster))
    .map(({ volumeName, claimNamespace = '', claimName = '' }) => ({
      ...{ word: volumeName, about: `${claimNamespace}/${claimName}` },
    }));
}

async function orphanNames(asking: Asking): Promise<readonly Candidate[]> {
  const { cluster, nowMs, signal } = asking;
  const [usages, volumes, claims] = await Promise.all([
    usagesOf(asking),
    cluster.kube.listVolumes(signal),
    cluster.kube.listClaims(signal),
  ]);
  const question = { owner: cluster, graceMs: cluster.orphanGraceMs, withStrangers: false };
  return unclaimedIn({ usages, volumes, claims, nowMs, ...question }).map(
    ({ host, dataset, state }) => ({ word: `${host}:${dataset}`, about: state }),
  );
}

/** A host that does not answer hides no other. */
async function usagesOf({
  cluster,
  signal,
}: Asking): Promise<Awaited<ReturnType<Cluster['zfs']['scan']>>[]> {
  const scans = [...cluster.parents].map(([host, parents]) =>
    cluster.zfs.scan(host, [...parents], signal),
  );
  const settled = await Promise.allSettled(scans);
  return settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
}

function unique(words: readonly string[]): readonly Candidate[] {
  return [...new Set(words)].toSorted().map((word) => ({ word, about: '' }));
}
