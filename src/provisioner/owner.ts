import type { DatasetIdentity } from '../zfs/dataset-identity.ts';

/** A provisioner of a cluster, of whatever volume. */
export type Owner = Omit<DatasetIdentity, 'volumeName'>;

/** What a scan tells of whose a dataset is: values of source `local`; undefined: none. */
type Told = { readonly [key in keyof DatasetIdentity]: string | undefined };

export type Owned<T> = T & DatasetIdentity;

/** Ours, by all that proves it; as a scan tells it: the verbs look again before they change anything. */
export function isOwnedBy<T extends Told>(
  dataset: T,
  { instance, clusterId }: Owner,
): dataset is Owned<T> {
  return (
    dataset.instance === instance &&
    dataset.clusterId === clusterId &&
    dataset.volumeName !== undefined
  );
}
