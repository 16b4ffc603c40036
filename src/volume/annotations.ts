/** Every annotation, label, finalizer and ZFS property key that is read or written. */

/** Annotations on claims, set by kube-controller-manager and the scheduler. */
export const claimAnnotations = {
  storageProvisioner: 'volume.kubernetes.io/storage-provisioner',
  storageProvisionerBeta: 'volume.beta.kubernetes.io/storage-provisioner',
  selectedNode: 'volume.kubernetes.io/selected-node',
  storageClassBeta: 'volume.beta.kubernetes.io/storage-class',
} as const;

/** Annotations on volumes. The `zfs.pv.kubernetes.io` ones are those of the classic provisioner. */
export const volumeAnnotations = {
  provisionedBy: 'pv.kubernetes.io/provisioned-by',
  datasetPath: 'zfs.pv.kubernetes.io/zfs-dataset-path',
  host: 'zfs.pv.kubernetes.io/zfs-host',
  destroySnapshots: 'zfs.pv.kubernetes.io/destroy-snapshots',
  reserveSpace: 'zfs.pv.kubernetes.io/reserve-space',
  parentGuid: 'zfs-provisioner.io/parent-guid',
} as const;

/** Keeps a volume object until its dataset is gone; the finalizer that sig-storage's library uses. */
export const volumeFinalizer = 'external-provisioner.volume.kubernetes.io/finalizer';

/** ZFS user properties on datasets. The first two are those of the classic provisioner. */
export const datasetProperties = {
  instance: 'io.kubernetes.pv.zfs:managed_by',
  reclaimPolicy: 'io.kubernetes.pv.zfs:reclaim_policy',
  clusterId: 'zfs-provisioner.io:cluster',
  volumeName: 'zfs-provisioner.io:volume',
  claimNamespace: 'zfs-provisioner.io:claim_namespace',
  claimName: 'zfs-provisioner.io:claim_name',
  claimUid: 'zfs-provisioner.io:claim_uid',
  storageClass: 'zfs-provisioner.io:class',
  createdAt: 'zfs-provisioner.io:created_at',
  schema: 'zfs-provisioner.io:schema',
} as const;

/** Label of a Node that its volumes' affinity names. */
export const hostnameLabel = 'kubernetes.io/hostname';
