import type {
  DestroyDataset,
  GrowDataset,
  SharedDataset,
  Sharing,
  Zfs,
} from '../../src/zfs/dataset.ts';
import type { RepairDataset } from '../../src/zfs/dataset-repair.ts';
import type { TrashDataset } from '../../src/zfs/dataset-trash.ts';
import { identityProperties } from '../../src/zfs/properties.ts';
import { aCreation, sharedWith } from '../../test/support/creation.ts';
import { aRestoration, trashedName } from '../../test/support/trashing.ts';

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
/** What the dataset is shared by once it was shared with others. */
export const options = { linux: 'rw=@198.51.100.0/24', freebsd: '-network 198.51.100.0/24' };
const reshared: readonly SharedDataset[] = ['pvc-1', 'pvc-none'].map((volumeName) => {
  return { host, dataset: `tank/k/${volumeName}`, volumeName, options };
});
const sizeBytes = growth.sizeBytes;
const repair: RepairDataset = {
  ...{ host, dataset, identity },
  repairs: [
    { kind: 'share', sharenfs: options.linux },
    { kind: 'mount' },
    { kind: 'reservation', sizeBytes },
    { kind: 'quota', property: 'refquota', sizeBytes },
    { kind: 'readonly' },
    { kind: 'mountpoint', mountpoint: `/${dataset}` },
  ],
};
/** As a person leaves it who tries all that can be repaired. */
const spoil = [
  ...['refreservation=none', 'refquota=1M', 'sharenfs=off', 'readonly=on', 'mountpoint=/elsewhere'],
]
  .map((property) => `zfs set ${property} ${dataset}; `)
  .join('');
const destruction: DestroyDataset = {
  host,
  dataset,
  identity,
  destroySnapshots: true,
  parentGuid: undefined,
  mountpoint: `/${dataset}`,
  onlyIfEmpty: false,
};

const trashing: TrashDataset = {
  ...{ host, dataset, identity },
  ...{ parentGuid: undefined, mountpoint: `/${dataset}` },
  trashedAtMs: Date.UTC(2026, 0, 2, 3, 4, 5),
  expiresAtMs: Date.UTC(2026, 0, 9, 3, 4, 5),
};
const restoration = aRestoration({ host, identity });
const expired: DestroyDataset = {
  ...destruction,
  dataset: trashedName,
  mountpoint: undefined,
  expiredByMs: trashing.expiresAtMs,
};
const createByHand = [
  `zfs create -o refquota=64M -o refreservation=64M -o sharenfs=rw=@192.0.2.0/24,no_root_squash`,
  ...Object.entries(identityProperties(identity)).map(([key, value]) => `-o ${key}=${value}`),
  dataset,
].join(' ');
const trashByHand =
  `zfs set zfs-provisioner.io:trash_expires_at=1 ${dataset}; zfs unmount ${dataset}; ` +
  `zfs set canmount=noauto ${dataset}; zfs rename ${dataset} ${trashedName}`;
/** As a pod does: a mount table of its own has it, the host's can be without it. */
const holdMount = `unshare --mount --propagation private sleep 300 </dev/null >/dev/null 2>&1 & echo $! >/run/sleeper; sleep 1`;

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
  {
    name: 'repair',
    before: `${spoil}zfs unmount ${dataset}`,
    ask: (zfs) => zfs.repair(repair),
  },
  { name: 'repair-refused', ask: (zfs) => zfs.repair({ ...repair, identity: stranger }) },
  {
    name: 'repair-elsewhere',
    ask: (zfs) =>
      zfs.repair({ ...repair, repairs: [{ kind: 'mountpoint', mountpoint: '/other/pvc-1' }] }),
  },
  {
    name: 'repair-too-big',
    ask: (zfs) =>
      zfs.repair({ ...repair, repairs: [{ kind: 'reservation', sizeBytes: 1024n ** 4n }] }),
  },
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
  { name: 'retain', before: createByHand, ask: (zfs) => zfs.retain(trashing) },
  { name: 'trash-busy', before: occupy, ask: (zfs) => zfs.trash(trashing), after: leave },
  { name: 'trash-held', before: holdMount, ask: (zfs) => zfs.trash(trashing), after: leave },
  {
    name: 'trash-children',
    before: `zfs create ${dataset}/below`,
    ask: (zfs) => zfs.trash(trashing),
    after: `zfs destroy ${dataset}/below`,
  },
  {
    name: 'trash',
    before: `zfs snapshot ${dataset}@monday; zfs hold keep ${dataset}@monday`,
    ask: (zfs) => zfs.trash(trashing),
  },
  { name: 'trash-again', ask: (zfs) => zfs.trash(trashing) },
  { name: 'destroy-unexpired', ask: (zfs) => zfs.destroy({ ...expired, expiredByMs: 1000 }) },
  { name: 'destroy-expired-held', ask: (zfs) => zfs.destroy(expired) },
  { name: 'restore-refused', ask: (zfs) => zfs.restore({ ...restoration, identity: stranger }) },
  {
    name: 'restore-exists',
    before: `zfs create ${dataset}`,
    ask: (zfs) => zfs.restore(restoration),
    after: `zfs destroy ${dataset}`,
  },
  { name: 'restore', ask: (zfs) => zfs.restore(restoration) },
  { name: 'restore-again', ask: (zfs) => zfs.restore(restoration) },
  {
    name: 'destroy-expired',
    before: `zfs release keep ${dataset}@monday; ${trashByHand}`,
    ask: (zfs) => zfs.destroy(expired),
    after: 'zfs destroy tank/k/.trash',
  },
];
