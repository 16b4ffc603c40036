import type { Seen } from '../overview/seen.ts';
import { compare } from '../provisioner/comparison.ts';
import { keyOf } from '../volume/object-key.ts';
import type { Claim, Volume } from '../volume/objects.ts';
import type { Work } from './frame.ts';
import { scanHosts } from './hosts-scan.ts';
import type { ScanOptions, Scanned } from './hosts-scan.ts';

/** Both worlds at one moment: objects, and datasets compared with them. */
export interface Survey extends Scanned {
  readonly volumes: readonly Volume[];
  readonly claims: readonly Claim[];
  readonly seen: Seen;
}

/** Reads the cluster before and after the hosts: what comes or goes meanwhile says nothing. */
export async function surveyHosts(work: Work, options: ScanOptions = {}): Promise<Survey> {
  const { world, cluster } = work;
  const { kube } = cluster;
  const before = await kube.listVolumes(world.signal);
  const scanned = await scanHosts(work, options);
  const [volumes, claims] = await Promise.all([
    kube.listVolumes(world.signal),
    kube.listClaims(world.signal),
  ]);
  const byKey = new Map(claims.map((claim) => [keyOf(claim), claim]));
  const rules = {
    ...{ instance: cluster.instance, clusterId: cluster.clusterId, volumes },
    ...{ allowedParents: cluster.allowedParents, graceMs: cluster.orphanGraceMs },
    nowMs: world.clock.nowMs(),
    volumesBefore: new Map(before.map((volume) => [volume.metadata.name, volume])),
    claimOf: (key: string) => byKey.get(key),
    isKnown: () => true, // orphans have a command of their own
  };
  const { usages } = scanned;
  const comparisons = new Map(
    [...usages].map(([host, usage]) => [host, compare(host, usage, rules)] as const),
  );
  return { ...scanned, volumes, claims, seen: { usages, comparisons } };
}
