import {
  datasetProperties,
  volumeAnnotations,
  volumeFinalizer,
} from '../../src/volume/annotations.ts';

/** How much there is: volumes, spread evenly over hosts. */
export interface Population {
  readonly volumes: number;
  readonly hosts: number;
}

/** Claims that are made while the product runs; the first of them waits from the beginning. */
export const laterClaims = 51;

/** Numbers from 1 of the volumes that are on a host (from 1). */
export function volumesOn(host: number, { volumes, hosts }: Population): number[] {
  const count = Math.ceil((volumes - host + 1) / hosts);
  return Array.from({ length: count }, (_, index) => host + index * hosts);
}

/** The host that a volume is on. */
export function hostOf(volume: number, { hosts }: Population): number {
  return ((volume - 1) % hosts) + 1;
}

export const instance = 'pv.kubernetes.io/zfs';
export const clusterId = '00000000-0000-4000-8000-000000000000';
export const parent = 'tank/kubernetes';
export const sizeBytes = 2 ** 30;
const share = 'rw=10.0.0.0/8';
const bornMs = Date.UTC(2026, 0, 1);

export function hostName(host: number): string {
  return `storage-${host}`;
}

/** One for each host. */
export function className(host: number): string {
  return `class-${host}`;
}

export interface Names {
  readonly namespace: string;
  readonly claim: string;
  readonly uid: string;
  readonly volume: string;
}

/** As long as real ones are. */
export function namesOf(number: number): Names {
  const uid = `00000000-0000-4000-9000-${String(number).padStart(12, '0')}`;
  return {
    namespace: `team-${number % 50}`,
    claim: `data-database-${number}`,
    uid,
    volume: `pvc-${uid}`,
  };
}

/** Who wrote which field last: a third of what the API server sends of an object, and none of it is used. */
function managedFields(manager: string, root: object): object[] {
  return ['', 'status'].map((subresource) => ({
    manager: subresource === '' ? manager : 'kube-controller-manager',
    operation: 'Update',
    apiVersion: 'v1',
    time: '2026-01-01T00:00:00Z',
    fieldsType: 'FieldsV1',
    fieldsV1: subresource === '' ? root : { 'f:status': { 'f:phase': {} } },
    ...(subresource !== '' && { subresource }),
  }));
}

const volumeFields = {
  'f:metadata': {
    'f:annotations': Object.fromEntries(
      ['.', ...Object.values(volumeAnnotations).slice(0, 6)].map((key) => [`f:${key}`, {}]),
    ),
    'f:finalizers': { '.': {}, [`v:"${volumeFinalizer}"`]: {} },
  },
  'f:spec': {
    'f:accessModes': {},
    'f:capacity': { '.': {}, 'f:storage': {} },
    'f:claimRef': { '.': {}, 'f:apiVersion': {}, 'f:kind': {}, 'f:name': {}, 'f:namespace': {} },
    'f:nfs': { '.': {}, 'f:path': {}, 'f:server': {} },
    'f:persistentVolumeReclaimPolicy': {},
    'f:storageClassName': {},
    'f:volumeMode': {},
  },
};

const claimFields = {
  'f:metadata': { 'f:labels': { '.': {}, 'f:app.kubernetes.io/name': {} } },
  'f:spec': {
    'f:accessModes': {},
    'f:resources': { 'f:requests': { '.': {}, 'f:storage': {} } },
    'f:storageClassName': {},
    'f:volumeMode': {},
  },
};

/** A bound PersistentVolume as the API server sends it, managedFields and all. */
export function volumeObject(number: number, population: Population): object {
  const { volume, claim, namespace, uid } = namesOf(number);
  const host = hostOf(number, population);
  return {
    metadata: {
      name: volume,
      uid: `${uid}-volume`,
      resourceVersion: String(number),
      creationTimestamp: new Date(bornMs).toISOString(),
      annotations: {
        [volumeAnnotations.provisionedBy]: instance,
        [volumeAnnotations.datasetPath]: `${parent}/${volume}`,
        [volumeAnnotations.host]: hostName(host),
        [volumeAnnotations.destroySnapshots]: 'true',
        [volumeAnnotations.reserveSpace]: 'true',
        [volumeAnnotations.parentGuid]: '42',
      },
      finalizers: ['kubernetes.io/pv-protection', volumeFinalizer],
      managedFields: managedFields('zfs-provisioner', volumeFields),
    },
    spec: {
      capacity: { storage: '1Gi' },
      nfs: { server: hostName(host), path: `/${parent}/${volume}` },
      accessModes: ['ReadWriteOnce'],
      claimRef: {
        ...{ kind: 'PersistentVolumeClaim', apiVersion: 'v1', namespace, name: claim, uid },
        resourceVersion: String(number),
      },
      persistentVolumeReclaimPolicy: 'Delete',
      storageClassName: className(host),
      volumeMode: 'Filesystem',
    },
    status: { phase: 'Bound' },
  };
}

/** A claim: bound to its volume, or waiting for one. */
export function claimObject(number: number, population: Population, isBound: boolean): object {
  const { volume, claim, namespace, uid } = namesOf(number);
  return {
    metadata: {
      ...{ name: claim, namespace, uid, resourceVersion: String(number) },
      creationTimestamp: new Date(bornMs).toISOString(),
      labels: { 'app.kubernetes.io/name': 'database' },
      annotations: {
        'volume.kubernetes.io/storage-provisioner': instance,
        ...(isBound && {
          'pv.kubernetes.io/bind-completed': 'yes',
          'pv.kubernetes.io/bound-by-controller': 'yes',
        }),
      },
      finalizers: ['kubernetes.io/pvc-protection'],
      managedFields: managedFields('kubectl', claimFields),
    },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
      storageClassName: className(hostOf(number, population)),
      volumeMode: 'Filesystem',
      ...(isBound && { volumeName: volume }),
    },
    status: isBound
      ? { phase: 'Bound', accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' } }
      : { phase: 'Pending' },
  };
}

export function classObject(host: number): object {
  return {
    metadata: { name: className(host), uid: `class-${host}`, resourceVersion: '1' },
    provisioner: instance,
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'Immediate',
    parameters: {
      parentDataset: parent,
      hostname: hostName(host),
      type: 'nfs',
      shareProperties: share,
    },
  };
}

/**
 * What `zfs get -Hp -o name,property,value,source` prints of a volume's dataset.
 * @param root where the pool is mounted below
 */
export function datasetRows(number: number, properties: readonly string[], root = ''): string {
  const { volume, claim, namespace } = namesOf(number);
  const name = `${parent}/${volume}`;
  const native: Readonly<Record<string, string>> = {
    type: 'filesystem\t-',
    creation: `${bornMs / 1000}\t-`,
    used: `${sizeBytes}\t-`,
    referenced: `${98_304 + number}\t-`,
    usedbysnapshots: '0\t-',
    refquota: `${sizeBytes}\tlocal`,
    refreservation: `${sizeBytes}\tlocal`,
    quota: '0\tdefault',
    sharenfs: `${share}\tlocal`,
    mounted: 'yes\t-',
    mountpoint: `${root}/${name}\tdefault`,
    readonly: 'off\tdefault',
    [datasetProperties.instance]: `${instance}\tlocal`,
    [datasetProperties.clusterId]: `${clusterId}\tlocal`,
    [datasetProperties.volumeName]: `${volume}\tlocal`,
    [datasetProperties.claimNamespace]: `${namespace}\tlocal`,
    [datasetProperties.claimName]: `${claim}\tlocal`,
    [datasetProperties.reclaimPolicy]: 'Delete\tlocal',
    [datasetProperties.share]: `${share}\tlocal`,
    [datasetProperties.storageClass]: 'class-1\tlocal',
    [datasetProperties.record]: '{"accessModes":["ReadWriteOnce"]}\tlocal',
    [datasetProperties.volumeType]: 'nfs\tlocal',
    [datasetProperties.capacity]: '1Gi\tlocal',
    [datasetProperties.size]: `${sizeBytes}\tlocal`,
  };
  return properties.map((key) => `${name}\t${key}\t${native[key] ?? '-\t-'}\n`).join('');
}
