import { datasetProperties } from './annotations.ts';
import { formatPathPrefix } from './path-prefix.ts';
import type { PlannedVolume } from './persistent-volume.ts';

/**
 * What a dataset says of its volume, as ZFS user properties: for people (`zfs list -o name,used,
 * zfs-provisioner.io:claim_namespace,zfs-provisioner.io:claim_name`), and so that the volume object can be
 * written again from the dataset alone. Identity and mountpoint are the dataset's own.
 */
export function recordOf(
  plan: PlannedVolume,
  sizeBytes: bigint,
  createdAtMs: number,
): Record<string, string> {
  return {
    [datasetProperties.reclaimPolicy]: plan.reclaimPolicy,
    [datasetProperties.claimNamespace]: plan.claim.namespace,
    [datasetProperties.claimName]: plan.claim.name,
    [datasetProperties.claimUid]: plan.claim.uid,
    [datasetProperties.storageClass]: plan.className,
    [datasetProperties.volumeType]: plan.type,
    [datasetProperties.size]: sizeBytes.toString(),
    [datasetProperties.capacity]: plan.capacity,
    [datasetProperties.createdAt]: new Date(createdAtMs).toISOString(),
    [datasetProperties.record]: JSON.stringify(restOf(plan)),
    ...(plan.onDelete !== 'destroy' && { [datasetProperties.onDelete]: plan.onDelete }),
    [datasetProperties.schema]: '1',
  };
}

/** What the volume object says besides; JSON leaves out what is undefined. */
function restOf(plan: PlannedVolume): object {
  const isNfs = plan.type === 'nfs';
  const pathPrefix = { nfs: plan.nfsPathPrefix, hostpath: plan.hostPathPrefix, local: undefined };
  const prefix = pathPrefix[plan.type];
  return {
    host: plan.host,
    server: isNfs ? plan.nfsServer : undefined,
    pathPrefix: prefix === undefined ? undefined : formatPathPrefix(prefix),
    share: isNfs ? plan.shareRecord : undefined,
    nodeLabels: isNfs ? undefined : plan.nodeLabels,
    accessModes: plan.accessModes,
    mountOptions: plan.mountOptions.length > 0 ? plan.mountOptions : undefined,
    reserveSpace: plan.reserveSpace,
    quota: plan.quota,
    destroySnapshots: plan.destroySnapshots,
    foreignSnapshots: plan.foreignSnapshots === 'destroy' ? plan.foreignSnapshots : undefined,
    trashRetention: plan.onDelete === 'trash' ? plan.trashRetention : undefined,
    gid: plan.ownership.gid,
  };
}
