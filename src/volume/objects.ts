/**
 * The API objects as the server sends them (plain JSON: dates are strings), reduced to the fields that
 * the product reads. The types of client-node promise Date objects for the same fields, so they are used
 * only for manifests that are sent.
 */

export interface ObjectMetadata {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
}

interface Annotated {
  readonly annotations?: Readonly<Record<string, string>>;
  /** RFC 3339; set once somebody has asked for the deletion. */
  readonly deletionTimestamp?: string;
}

/** What every watched kind has in common. Cluster-scoped kinds have no namespace. */
export interface KubeObject {
  readonly metadata: ObjectMetadata & { readonly namespace?: string };
}

export interface Claim {
  readonly metadata: ObjectMetadata &
    Annotated & {
      readonly namespace: string;
      readonly creationTimestamp?: string;
      readonly labels?: Readonly<Record<string, string>>;
    };
  readonly spec: ClaimSpec;
  readonly status?: ClaimStatus;
}

export interface ClaimStatus {
  /** Pending, Bound or Lost. */
  readonly phase?: string;
  readonly capacity?: Readonly<Record<string, string>>;
  /** The size that a growth aims at, or aimed at last. */
  readonly allocatedResources?: Readonly<Record<string, string>>;
  /** How far that growth has come; absent once it is done. */
  readonly allocatedResourceStatuses?: Readonly<Record<string, string>>;
  readonly conditions?: readonly ClaimCondition[];
}

/** Of ours and of others; those of others may have more fields, which are kept. */
export interface ClaimCondition {
  readonly type: string;
  readonly status: string;
  readonly message?: string;
  readonly lastTransitionTime?: string | null;
}

export interface ClaimSpec {
  readonly storageClassName?: string;
  readonly volumeName?: string;
  readonly accessModes?: readonly string[];
  /** Filesystem or Block. */
  readonly volumeMode?: string;
  readonly selector?: object;
  readonly dataSource?: DataSource;
  readonly dataSourceRef?: DataSource;
  readonly volumeAttributesClassName?: string;
  readonly resources?: { readonly requests?: { readonly storage?: string } };
}

export interface DataSource {
  readonly apiGroup?: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

export interface Volume {
  readonly metadata: ObjectMetadata &
    Annotated & {
      readonly creationTimestamp?: string;
      readonly finalizers?: readonly string[];
      readonly labels?: Readonly<Record<string, string>>;
    };
  readonly spec: VolumeSpec;
  /** Pending, Available, Bound, Released or Failed. */
  readonly status?: { readonly phase?: string };
}

export interface VolumeSpec {
  readonly capacity?: { readonly storage?: string };
  readonly accessModes?: readonly string[];
  readonly claimRef?: {
    readonly apiVersion?: string;
    readonly kind?: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
  };
  /** Retain, Delete or Recycle. */
  readonly persistentVolumeReclaimPolicy?: string;
  readonly storageClassName?: string;
  readonly volumeMode?: string;
  readonly mountOptions?: readonly string[];
  readonly nfs?: { readonly server: string; readonly path: string };
  readonly hostPath?: { readonly path: string; readonly type?: string };
  readonly local?: { readonly path: string };
  readonly nodeAffinity?: NodeAffinity;
}

export interface NodeAffinity {
  readonly required?: { readonly nodeSelectorTerms: readonly NodeSelectorTerm[] };
}

export interface NodeSelectorTerm {
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

export interface StorageClass {
  readonly metadata: ObjectMetadata;
  readonly provisioner: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly reclaimPolicy?: string;
  readonly mountOptions?: readonly string[];
  /** Immediate or WaitForFirstConsumer. */
  readonly volumeBindingMode?: string;
  readonly allowVolumeExpansion?: boolean;
  readonly allowedTopologies?: readonly TopologyTerm[];
}

export interface TopologyTerm {
  readonly matchLabelExpressions?: readonly {
    readonly key: string;
    readonly values: readonly string[];
  }[];
}

export interface NodeObject {
  /** Only the labels that the watch was told to keep. */
  readonly metadata: ObjectMetadata & { readonly labels?: Readonly<Record<string, string>> };
  readonly status?: {
    /** InternalIP, ExternalIP, Hostname, ... */
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
  };
}
