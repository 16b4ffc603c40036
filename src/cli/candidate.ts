import { InvalidRequestError } from '../errors.ts';
import type { Owned, Owner } from '../provisioner/owner.ts';
import { isOwnedBy } from '../provisioner/owner.ts';
import { suggestion } from '../volume/nearest.ts';
import { shown } from '../volume/shown.ts';
import { leafOf, parentOf } from '../volume/dataset-name.ts';
import type { DatasetLocation } from '../zfs/dataset-identity.ts';
import type { DatasetRecord } from '../zfs/dataset-record.ts';
import type { DatasetUsage } from '../zfs/dataset.ts';
import type { TrashedDataset } from '../zfs/dataset-trash.ts';

/** A dataset that a volume could be written for again. */
export interface Candidate extends DatasetLocation {
  /** What it is called once it is in use; the same as now, unless it is in the trash. */
  readonly inUseAs: string;
  readonly isInTrash: boolean;
  readonly instance: string | undefined;
  readonly clusterId: string | undefined;
  readonly volumeName: string | undefined;
  readonly recorded: DatasetRecord | undefined;
}

/** One that is ours, as far as a scan tells; the verbs look again. */
export type OurCandidate = Owned<Candidate>;

export function candidateInTrash(trashed: TrashedDataset): Candidate {
  const { host, dataset, instance, clusterId, volumeName, recorded } = trashed;
  const home = parentOf(parentOf(dataset));
  const before = trashed.trashedFrom ?? '';
  // Where it is says more than what it says of itself.
  const inUseAs =
    parentOf(before) === home && before !== ''
      ? before
      : `${home}/${volumeName ?? leafOf(dataset)}`;
  return { host, dataset, inUseAs, isInTrash: true, instance, clusterId, volumeName, recorded };
}

export function candidateInPlace(usage: DatasetUsage): Candidate {
  const { host, dataset, instance, clusterId, volumeName, recorded } = usage;
  return {
    ...{ host, dataset, inUseAs: dataset, isInTrash: false },
    ...{ instance, clusterId, volumeName, recorded },
  };
}

/** Whether a name that was given means this dataset: its volume's, or its own with or without its host. */
export function isCalled(
  name: string,
  {
    host,
    dataset,
    inUseAs,
    volumeName,
  }: Pick<Candidate, 'host' | 'dataset' | 'inUseAs' | 'volumeName'>,
): boolean {
  return [volumeName, dataset, inUseAs, `${host}:${dataset}`, `${host}:${inUseAs}`].includes(name);
}

/** The name by which nothing else is meant. */
export function fullNameOf({ host, dataset }: DatasetLocation): string {
  return `${host}:${dataset}`;
}

/**
 * The one that a name means. Where there are several, those that are ours come first.
 * @param where for messages: what was looked at, and which command shows it
 * @throws InvalidRequestError when there is none, or several, or it is somebody else's
 */
export function chosenBy(
  name: string,
  candidates: readonly Candidate[],
  { owner, where }: { readonly owner: Owner; readonly where: string },
): OurCandidate {
  const called = candidates.filter((candidate) => isCalled(name, candidate));
  const ours = called.filter((candidate) => isOwnedBy(candidate, owner));
  const [only, ...others] = ours;
  if (others.length > 0) {
    const names = ours.map(fullNameOf).join(', ');
    throw new InvalidRequestError([`${shown(name)} means several datasets: say which, ${names}`]);
  }
  if (only !== undefined) return only;
  const [foreign] = called;
  if (foreign !== undefined) throw new InvalidRequestError([foreignness(foreign, owner)]);
  const known = candidates.flatMap(({ volumeName, dataset }) => [volumeName ?? dataset, dataset]);
  throw new InvalidRequestError([`there is no ${shown(name)} ${where}${suggestion(name, known)}`]);
}

/** Why a dataset is none of this provisioner's and cluster's. */
function foreignness({ host, dataset, ...found }: Candidate, owner: Owner): string {
  const what = `dataset ${dataset} on ${host}`;
  if (found.instance === undefined)
    return `${what} was not made by a provisioner: it says no owner`;
  if (found.instance !== owner.instance) {
    return `${what} is of provisioner ${shown(found.instance)}, not of ${owner.instance}: say --instance if that is meant`;
  }
  if (found.clusterId !== owner.clusterId) {
    return `${what} is of another cluster (its kube-system namespace has uid ${shown(found.clusterId ?? '')}, here it is ${owner.clusterId}): say --context if that is meant`;
  }
  return `${what} does not say of which volume it is`;
}
