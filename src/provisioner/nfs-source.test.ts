import { describe, expect, it } from '@jest/globals';

import { aClaim, aClass, aVolume, instance } from '../../test/support/builders.ts';
import type { Volume } from '../volume/objects.ts';
import { persistentVolume } from '../volume/persistent-volume.ts';
import { Inventory } from './inventory/inventory.ts';
import { datasetOf } from './volume-dataset.ts';
import type { RequestRules } from './volume-request.ts';
import { planVolume } from './volume-request.ts';

const name = 'pvc-uid-data';
const rules: RequestRules = {
  instance,
  allowedParents: [],
  allowedProperties: [],
  spaceLimits: { maxFullnessPercent: undefined, maxOvercommit: undefined },
  sharing: { exportToEveryone: true, nodeAddresses: () => ['192.0.2.1'] },
  inventory: new Inventory(),
  choosePlace: () => {
    throw new Error('there is nothing to choose');
  },
  nodes: { byName: () => undefined, byHostname: () => undefined },
};

/** The volume of a class with these parameters, whose dataset is mounted there. */
function written(
  parameters: Readonly<Record<string, string>> = {},
  mountpoint = `/tank/k8s/${name}`,
): Volume {
  const planned = planVolume(aClaim(), aClass({ parameters }), rules);
  if (planned.kind !== 'request') throw new Error(planned.reason);
  const { metadata, spec } = persistentVolume(planned.request, { mountpoint, parentGuid: '42' });
  return { ...aVolume(), metadata: { ...aVolume().metadata, ...metadata }, spec };
}

function edited(volume: Volume, annotation: string, value: string | undefined): Volume {
  const key = `zfs-provisioner.io/${annotation}`;
  const others = Object.entries(volume.metadata.annotations ?? {}).filter(([each]) => each !== key);
  const annotations = Object.fromEntries(value === undefined ? others : [...others, [key, value]]);
  return { ...volume, metadata: { ...volume.metadata, annotations } };
}

const elsewhere = { nfsServer: 'nfs.example.com', nfsPathPrefix: '/tank=/export' };

describe('the NFS server and path of a volume', () => {
  it('are those of the host, and nothing is recorded, unless its class says otherwise', () => {
    const volume = written();

    expect(volume.spec.nfs).toEqual({ server: 'storage-1', path: `/tank/k8s/${name}` });
    const keys = Object.keys(volume.metadata.annotations ?? {}).join();
    expect(keys).not.toMatch(/nfs-server|nfs-path-prefix|sharing/);
  });

  it.each([
    ['/tank=/export', `/export/k8s/${name}`],
    ['/tank/k8s=/', `/${name}`],
    ['/=/export', `/export/tank/k8s/${name}`],
  ])('are what pods are to use (%s), and lead back to the dataset', (text, path) => {
    const volume = written({ nfsServer: 'nfs.example.com', nfsPathPrefix: text });

    expect(volume.spec.nfs).toEqual({ server: 'nfs.example.com', path });
    expect(datasetOf(volume, [], 'nothing was destroyed')).toEqual({
      host: 'storage-1',
      dataset: `tank/k8s/${name}`,
      volumeName: name,
      mountpoint: `/tank/k8s/${name}`,
    });
  });

  it('are refused where the dataset is mounted elsewhere', () => {
    expect(() => written({ nfsPathPrefix: '/tank=/export' }, '/mnt/data')).toThrow(
      'parameter nfsPathPrefix "/tank=/export" does not fit: on storage-1 the dataset is mounted at /mnt/data',
    );
  });

  it.each<[string, string, string | undefined]>([
    ['the server is another', 'nfs-server', 'other.example.com'],
    ['the record of the server is gone', 'nfs-server', undefined],
    ['the record of the server is that of the host', 'nfs-server', 'storage-1'],
    ['the record of the path does not fit', 'nfs-path-prefix', '/tank=/other'],
    ['the record of the path is none', 'nfs-path-prefix', '/tank'],
  ])('are suspicious when %s', (_title, annotation, value) => {
    const changed = edited(written(elsewhere), annotation, value);

    expect(() => datasetOf(changed, [], 'nothing was destroyed')).toThrow('nothing was destroyed');
  });

  it('are suspicious when a record says otherwise than they do', () => {
    const volume = edited(written(), 'nfs-server', 'nfs.example.com');

    expect(() => datasetOf(volume, [], 'nothing was destroyed')).toThrow(
      `the volume's NFS server storage-1 is not "nfs.example.com" of annotation zfs-provisioner.io/nfs-server`,
    );
  });

  it('may be a tunnel on the nodes', () => {
    const volume = written({ nfsServer: '127.0.0.1' });

    expect(volume.spec.nfs).toEqual({ server: '127.0.0.1', path: `/tank/k8s/${name}` });
    expect(datasetOf(volume, [], '').host).toBe('storage-1');
  });

  it('come with what the volume is shared by, where that follows the nodes', () => {
    const record = written({ shareClients: '@nodes' }).metadata.annotations?.[
      'zfs-provisioner.io/sharing'
    ];

    expect(record).toContain('"shareClients":"@nodes"');
  });
});
