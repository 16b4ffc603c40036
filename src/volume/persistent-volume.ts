import { InvalidRequestError } from '../errors.ts';
import { volumeAnnotations, volumeFinalizer } from './annotations.ts';
import type { Labels } from './labels.ts';
import type { NodeAffinity, VolumeSpec } from './objects.ts';
import type { OnDelete } from './on-delete.ts';
import { formatPathPrefix, withPrefix } from './path-prefix.ts';
import type { PathPrefix } from './path-prefix.ts';
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
  /** Labels that a node needs to use the volume; empty: any node. */
  readonly nodeLabels: Labels;
  /** How the path on the storage host is called on the nodes, for hostpath. */
  readonly hostPathPrefix: PathPrefix | undefined;
  /** Where pods mount an NFS volume from. */
  readonly nfsServer: string;
  /** How the path on the storage host is called there. */
  readonly nfsPathPrefix: PathPrefix | undefined;
  /** What the volume is shared by, where that follows the cluster's nodes. */
  readonly shareRecord: string | undefined;
  /** The claim's request, letter for letter. */
  readonly capacity: string;
  readonly accessModes: readonly string[];
  readonly reclaimPolicy: ReclaimPolicy;
  readonly mountOptions: readonly string[];
  readonly reserveSpace: boolean;
  readonly quota: 'refquota' | 'quota' | 'both';
  readonly ownership: { readonly gid: number | undefined };
  readonly destroySnapshots: boolean;
  readonly onDelete: OnDelete;
  /** How long its dataset stays in the trash, as the class writes it: retention.ts. */
  readonly trashRetention: string;
  readonly foreignSnapshots: 'keep' | 'destroy';
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
 * @throws InvalidRequestError when the dataset is not mounted where the class says
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
        ...(plan.foreignSnapshots === 'destroy' && {
          [volumeAnnotations.foreignSnapshots]: plan.foreignSnapshots,
        }),
        [volumeAnnotations.parentGuid]: dataset.parentGuid,
        ...deletionAnnotations(plan),
        ...(plan.quota !== 'refquota' && { [volumeAnnotations.quota]: plan.quota }),
        ...(plan.ownership.gid !== undefined && {
          [volumeAnnotations.gid]: String(plan.ownership.gid),
        }),
        ...(plan.hostPathPrefix !== undefined && {
          [volumeAnnotations.hostPathPrefix]: formatPathPrefix(plan.hostPathPrefix),
        }),
        ...(plan.type === 'nfs' && nfsAnnotations(plan)),
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

function deletionAnnotations({ onDelete, trashRetention }: PlannedVolume): Record<string, string> {
  return {
    ...(onDelete !== 'destroy' && { [volumeAnnotations.onDelete]: onDelete }),
    ...(onDelete === 'trash' && { [volumeAnnotations.trashRetention]: trashRetention }),
  };
}

function source(plan: PlannedVolume, path: string): Partial<VolumeSpec> {
  switch (plan.type) {
    case 'nfs':
      return { nfs: { server: plan.nfsServer, path: rewritten(plan, 'nfsPathPrefix', path) } };
    case 'hostpath':
      // Of type Directory, a node that has not mounted the tree refuses the pod.
      return {
        hostPath: { path: rewritten(plan, 'hostPathPrefix', path), type: 'Directory' },
        ...onNodes(plan.nodeLabels),
      };
    case 'local':
      return { local: { path }, ...onNodes(plan.nodeLabels) };
  }
}

/** What tells later how the source follows from host and mountpoint. */
function nfsAnnotations(plan: PlannedVolume): Record<string, string> {
  const { host, nfsServer, nfsPathPrefix, shareRecord } = plan;
  return {
    ...(nfsServer !== host && { [volumeAnnotations.nfsServer]: nfsServer }),
    ...(nfsPathPrefix !== undefined && {
      [volumeAnnotations.nfsPathPrefix]: formatPathPrefix(nfsPathPrefix),
    }),
    ...(shareRecord !== undefined && { [volumeAnnotations.sharing]: shareRecord }),
  };
}

function rewritten(
  plan: PlannedVolume,
  parameter: 'hostPathPrefix' | 'nfsPathPrefix',
  path: string,
): string {
  const prefix = plan[parameter];
  if (prefix === undefined) return path;
  const elsewhere = withPrefix(prefix, path);
  if (elsewhere !== undefined) return elsewhere;
  throw new InvalidRequestError([
    `parameter ${parameter} "${formatPathPrefix(prefix)}" does not fit: on ${plan.host} the dataset is mounted at ${path}`,
  ]);
}

function onNodes(labels: Labels): { readonly nodeAffinity?: NodeAffinity } {
  const matchExpressions = Object.entries(labels).map(([key, value]) => ({
    key,
    operator: 'In',
    values: [value],
  }));
  if (matchExpressions.length === 0) return {};
  return { nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions }] } } };
}
