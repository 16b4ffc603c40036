import type {
  Books,
  ClaimEntry,
  ClassEntry,
  DatasetEntry,
  OwnerEntry,
  VolumeEntry,
} from './books.ts';

/** A storage host, as its administrator has it. */
export interface CheckedHost {
  readonly name: string;
  readonly parentDataset: string;
  /** Runs zfs on the host as root; resolves with what it prints. */
  zfs(...args: string[]): Promise<string>;
  /** What is exported over NFS now. */
  exports(): readonly { readonly mountpoint: string }[];
}

export interface Sources {
  /** Runs kubectl; resolves with what it prints. */
  kubectl(...args: string[]): Promise<string>;
  readonly hosts: readonly CheckedHost[];
  readonly owners: readonly OwnerEntry[];
  /** What an owner wrote into a mounted dataset. */
  readonly readMark: (mountpoint: string) => string | undefined;
}

interface KubeObject {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly deletionTimestamp?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: {
    readonly storageClassName?: string;
    readonly volumeName?: string;
    readonly resources?: { readonly requests?: { readonly storage?: string } };
    readonly capacity?: { readonly storage?: string };
    readonly claimRef?: { readonly uid?: string; readonly name?: string };
    readonly nfs?: { readonly path?: string };
    readonly hostPath?: { readonly path?: string };
    readonly local?: { readonly path?: string };
  };
  readonly status?: {
    readonly phase?: string;
    readonly capacity?: { readonly storage?: string };
  };
  readonly parameters?: Readonly<Record<string, string>>;
}

/** Reads everything, once: the world must stand still meanwhile. */
export async function collectBooks(sources: Sources): Promise<Books> {
  const { hosts, owners, readMark } = sources;
  const list = async (kind: string): Promise<readonly KubeObject[]> =>
    (
      JSON.parse(await sources.kubectl('get', kind, '-o', 'json')) as {
        readonly items: readonly KubeObject[];
      }
    ).items;
  const datasets = await Promise.all(hosts.map((host) => datasetsOf(host, readMark)));
  return {
    owners,
    claims: (await list('persistentvolumeclaims')).map((claim) => claimEntry(claim)),
    volumes: (await list('persistentvolumes')).map((volume) => volumeEntry(volume)),
    classes: (await list('storageclasses')).map((each) => classEntry(each)),
    datasets: datasets.flat(),
  };
}

function claimEntry({ metadata, spec = {}, status = {} }: KubeObject): ClaimEntry {
  return {
    name: metadata.name,
    uid: metadata.uid,
    className: spec.storageClassName ?? '',
    requested: bytesOf(spec.resources?.requests?.storage),
    capacity: bytesOf(status.capacity?.storage),
    phase: status.phase ?? '',
    volumeName: spec.volumeName ?? '',
    isBeingDeleted: metadata.deletionTimestamp !== undefined,
  };
}

function volumeEntry({ metadata, spec = {}, status = {} }: KubeObject): VolumeEntry {
  const { annotations = {} } = metadata;
  const { claimRef = {}, nfs, hostPath, local } = spec;
  const source = nfs ?? hostPath ?? local;
  return {
    name: metadata.name,
    claimUid: text(claimRef.uid),
    claimName: text(claimRef.name),
    capacity: bytesOf(spec.capacity?.storage),
    phase: text(status.phase),
    host: text(annotations['zfs.pv.kubernetes.io/zfs-host']),
    dataset: text(annotations['zfs.pv.kubernetes.io/zfs-dataset-path']),
    path: text(source?.path),
    isBeingDeleted: metadata.deletionTimestamp !== undefined,
  };
}

function text(value: string | undefined): string {
  return value ?? '';
}

function classEntry({ metadata, parameters = {} }: KubeObject): ClassEntry {
  return {
    name: metadata.name,
    type: text(parameters['type']),
    // docs/parameters.md: thick unless said otherwise.
    isThick: parameters['reserveSpace'] !== 'false',
    goesToTrash: parameters['onDelete'] === 'trash',
  };
}

const volumeProperty = 'zfs-provisioner.io:volume';
const properties = `refquota,refreservation,sharenfs,mounted,mountpoint,${volumeProperty}`;

async function datasetsOf(
  host: CheckedHost,
  readMark: (mountpoint: string) => string | undefined,
): Promise<DatasetEntry[]> {
  const columns = ['-Hp', '-r', '-t', 'filesystem', '-o', 'name,property,value'];
  const printed = await host.zfs('get', ...columns, properties, host.parentDataset);
  const rows = printed.split('\n').map((line) => line.split('\t'));
  const names = new Set(rows.map(([name = '']) => name));
  const trash = `${host.parentDataset}/.trash`;
  const exported = new Set(host.exports().map(({ mountpoint }) => mountpoint));
  const isVolume = (name: string): boolean => !['', host.parentDataset, trash].includes(name);
  const entryOf = (name: string): DatasetEntry => {
    const of = new Map(
      rows.flatMap(([dataset, property = '', value = '']) =>
        dataset === name ? [[property, value] as const] : [],
      ),
    );
    const mountpoint = of.get('mountpoint') ?? '';
    const volumeName = of.get(volumeProperty) ?? '-';
    const isMounted = of.get('mounted') === 'yes';
    return {
      host: host.name,
      name,
      volumeName: volumeName === '-' ? '' : volumeName,
      refquota: numberOf(of.get('refquota')),
      refreservation: numberOf(of.get('refreservation')),
      sharenfs: of.get('sharenfs') ?? '',
      isMounted,
      mountpoint,
      isExported: exported.has(mountpoint),
      mark: isMounted ? readMark(mountpoint) : undefined,
      isInTrash: name.startsWith(`${trash}/`),
    };
  };
  const entries = [...names].filter(isVolume).map(entryOf);
  for (const [index, entry] of entries.entries()) {
    if (entry.isInTrash && !entry.isMounted) entries[index] = await lookInto(host, entry, readMark);
  }
  return entries;
}

/** What is in the trash is not mounted; it can be, as its administrator would to look for a file. */
async function lookInto(
  host: CheckedHost,
  entry: DatasetEntry,
  readMark: (mountpoint: string) => string | undefined,
): Promise<DatasetEntry> {
  await host.zfs('mount', entry.name);
  try {
    return { ...entry, mark: readMark(entry.mountpoint) };
  } finally {
    await host.zfs('unmount', entry.name);
  }
}

function numberOf(value = ''): bigint {
  return /^\d+$/.test(value) ? BigInt(value) : 0n;
}

const suffixes: Readonly<Record<string, bigint>> = {
  '': 1n,
  Ki: 1024n,
  Mi: 1024n ** 2n,
  Gi: 1024n ** 3n,
};

/** Of the ways to write a quantity, those that come up here; -1 for any other. */
export function bytesOf(quantity = ''): bigint {
  const [, digits = '', suffix = ''] = /^(\d+)(Ki|Mi|Gi|)$/.exec(quantity) ?? [];
  return digits === '' ? -1n : BigInt(digits) * (suffixes[suffix] ?? 1n);
}
