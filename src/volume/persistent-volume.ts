import { hostnameLabel, volumeAnnotations, volumeFinalizer } from './annotations.ts';
import type { NodeAffinity, VolumeSpec } from './objects.ts';
import type { VolumeType } from './volume-type.ts';

export type ReclaimPolicy = 'Delete' | 'Retain';

export interface ClaimReference {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion?: string;
}

/** All that a volume object says, but for what only the created dataset knows. */
export interface PlannedVolume {
  readonly volumeName: string;
  /** The class's provisioner: our instance name. */
  readonly instance: string;
  readonly claim: ClaimReference;
  readonly className: string;
  readonly type: VolumeType;
  readonly host: string;
  readonly dataset: string;
  /** Value of the label `kubernetes.io/hostname` of the node that has the pool; not used by nfs. */
  readonly node: string;
  /** The claim's request, letter for letter. */
  readonly capacity: string;
  readonly accessModes: readonly string[];
  readonly reclaimPolicy: ReclaimPolicy;
  readonly mountOptions: readonly string[];
  readonly reserveSpace: boolean;
  readonly destroySnapshots: boolean;
}

/** A PersistentVolume as it is sent to the API. */
export interface VolumeManifest {
  readonly apiVersion: 'v1';
  readonly kind: 'PersistentVolume';
  readonly metadata: {
    readonly name: string;
    readonly annotations: Readonly<Record<string, string>>;
    readonly finalizers?: readonly string[];
  };
  readonly spec: VolumeSpec;
}

/** What the dataset itself adds. */
export interface CreatedDataset {
  readonly mountpoint: string;
  readonly parentGuid: string;
}

/**
 * The object that binds to the claim: pre-bound by a claimRef with uid, so that nobody else gets it, and
 * with our finalizer when its dataset has to be destroyed before it goes.
 */
export function persistentVolume(plan: PlannedVolume, dataset: CreatedDataset): VolumeManifest {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name: plan.volumeName,
      annotations: {
        [volumeAnnotations.provisionedBy]: plan.instance,
        [volumeAnnotations.datasetPath]: plan.dataset,
        [volumeAnnotations.host]: plan.host,
        [volumeAnnotations.destroySnapshots]: String(plan.destroySnapshots),
        [volumeAnnotations.reserveSpace]: String(plan.reserveSpace),
        [volumeAnnotations.parentGuid]: dataset.parentGuid,
      },
      ...(plan.reclaimPolicy === 'Delete' && { finalizers: [volumeFinalizer] }),
    },
    spec: {
      capacity: { storage: plan.capacity },
      accessModes: plan.accessModes,
      volumeMode: 'Filesystem',
      persistentVolumeReclaimPolicy: plan.reclaimPolicy,
      storageClassName: plan.className,
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', ...plan.claim },
      ...(plan.mountOptions.length > 0 && { mountOptions: plan.mountOptions }),
      ...source(plan, dataset.mountpoint),
    },
  };
}

function source(plan: PlannedVolume, path: string): Partial<VolumeSpec> {
  switch (plan.type) {
    case 'nfs':
      return { nfs: { server: plan.host, path } };
    case 'hostpath':
      return {
        hostPath: { path, type: 'Directory' },
        nodeAffinity: onNode(plan.node),
      };
    case 'local':
      return { local: { path }, nodeAffinity: onNode(plan.node) };
  }
}

function onNode(node: string): NodeAffinity {
  const hostname = { key: hostnameLabel, operator: 'In', values: [node] };
  return { required: { nodeSelectorTerms: [{ matchExpressions: [hostname] }] } };
}
