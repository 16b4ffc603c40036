/**
 * Who a dataset belongs to, as ZFS user properties on it tell (architecture decision 3). A verb that
 * destroys or changes a dataset acts only when these match with source `local`: inherited or received
 * values prove nothing.
 */
export interface DatasetIdentity {
  /** ZFS_PROVISIONER_INSTANCE; the classic provisioner's `managed_by`. */
  readonly instance: string;
  /** uid of the kube-system namespace. */
  readonly clusterId: string;
  /** Name of the PersistentVolume. */
  readonly volumeName: string;
}

export interface DatasetLocation {
  readonly host: string;
  /** Full name, `pool/parent/leaf`. */
  readonly dataset: string;
}
