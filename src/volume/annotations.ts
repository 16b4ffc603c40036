/** Every annotation, label, finalizer and ZFS property key that is read or written. */

/** Annotations on claims, set by kube-controller-manager and the scheduler; the last one by whoever grows a volume. */
export const claimAnnotations = {
  storageProvisioner: 'volume.kubernetes.io/storage-provisioner',
  storageProvisionerBeta: 'volume.beta.kubernetes.io/storage-provisioner',
  selectedNode: 'volume.kubernetes.io/selected-node',
  storageClassBeta: 'volume.beta.kubernetes.io/storage-class',
  /** Ours: the host and parent dataset chosen among several, written before anything is created. */
  host: 'zfs-provisioner.io/host',
  /** Tells the kubelet that nothing is left to do on the node. */
  nodeExpansionNotRequired: 'volume.kubernetes.io/node-expansion-not-required',
} as const;

/** Annotations on volumes. The `zfs.pv.kubernetes.io` ones are those of the classic provisioner. */
export const volumeAnnotations = {
  provisionedBy: 'pv.kubernetes.io/provisioned-by',
  datasetPath: 'zfs.pv.kubernetes.io/zfs-dataset-path',
  host: 'zfs.pv.kubernetes.io/zfs-host',
  destroySnapshots: 'zfs.pv.kubernetes.io/destroy-snapshots',
  /** `destroy`: where snapshots go, those that other tools made go too. Anything else, or absent: they keep the dataset. */
  foreignSnapshots: 'zfs-provisioner.io/foreign-snapshots',
  reserveSpace: 'zfs.pv.kubernetes.io/reserve-space',
  parentGuid: 'zfs-provisioner.io/parent-guid',
  /** `/tank=/mnt/tank`: the source's path begins with the latter where the dataset's mountpoint does with the former. */
  hostPathPrefix: 'zfs-provisioner.io/host-path-prefix',
  /** The NFS server that pods mount from, where it is not the host. */
  nfsServer: 'zfs-provisioner.io/nfs-server',
  /** As hostPathPrefix, for what NFS clients call the path. */
  nfsPathPrefix: 'zfs-provisioner.io/nfs-path-prefix',
  /** What it is shared by, where that follows the cluster's nodes: provisioner/share-record.ts. */
  sharing: 'zfs-provisioner.io/sharing',
  /** Group that pods which use the volume get as a supplemental one (kubelet, GetExtraSupplementalGroups). */
  gid: 'pv.beta.kubernetes.io/gid',
  /** Which property holds its dataset to its size: refquota (also where it is absent), quota or both. */
  quota: 'zfs-provisioner.io/quota',
  /** What becomes of its dataset when it is deleted: destroy (also where it is absent), trash or retain. */
  onDelete: 'zfs-provisioner.io/on-delete',
  /** How long its dataset stays in the trash, as the class writes it: `7d`. */
  trashRetention: 'zfs-provisioner.io/trash-retention',
} as const;

/**
 * Label on volumes whose destruction waits for a person, because too many were to go at once: `held` is written
 * by us; a person makes it `confirmed`.
 */
export const destroyLabel = 'zfs-provisioner.io/destroy';

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
  /** The process on its host that made it, as scripts/prelude.sh names processes: nobody adopts it while that runs. */
  creator: 'zfs-provisioner.io:creator',
  /** Bytes that the claim asked for, last. */
  size: 'zfs-provisioner.io:size',
  /** How the claim wrote its size, first: the volume's capacity if `size` is still the same. */
  capacity: 'zfs-provisioner.io:capacity',
  volumeType: 'zfs-provisioner.io:type',
  /** The rest of what the volume object said when it was written: JSON, see volume/volume-record.ts. */
  record: 'zfs-provisioner.io:record',
  schema: 'zfs-provisioner.io:schema',
  /** As the volume's annotation: the dataset is not destroyed where only one of the two says so. */
  onDelete: 'zfs-provisioner.io:on_delete',
  /** What `sharenfs` was set to by us last; that it is otherwise is drift. */
  share: 'zfs-provisioner.io:share',
  /** When it was retained, seconds since 1970. */
  retainedAt: 'zfs-provisioner.io:retained_at',
  /** When it was put into the trash and when it may go from there, seconds since 1970. */
  trashedAt: 'zfs-provisioner.io:trashed_at',
  trashExpiresAt: 'zfs-provisioner.io:trash_expires_at',
  /** Its full name before; its `sharenfs`, `refreservation` and `readonly`, to have them back. */
  trashedFrom: 'zfs-provisioner.io:trashed_from',
  trashedShare: 'zfs-provisioner.io:trashed_share',
  trashedReservation: 'zfs-provisioner.io:trashed_reservation',
  trashedReadOnly: 'zfs-provisioner.io:trashed_readonly',
} as const;

/** Label of a Node that its volumes' affinity names. */
export const hostnameLabel = 'kubernetes.io/hostname';
