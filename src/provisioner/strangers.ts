import { parentOf } from '../volume/dataset-name.ts';
import type { DatasetUsage, HostUsage } from '../zfs/dataset.ts';

/** A dataset that is being made is there a moment before its properties are (OpenZFS: zfs_ioc_create). */
const beingMadeMs = 10_000;

/**
 * Datasets below the parents that tell nothing of any provisioner: made by hand, or by something else. What holds
 * volumes (a parent of parents) is none, nor what somebody made within a volume; a tree counts once, by its top.
 * @param volumes full names of the datasets of our volumes, there or not
 */
export function findStrangers(
  { asked, datasets }: HostUsage,
  volumes: Iterable<string>,
  nowMs: number,
): readonly string[] {
  const known = new Set(volumes);
  for (const each of datasets) {
    const isNew = nowMs - each.createdAtMs < beingMadeMs;
    if (isNew || hasIdentity(each)) known.add(each.dataset);
  }
  const parents = new Set(asked);
  const holders = new Set<string>();
  for (const name of known) {
    for (let above = parentOf(name); above !== '' && !holders.has(above); above = parentOf(above)) {
      holders.add(above);
    }
  }
  const nameless = datasets
    .map(({ dataset }) => dataset)
    .filter((name) => !known.has(name) && !parents.has(name) && !holders.has(name));
  const isNameless = new Set(nameless);
  const isPartOfAnother = (name: string): boolean => {
    for (let above = parentOf(name); above !== ''; above = parentOf(above)) {
      if (known.has(above) || isNameless.has(above)) return true;
      if (parents.has(above)) return false;
    }
    return false;
  };
  return nameless.filter((name) => !isPartOfAnother(name));
}

function hasIdentity({ instance, clusterId, volumeName }: DatasetUsage): boolean {
  return instance !== undefined || clusterId !== undefined || volumeName !== undefined;
}
