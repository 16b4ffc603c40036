import type { Owner } from '../provisioner/owner.ts';
import { isOwnedBy } from '../provisioner/owner.ts';
import type { HostUsage } from '../zfs/dataset.ts';
import type { TrashedDataset } from '../zfs/dataset-trash.ts';
import { present } from './present.ts';
import type { TrashView } from './views.ts';

/** What is in the trash of a provisioner and cluster. Pure. */
export function trashViews(
  usages: ReadonlyMap<string, HostUsage>,
  owner: Owner,
): readonly TrashView[] {
  return [...usages].flatMap(([host, { trash }]) =>
    trash.filter((each) => isOwnedBy(each, owner)).map((each) => viewOf(host, each)),
  );
}

function viewOf(host: string, trashed: TrashedDataset): TrashView {
  const { dataset, volumeName, claimNamespace, claimName, trashedAtMs, expiresAtMs } = trashed;
  return {
    ...{ host, dataset, usedBytes: Number(trashed.usedBytes) },
    ...present({ volume: volumeName, namespace: claimNamespace, claim: claimName }),
    ...present({ trashedAtMs, expiresAtMs }),
  };
}
