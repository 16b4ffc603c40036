import type { Claim, NodeObject, StorageClass, Volume } from '../../src/volume/objects.ts';

/** Builders hide what a test does not care about; what it cares about stands in the test. */
export const instance = 'pv.kubernetes.io/zfs';

let version = 0;
const nextVersion = (): string => String(++version);

export interface ClaimOptions {
  readonly name?: string;
  readonly uid?: string;
  readonly size?: string;
  readonly className?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly deletionTimestamp?: string;
  readonly spec?: Partial<Claim['spec']>;
  readonly status?: Claim['status'];
}

export function aClaim(options: ClaimOptions = {}): Claim {
  const { name = 'data', uid = `uid-${name}`, size = '1Gi', className = 'fast' } = options;
  return {
    metadata: {
      namespace: 'default',
      name,
      uid,
      resourceVersion: nextVersion(),
      annotations: {
        'volume.kubernetes.io/storage-provisioner': instance,
        ...options.annotations,
      },
      ...(options.deletionTimestamp !== undefined && {
        deletionTimestamp: options.deletionTimestamp,
      }),
    },
    spec: {
      storageClassName: className,
      accessModes: ['ReadWriteOnce'],
      volumeMode: 'Filesystem',
      resources: { requests: { storage: size } },
      ...options.spec,
    },
    status: options.status ?? { phase: 'Pending' },
  };
}

/** A claim that has the volume of `aVolume({ phase: 'Bound' })`, with 1 GiB, and asks for the size. */
export function aBoundClaim(size: string, options: ClaimOptions = {}): Claim {
  return aClaim({
    ...options,
    size,
    spec: { volumeName: 'pvc-uid-data', ...options.spec },
    status: { phase: 'Bound', capacity: { storage: '1Gi' }, ...options.status },
  });
}

export interface ClassOptions extends Partial<Omit<StorageClass, 'metadata' | 'parameters'>> {
  readonly name?: string;
  /** Merged over the usual ones; undefined removes one. */
  readonly parameters?: Readonly<Record<string, string | undefined>>;
}

export function aClass({
  name = 'fast',
  parameters = {},
  ...rest
}: ClassOptions = {}): StorageClass {
  const merged: Record<string, string | undefined> = {
    parentDataset: 'tank/k8s',
    hostname: 'storage-1',
    type: 'nfs',
    ...parameters,
  };
  const given = Object.entries(merged).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  );
  return {
    metadata: { name, uid: `class-${nextVersion()}`, resourceVersion: nextVersion() },
    provisioner: instance,
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'Immediate',
    ...rest,
    parameters: Object.fromEntries(given),
  };
}

export interface VolumeOptions {
  readonly name?: string;
  readonly phase?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly deletionTimestamp?: string;
  readonly spec?: Partial<Volume['spec']>;
}

export const finalizer = 'external-provisioner.volume.kubernetes.io/finalizer';

/** A released volume of ours, unless told otherwise. */
export function aVolume(options: VolumeOptions = {}): Volume {
  const { name = 'pvc-uid-data', phase = 'Released' } = options;
  return {
    metadata: {
      name,
      uid: `volume-${name}`,
      resourceVersion: nextVersion(),
      annotations: {
        'pv.kubernetes.io/provisioned-by': instance,
        'zfs.pv.kubernetes.io/zfs-dataset-path': `tank/k8s/${name}`,
        'zfs.pv.kubernetes.io/zfs-host': 'storage-1',
        'zfs.pv.kubernetes.io/destroy-snapshots': 'true',
        'zfs.pv.kubernetes.io/reserve-space': 'true',
        'zfs-provisioner.io/parent-guid': '42',
        ...options.annotations,
      },
      finalizers: options.finalizers ?? [finalizer],
      ...(options.deletionTimestamp !== undefined && {
        deletionTimestamp: options.deletionTimestamp,
      }),
    },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      persistentVolumeReclaimPolicy: 'Delete',
      storageClassName: 'fast',
      claimRef: { namespace: 'default', name: 'data', uid: 'uid-data' },
      nfs: { server: 'storage-1', path: `/tank/k8s/${name}` },
      ...options.spec,
    },
    status: { phase },
  };
}

export function aNode(name: string, labels: Readonly<Record<string, string>> = {}): NodeObject {
  return {
    metadata: {
      name,
      uid: `node-${name}`,
      resourceVersion: nextVersion(),
      labels: { 'kubernetes.io/hostname': name, ...labels },
    },
  };
}
