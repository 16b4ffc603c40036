import type { Volume } from '../src/volume/objects.ts';
import { writeFileInto } from './dataset-state.ts';
import type { Stage } from './stage.ts';

export const classicInstance = 'pv.kubernetes.io/zfs';

export interface ClassicVolume {
  readonly claim: string;
  readonly policy?: 'Delete' | 'Retain';
  readonly destroySnapshots?: boolean;
  /** Bytes reserved for the dataset; 64 MiB as its size, unless said. */
  readonly reservedBytes?: number;
  /** Value of the annotation; null: its early releases wrote none. */
  readonly reserveSpace?: string | null;
  /** `managed_by`, as it is on the dataset. */
  readonly managedBy?: string;
}

const sizeBytes = 64 * 1024 * 1024;

/** What the classic provisioner leaves for a claim: its properties and annotations, none of ours. */
export async function provisionAsClassic(
  stage: Stage,
  { claim, ...more }: ClassicVolume,
): Promise<{ readonly name: string; readonly dataset: string }> {
  const { policy = 'Delete', destroySnapshots = true, managedBy = classicInstance } = more;
  const { reservedBytes = sizeBytes, reserveSpace = 'true' } = more;
  const { host } = stage;
  const name = `pvc-of-${claim}`;
  const dataset = await host.createByHand(name, {
    refquota: String(sizeBytes),
    refreservation: String(reservedBytes),
    sharenfs: 'on',
    'io.kubernetes.pv.zfs:managed_by': managedBy,
    'io.kubernetes.pv.zfs:reclaim_policy': policy,
  });
  await writeFileInto(host, dataset);
  const annotations = {
    'pv.kubernetes.io/provisioned-by': classicInstance,
    'zfs.pv.kubernetes.io/zfs-dataset-path': dataset,
    'zfs.pv.kubernetes.io/zfs-host': host.name,
    'zfs.pv.kubernetes.io/destroy-snapshots': String(destroySnapshots),
    ...(reserveSpace !== null && { 'zfs.pv.kubernetes.io/reserve-space': reserveSpace }),
  };
  await stage.createVolume({
    metadata: { name, annotations } as unknown as Volume['metadata'],
    spec: {
      capacity: { storage: '64Mi' },
      accessModes: ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany'],
      persistentVolumeReclaimPolicy: policy,
      storageClassName: 'nfs',
      claimRef: { namespace: 'default', name: claim },
      nfs: { server: host.name, path: `${host.mountpoint}/kubernetes/${name}` },
    },
  });
  await stage.provision({ name: claim, className: 'nfs', spec: { volumeName: name } });
  return { name, dataset };
}
