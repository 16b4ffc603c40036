import type { Comparison, ComparisonRules } from '../../src/provisioner/comparison.ts';
import { compare } from '../../src/provisioner/comparison.ts';
import type { Claim, Volume } from '../../src/volume/objects.ts';
import { keyOf } from '../../src/volume/object-key.ts';
import type { DatasetUsage, HostUsage } from '../../src/zfs/dataset.ts';
import { instance } from './builders.ts';
import { aDatasetUsage, aHostUsage } from './host-usage.ts';

export interface Compared {
  readonly volumes?: readonly Volume[];
  /** Those that were known before; the same by default. */
  readonly before?: readonly Volume[];
  readonly claims?: readonly Claim[];
  readonly datasets?: readonly DatasetUsage[];
  readonly usage?: Partial<HostUsage>;
  readonly rules?: Partial<ComparisonRules>;
}

/** What a survey of `storage-1` makes of these, its parent tank/k8s being there. */
export function comparisonOf(what: Compared = {}): Comparison {
  const { volumes = [], before = volumes, claims = [], datasets = [aDatasetUsage()] } = what;
  const byKey = new Map(claims.map((claim) => [keyOf(claim), claim]));
  const usage = aHostUsage({ ...parentsOf('tank/k8s'), datasets, ...what.usage });
  return compare('storage-1', usage, {
    ...{ instance, clusterId: 'cluster-1', allowedParents: [] },
    ...{ nowMs: Date.UTC(2026, 0, 1), graceMs: 600_000 },
    isKnown: ({ volumeName }) => volumes.some(({ metadata }) => metadata.name === volumeName),
    volumes,
    volumesBefore: new Map(before.map((volume) => [volume.metadata.name, volume])),
    claimOf: (key) => byKey.get(key),
    ...what.rules,
  });
}

/** Asked for, and there. */
export function parentsOf(...datasets: readonly string[]): Pick<HostUsage, 'asked' | 'parents'> {
  const parents = datasets.map((dataset) => {
    return { host: 'storage-1', dataset, availableBytes: 1n << 40n, readOnly: false };
  });
  return { asked: datasets, parents };
}
