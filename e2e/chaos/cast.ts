import type { Bench } from '../bench/bench.ts';
import { describeHost, MountedHostsFile } from '../hosts-file.ts';
import type { PlannedClass } from './plan.ts';

interface ChaosClass extends PlannedClass {
  /** Without a host: one of both is chosen for each claim. */
  readonly host?: string;
  readonly parameters: Readonly<Record<string, string>>;
}

export const hostNames = ['storage-1', 'storage-2'] as const;

/** Thin and thick, of one host and of several, with and without snapshots, and one that keeps what is deleted. */
export const classes: readonly ChaosClass[] = [
  { name: 'thin', host: 'storage-1', parameters: {}, destroysSnapshots: false },
  {
    name: 'thick',
    host: 'storage-2',
    parameters: { reserveSpace: 'true' },
    destroysSnapshots: false,
  },
  {
    name: 'with-snapshots',
    host: 'storage-1',
    parameters: { destroySnapshots: 'true' },
    destroysSnapshots: true,
  },
  {
    name: 'to-trash',
    host: 'storage-2',
    parameters: { onDelete: 'trash', trashRetention: '7d', reserveSpace: 'true' },
    destroysSnapshots: false,
  },
  {
    name: 'anywhere',
    parameters: { hosts: hostNames.join(','), placement: 'round-robin' },
    destroysSnapshots: false,
  },
];

export async function createClasses(bench: Bench, provisioner: string): Promise<void> {
  const manifests = classes.map(({ name, host, parameters }) => ({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name },
    provisioner,
    reclaimPolicy: 'Delete',
    allowVolumeExpansion: true,
    parameters: {
      type: 'nfs',
      reserveSpace: 'false',
      // By whom, and not in the host's own words: only then what is exported is proven by create.
      shareClients: '127.0.0.0/8',
      ...(host === undefined
        ? {}
        : { hostname: host, parentDataset: bench.host(host).parentDataset }),
      ...parameters,
    },
  }));
  await bench.apply(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests }));
}

/** For classes that name several hosts, each with a pool of its own. */
export function writeHostsFile(bench: Bench): MountedHostsFile {
  const file = new MountedHostsFile();
  file.write(bench.hosts.map((host) => describeHost(host, host.name)));
  return file;
}
