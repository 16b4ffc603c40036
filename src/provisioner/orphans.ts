import { leafOf } from '../volume/dataset-name.ts';
import type { DatasetUsage } from '../zfs/dataset.ts';
import type { Owner } from './owner.ts';
import { isOwnedBy } from './owner.ts';

export interface OrphanRules extends Owner {
  readonly nowMs: number;
  /** A younger dataset may belong to a claim that is being provisioned. */
  readonly graceMs: number;
  /** Whether a volume of that name, or the claim that it was made for, exists. */
  readonly isKnown: (dataset: DatasetUsage & { readonly volumeName: string }) => boolean;
}

export interface Orphan extends DatasetUsage {
  readonly volumeName: string;
  /** Why it is only reported; undefined: it may be removed when it turns out to be empty. */
  readonly kept: string | undefined;
}

/**
 * A dataset that holds nothing references the size of an empty directory: at most about 200 KiB,
 * depending on ashift and raidz. Only such a one may go without a person's word.
 */
const emptyDatasetBytes = 256n * 1024n;

/**
 * Our datasets that neither a volume nor a claim stands for, whatever they are called. Pure; proves nothing
 * about their contents.
 */
export function findOrphans(
  datasets: readonly DatasetUsage[],
  rules: OrphanRules,
): readonly Orphan[] {
  return datasets.flatMap((dataset) => {
    if (!isOwnedBy(dataset, rules) || rules.isKnown(dataset)) return [];
    return [{ ...dataset, kept: reasonToKeep(dataset, rules) }];
  });
}

/** What passes by itself comes last: it is told once. */
function reasonToKeep(dataset: DatasetUsage, { nowMs, graceMs }: OrphanRules): string | undefined {
  if (dataset.reclaimPolicy !== 'Delete') return 'its reclaim policy is not Delete';
  if (dataset.referencedBytes > emptyDatasetBytes) return 'it holds data';
  if (dataset.usedBySnapshotsBytes > 0n) return 'it has snapshots';
  if (leafOf(dataset.dataset) !== dataset.volumeName) return 'it is not called after its volume';
  if (nowMs - dataset.createdAtMs < graceMs) return 'it is younger than the grace time';
  return undefined;
}
