import type {
  DestroyDataset,
  GrowDataset,
  SharedDataset,
  Sharing,
  Zfs,
} from '../../src/zfs/dataset.ts';
import { aCreation, sharedWith } from '../../test/support/creation.ts';

/** A verb of the product as it is asked for on a host, whose answer is recorded. */
export interface AskedVerb {
  readonly name: string;
  /** Shell commands on the host that come first. */
  readonly before?: string;
  readonly ask: (zfs: Zfs) => Promise<unknown>;
  readonly after?: string;
}

const mebibyte = 1024n ** 2n;

/** It must turn out that these are the ones it is exported to. */
function checkedSharing(options: string): Sharing {
  return { kind: 'on', options: { linux: options, freebsd: options }, clients: ['192.0.2.0/24'] };
}

const creation = aCreation({
  sharing: checkedSharing('rw=@192.0.2.0/24,no_root_squash'),
  sizeBytes: 64n * mebibyte,
  refreservationBytes: 64n * mebibyte,
  userProperties: {
    'io.kubernetes.pv.zfs:reclaim_policy': 'Delete',
    'zfs-provisioner.io:claim_namespace': 'default',
    'zfs-provisioner.io:claim_name': 'data',
  },
});
const { host, dataset, identity } = creation;
const stranger = { ...identity, clusterId: 'cluster-2' };

const growth: GrowDataset = {
  host,
  dataset,
  identity,
  sizeBytes: 128n * mebibyte,
  quota: 'refquota',
  reservation: 'thick',
  maxOvercommit: undefined,
};
const options = { linux: 'rw=@198.51.100.0/24', freebsd: '-network 198.51.100.0/24' };
const reshared: readonly SharedDataset[] = ['pvc-1', 'pvc-none'].map((volumeName) => {
  return { host, dataset: `tank/k/${volumeName}`, volumeName, options };
});
const destruction: DestroyDataset = {
  host,
  dataset,
  identity,
  destroySnapshots: true,
  parentGuid: undefined,
  mountpoint: `/${dataset}`,
  onlyIfEmpty: false,
};

const occupy = `cd /${dataset}; sleep 300 </dev/null >/dev/null 2>&1 & echo $! >/run/sleeper`;
const leave = 'pid=$(cat /run/sleeper); kill $pid; while [ -e /proc/$pid ]; do sleep 0.05; done';

/** In the order in which they are asked: each finds what those before it left. */
export const askedVerbs: readonly AskedVerb[] = [
  {
    name: 'create-too-big',
    ask: (zfs) => zfs.create({ ...creation, refreservationBytes: 1024n ** 4n }),
  },
  {
    name: 'create-share-invalid',
    ask: (zfs) => zfs.create({ ...creation, sharing: sharedWith('rw,no_such_option') }),
  },
  {
    name: 'create-no-parent',
    ask: (zfs) => zfs.create({ ...creation, dataset: 'tank/none/pvc-1' }),
  },
  {
    name: 'create-exported-to-others',
    ask: (zfs) => zfs.create({ ...creation, sharing: checkedSharing('rw') }),
  },
  { name: 'create', ask: (zfs) => zfs.create(creation) },
  {
    name: 'create-adopted',
    before: `zfs unmount ${dataset}; zfs inherit sharenfs ${dataset}`,
    ask: (zfs) => zfs.create(creation),
  },
  { name: 'create-refused', ask: (zfs) => zfs.create({ ...creation, identity: stranger }) },
  { name: 'grow', ask: (zfs) => zfs.grow(growth) },
  { name: 'grow-refused', ask: (zfs) => zfs.grow({ ...growth, identity: stranger }) },
  {
    name: 'grow-too-big',
    ask: (zfs) => zfs.grow({ ...growth, sizeBytes: 1024n ** 4n }),
  },
  { name: 'reshare', ask: (zfs) => zfs.reshare(host, identity, reshared) },
  { name: 'scan', ask: (zfs) => zfs.scan(host, ['tank/k']) },
  { name: 'scan-no-parent', ask: (zfs) => zfs.scan(host, ['tank/k', 'tank/none']) },
  { name: 'destroy-refused', ask: (zfs) => zfs.destroy({ ...destruction, identity: stranger }) },
  {
    name: 'destroy-other-parent',
    ask: (zfs) => zfs.destroy({ ...destruction, parentGuid: '42' }),
  },
  {
    name: 'destroy-busy',
    before: occupy,
    ask: (zfs) => zfs.destroy(destruction),
    after: leave,
  },
  {
    name: 'destroy-not-empty',
    before: `: >/${dataset}/file`,
    ask: (zfs) => zfs.destroy({ ...destruction, onlyIfEmpty: true }),
  },
  {
    name: 'destroy-snapshots-kept',
    before: `zfs snapshot ${dataset}@monday`,
    ask: (zfs) => zfs.destroy({ ...destruction, destroySnapshots: false }),
  },
  {
    name: 'destroy-snapshot-held',
    before: `zfs hold keep ${dataset}@monday`,
    ask: (zfs) => zfs.destroy(destruction),
    after: `zfs release keep ${dataset}@monday`,
  },
  { name: 'destroy-with-snapshots', ask: (zfs) => zfs.destroy(destruction) },
  { name: 'destroy-absent', ask: (zfs) => zfs.destroy(destruction) },
  {
    name: 'destroy-absent-elsewhere',
    ask: (zfs) => zfs.destroy({ ...destruction, mountpoint: '/other/k/pvc-1' }),
  },
  {
    name: 'destroy-no-parent',
    ask: (zfs) => zfs.destroy({ ...destruction, dataset: 'tank/none/pvc-1' }),
  },
  {
    name: 'create-thin',
    ask: (zfs) =>
      zfs.create({ ...creation, refreservationBytes: undefined, sharing: { kind: 'off' } }),
  },
  { name: 'destroy', ask: (zfs) => zfs.destroy(destruction) },
];
