import type { Claim, KubeObject, NodeObject, StorageClass, Volume } from '../volume/objects.ts';
import { keepFields } from './kept-fields.ts';
import type { FieldTree } from './kept-fields.ts';

/** A kind that can be listed and watched cluster-wide. */
export interface Kind<T extends KubeObject> {
  /** Plural name, as in the API's path. */
  readonly resource: string;
  readonly path: string;
  /** Reduces what the server sent to the fields of objects.ts. */
  keep(sent: unknown): T;
}

const METADATA = { name: true, uid: true, resourceVersion: true } as const;

/** kubectl apply keeps a copy of the whole object here. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const ANNOTATIONS: FieldTree = (name) => name !== LAST_APPLIED;

const CLAIM: FieldTree = {
  metadata: {
    ...METADATA,
    namespace: true,
    labels: true,
    annotations: ANNOTATIONS,
    deletionTimestamp: true,
    creationTimestamp: true,
  },
  spec: {
    storageClassName: true,
    volumeName: true,
    accessModes: true,
    volumeMode: true,
    selector: true,
    dataSource: true,
    dataSourceRef: true,
    volumeAttributesClassName: true,
    resources: { requests: { storage: true } },
  },
  status: {
    phase: true,
    capacity: true,
    allocatedResources: true,
    allocatedResourceStatuses: true,
    conditions: true,
  },
};

const VOLUME: FieldTree = {
  metadata: {
    ...METADATA,
    labels: true,
    annotations: ANNOTATIONS,
    finalizers: true,
    deletionTimestamp: true,
    creationTimestamp: true,
  },
  spec: {
    capacity: true,
    accessModes: true,
    claimRef: { namespace: true, name: true, uid: true },
    persistentVolumeReclaimPolicy: true,
    storageClassName: true,
    volumeMode: true,
    mountOptions: true,
    nfs: true,
    hostPath: true,
    local: true,
    nodeAffinity: true,
  },
  status: { phase: true },
};

const STORAGE_CLASS: FieldTree = {
  metadata: METADATA,
  provisioner: true,
  parameters: true,
  reclaimPolicy: true,
  mountOptions: true,
  volumeBindingMode: true,
  allowVolumeExpansion: true,
  allowedTopologies: true,
};

export const claims = kind<Claim>('persistentvolumeclaims', '/api/v1', CLAIM);
export const volumes = kind<Volume>('persistentvolumes', '/api/v1', VOLUME);
export const storageClasses = kind<StorageClass>(
  'storageclasses',
  '/apis/storage.k8s.io/v1',
  STORAGE_CLASS,
);

/** Nodes with only those labels that `isUsed` names (and always `kubernetes.io/hostname`). */
export function nodes(isUsed: (label: string) => boolean): Kind<NodeObject> {
  const labels: FieldTree = (label) => label === 'kubernetes.io/hostname' || isUsed(label);
  const tree: FieldTree = { metadata: { ...METADATA, labels }, status: { addresses: true } };
  return kind<NodeObject>('nodes', '/api/v1', tree);
}

function kind<T extends KubeObject>(resource: string, group: string, tree: FieldTree): Kind<T> {
  return { resource, path: `${group}/${resource}`, keep: (sent) => keepFields(sent, tree) as T };
}
