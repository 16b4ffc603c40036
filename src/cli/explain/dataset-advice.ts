/** Errors of datasets: what ZFS, or our own caution, has against what was to be done. */
import type { Advice } from './advice.ts';

export const datasetAdvice: Readonly<Record<string, Advice>> = {
  DATASET_BUSY: {
    cause: 'A process works in it, it is mounted elsewhere, or it is being sent.',
    remedy: [
      'Find who holds it on the host: fuser -vm MOUNTPOINT, and runs of zfs send.',
      'It is repeated: once nothing holds it, it is done.',
    ],
  },
  DATASET_DIFFERS: {
    cause: 'An interrupted attempt made it with other properties than the class asks for now.',
    remedy: [
      'If it is empty, destroy it on the host: it is made again.',
      'Else make the claim with a class that has the properties which it was made with.',
    ],
  },
  DATASET_EXISTS: {
    cause: 'A person, or another provisioner, made a dataset where this one belongs.',
    remedy: ['Look whose it is (zfs get all DATASET), and rename it: zfs rename.'],
  },
  DATASET_HAS_CHILDREN: {
    cause: 'Datasets were made below it by hand, or its snapshots were cloned.',
    remedy: [
      'See them: zfs list -r DATASET; zfs get -r -t snapshot clones DATASET.',
      'Destroy, rename or promote them: then it goes by itself.',
    ],
  },
  DATASET_HAS_SNAPSHOTS: {
    cause: 'Its class was made without destroySnapshots, and somebody made snapshots.',
    remedy: [
      'See them: zfs list -t snapshot DATASET. Destroy those that nobody needs.',
      'Or agree on the volume: kubectl annotate pv VOLUME zfs.pv.kubernetes.io/destroy-snapshots=true.',
    ],
  },
  DATASET_HELD: {
    cause: 'zfs hold was put on a snapshot, mostly by a replication or a backup.',
    remedy: [
      'See by whom: zfs holds SNAPSHOT. Release it when it may go: zfs release TAG SNAPSHOT.',
    ],
  },
  DATASET_KEPT: {
    cause: 'The dataset says of itself that it is to be kept, or put into the trash.',
    remedy: [
      'Compare with the annotation zfs-provisioner.io/on-delete of its volume: both have to agree.',
      'zfs get zfs-provisioner.io:on_delete DATASET shows what it says; docs/trash.md explains it.',
    ],
  },
  DATASET_MISSING: {
    cause: 'Somebody destroyed or renamed it, or its pool is not imported.',
    remedy: [
      'kubectl zfs describe VOLUME tells whether it is elsewhere, as in the trash.',
      'Rename it back, or restore it from a backup under the same name.',
    ],
  },
  DATASET_NOT_EMPTY: {
    cause: 'A dataset that was left over was to be removed only if nothing is in it.',
    remedy: [
      'Look into it on the host. kubectl zfs adopt binds a claim to it; else destroy it by hand.',
    ],
  },
  DATASET_NOT_OWNED: {
    cause: 'Its properties do not say that this provisioner, cluster and volume own it.',
    remedy: [
      'See what it says: zfs get all DATASET | grep zfs. Nothing of others is ever touched.',
      'If it is in the way, rename it. If it is yours, see docs/safety.md before you mark it.',
    ],
  },
  EXPORTS_WRONG: {
    cause: 'The NFS server exports it to others than the class names, or does not export it.',
    remedy: [
      'See on the host: exportfs -v (Linux), showmount -e (FreeBSD), and that the NFS server runs.',
      'An entry by hand in /etc/exports may cover it.',
    ],
  },
  FOREIGN_SNAPSHOTS: {
    cause: 'A backup or replication made a snapshot: without it, that has to begin anew.',
    remedy: [
      'End the replication of this dataset, then destroy the snapshot.',
      'Or agree: kubectl annotate pv VOLUME zfs-provisioner.io/foreign-snapshots=destroy.',
    ],
  },
  NO_SHARE_CLIENTS: {
    cause: 'The class shares with the nodes of the cluster, and no node has an InternalIP.',
    remedy: ['See kubectl get nodes -o wide; name networks in shareClients if nodes have none.'],
  },
  OUT_OF_SPACE: {
    cause: 'The pool is full, a quota above the dataset is, or a limit of class or setting is met.',
    remedy: [
      'kubectl zfs hosts shows pools, and kubectl zfs list --sort -used the largest volumes.',
      'Free space (kubectl zfs trash empty), add disks, or raise the limit that the message names.',
    ],
  },
  PARENT_CHANGED: {
    cause: 'Another pool of the same name was imported, or the host was replaced.',
    remedy: [
      'See that the right pool is imported on the right host: zpool list -o name,guid.',
      'Nothing is destroyed until it is: what is there may be a backup of another machine.',
    ],
  },
  PARENT_UNUSABLE: {
    cause: 'The parent dataset is missing, locked, read-only or not mounted.',
    remedy: [
      'Look on the host: zfs get mounted,readonly,keystatus,canmount PARENT.',
      'Mount it, load its key (zfs load-key), or create it: kubectl zfs host-setup shows how.',
    ],
  },
  PROPERTY_INVALID: {
    cause: 'The class sets a property, or a value, that the ZFS of that host does not take.',
    remedy: ['Mend the class: docs/parameters.md, and zfsprops(7) of the version on the host.'],
  },
};
