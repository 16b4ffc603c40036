import { describe, expect, it } from '@jest/globals';
import type { Volume } from '../../src/volume/objects.ts';
import { useStage } from '../stage.ts';

const stage = useStage({
  nodes: ['storage-1', 'node-2'],
  classes: [
    { name: 'nfs', mountOptions: ['nfsvers=4.2', 'hard'] },
    { name: 'thin', reserveSpace: false, destroySnapshots: false, policy: 'Retain' },
    { name: 'guarded', shareProperties: 'rw=@10.0.0.0/8,no_root_squash' },
    { name: 'hostpath', type: 'hostpath' },
    { name: 'local', type: 'local' },
    { name: 'auto', type: 'auto' },
    { name: 'auto-elsewhere', type: 'auto', node: 'no-node-of-this-cluster' },
  ],
});

const onStorageNode = {
  required: {
    nodeSelectorTerms: [
      {
        matchExpressions: [
          { key: 'kubernetes.io/hostname', operator: 'In', values: ['storage-1'] },
        ],
      },
    ],
  },
};

/** What a volume's source and place say, whatever its type. */
function reachOf({ spec }: Volume) {
  const { nfs, hostPath, local, nodeAffinity } = spec;
  return { nfs, hostPath, local, nodeAffinity };
}

function mountpointFor(volume: Volume): string {
  return `${stage().host.mountpoint}/kubernetes/${volume.metadata.name}`;
}

/** The options that the volume's path is exported with, as the host has them. */
function exportOf(volume: Volume): string | undefined {
  const exported = stage().host.exports();
  return exported.find(({ mountpoint }) => mountpoint === mountpointFor(volume))?.options;
}

describe('a claim of type nfs', () => {
  it('becomes a dataset with quota, reservation, share and identity', async () => {
    const { host } = stage();

    const volume = await stage().provision({ name: 'dataset', className: 'nfs', size: '64Mi' });

    const dataset = stage().datasetOf(volume);
    const cluster = await stage().bench.kubectl(
      ...['get', 'namespace', 'kube-system', '-o', 'jsonpath={.metadata.uid}'],
    );
    const claim = await stage().claim('dataset');
    const wanted = {
      refquota: '67108864',
      refreservation: '67108864',
      sharenfs: 'on',
      mounted: 'yes',
      'io.kubernetes.pv.zfs:managed_by': 'pv.kubernetes.io/zfs',
      'io.kubernetes.pv.zfs:reclaim_policy': 'Delete',
      'zfs-provisioner.io:cluster': cluster,
      'zfs-provisioner.io:volume': volume.metadata.name,
      'zfs-provisioner.io:claim_namespace': 'default',
      'zfs-provisioner.io:claim_name': 'dataset',
      'zfs-provisioner.io:claim_uid': claim?.metadata.uid,
      'zfs-provisioner.io:class': 'nfs',
    };
    expect((await host.datasets(...Object.keys(wanted))).get(dataset)).toEqual(wanted);
    expect(exportOf(volume)).toBeDefined();
  });

  it('becomes a volume that only this claim can get, with all that the class says', async () => {
    const { host } = stage();

    const volume = await stage().provision({ name: 'volume', className: 'nfs' });

    const claim = await stage().claim('volume');
    const uid = claim?.metadata.uid ?? '';
    expect(volume.metadata).toMatchObject({
      name: `pvc-${uid}`,
      annotations: {
        'pv.kubernetes.io/provisioned-by': 'pv.kubernetes.io/zfs',
        'zfs.pv.kubernetes.io/zfs-dataset-path': `${host.parentDataset}/pvc-${uid}`,
        'zfs.pv.kubernetes.io/zfs-host': 'storage-1',
        'zfs.pv.kubernetes.io/destroy-snapshots': 'true',
        'zfs.pv.kubernetes.io/reserve-space': 'true',
      },
    });
    expect(volume.metadata.finalizers).toContain(
      'external-provisioner.volume.kubernetes.io/finalizer',
    );
    expect(volume.spec).toEqual({
      capacity: { storage: '64Mi' },
      accessModes: ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany'],
      volumeMode: 'Filesystem',
      persistentVolumeReclaimPolicy: 'Delete',
      storageClassName: 'nfs',
      mountOptions: ['nfsvers=4.2', 'hard'],
      nfs: { server: 'storage-1', path: mountpointFor(volume) },
      claimRef: {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        namespace: 'default',
        name: 'volume',
        uid,
        resourceVersion: expect.any(String),
      },
    });
  });

  it('tells its owner when it is done', async () => {
    const volume = await stage().provision({ name: 'told', className: 'nfs' });

    const done = await stage().untilEvent('told', 'ProvisioningSucceeded');
    const events = await stage().events('told');
    expect(done.message).toBe(`Successfully provisioned volume ${volume.metadata.name}`);
    // That somebody works on it is told where that takes longer than five seconds.
    expect(
      events
        .map(({ type, reason }) => `${type} ${reason}`)
        .filter((told) => told !== 'Normal Provisioning'),
    ).toEqual(['Normal ProvisioningSucceeded']);
  });

  it('is exported as shareProperties say', async () => {
    const volume = await stage().provision({ name: 'guarded', className: 'guarded' });

    const { sharenfs } = (await stage().host.datasets()).get(stage().datasetOf(volume)) ?? {};
    expect(sharenfs).toBe('rw=@10.0.0.0/8,no_root_squash');
    // The kernel's table spells the options in its own way.
    expect(exportOf(volume)).toContain('no_root_squash');
  });

  it('is thin with reserveSpace=false, and kept with the policy Retain', async () => {
    const volume = await stage().provision({ name: 'thin', className: 'thin' });

    expect(volume.spec.persistentVolumeReclaimPolicy).toBe('Retain');
    expect(volume.metadata.finalizers).not.toContain(
      'external-provisioner.volume.kubernetes.io/finalizer',
    );
    expect(volume.metadata.annotations).toMatchObject({
      'zfs.pv.kubernetes.io/destroy-snapshots': 'false',
      'zfs.pv.kubernetes.io/reserve-space': 'false',
    });
    const wanted = {
      refquota: '67108864',
      refreservation: '0',
      'io.kubernetes.pv.zfs:reclaim_policy': 'Retain',
    };
    const datasets = await stage().host.datasets(...Object.keys(wanted));
    expect(datasets.get(stage().datasetOf(volume))).toEqual(wanted);
  });

  it('is for one pod alone when ReadWriteOncePod is asked for', async () => {
    const accessModes = ['ReadWriteOncePod'];
    const volume = await stage().provision({ name: 'one-pod', className: 'nfs', accessModes });

    expect(volume.spec.accessModes).toEqual(accessModes);
  });
});

describe.each([
  ['hostpath', (path: string) => ({ hostPath: { path, type: 'Directory' } })],
  ['local', (path: string) => ({ local: { path } })],
])('a claim of type %s', (className, source) => {
  it('becomes a directory of the storage node, which nothing exports', async () => {
    const volume = await stage().provision({ name: className, className });

    expect(reachOf(volume)).toEqual({
      ...source(mountpointFor(volume)),
      nodeAffinity: onStorageNode,
    });
    expect(volume.spec.accessModes).toEqual(['ReadWriteOnce']);
    expect(volume.spec.mountOptions).toBeUndefined();
    expect(exportOf(volume)).toBeUndefined();
    const state = (await stage().host.datasets()).get(stage().datasetOf(volume));
    expect(state).toEqual({
      refquota: '67108864',
      refreservation: '67108864',
      sharenfs: 'off',
      mounted: 'yes',
    });
  });
});

describe('a claim of type auto that does not wait for a pod', () => {
  it.each([
    ['one node at a time', 'auto', 'ReadWriteOnce', 'hostPath'],
    ['a single pod', 'auto', 'ReadWriteOncePod', 'hostPath'],
    ['readers on many nodes', 'auto', 'ReadOnlyMany', 'nfs'],
    ['writers on many nodes', 'auto', 'ReadWriteMany', 'nfs'],
    ['one node, where the storage host is none', 'auto-elsewhere', 'ReadWriteOnce', 'nfs'],
  ] as const)(
    'for %s becomes what its access modes need',
    async (name, className, mode, source) => {
      const claim = name.replaceAll(/\W+/g, '-');

      const volume = await stage().provision({ name: claim, className, accessModes: [mode] });

      expect(volume.spec[source]).toMatchObject({ path: mountpointFor(volume) });
      expect(volume.spec.accessModes).toContain(mode);
      expect(exportOf(volume) !== undefined).toBe(source === 'nfs');
    },
  );
});
