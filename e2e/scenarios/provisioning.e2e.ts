import { describe, expect, it } from '@jest/globals';
import { useStage } from '../stage.ts';

const stage = useStage({
  nodes: ['storage-1', 'node-2'],
  classes: [
    { name: 'nfs' },
    { name: 'thin', reserveSpace: false, destroySnapshots: false, policy: 'Retain' },
    { name: 'hostpath', type: 'hostpath' },
    { name: 'local', type: 'local' },
    { name: 'auto', type: 'auto' },
  ],
});

describe('a claim of type nfs', () => {
  it('becomes a dataset with quota, reservation, share and identity, and a volume bound to it', async () => {
    const { host } = stage();

    const volume = await stage().provision({ name: 'nfs', className: 'nfs', size: '64Mi' });

    const dataset = stage().datasetOf(volume);
    expect(dataset).toBe(`${host.parentDataset}/${volume.metadata.name}`);
    expect(volume.spec).toMatchObject({
      capacity: { storage: '64Mi' },
      accessModes: ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany'],
      persistentVolumeReclaimPolicy: 'Delete',
      nfs: { server: 'storage-1', path: `${host.mountpoint}/kubernetes/${volume.metadata.name}` },
    });
    const properties = [
      'refquota',
      'refreservation',
      'sharenfs',
      'mounted',
      'io.kubernetes.pv.zfs:managed_by',
      'io.kubernetes.pv.zfs:reclaim_policy',
      'zfs-provisioner.io:volume',
      'zfs-provisioner.io:claim_name',
    ];
    expect((await host.datasets(...properties)).get(dataset)).toEqual({
      refquota: '67108864',
      refreservation: '67108864',
      sharenfs: 'on',
      mounted: 'yes',
      'io.kubernetes.pv.zfs:managed_by': 'pv.kubernetes.io/zfs',
      'io.kubernetes.pv.zfs:reclaim_policy': 'Delete',
      'zfs-provisioner.io:volume': volume.metadata.name,
      'zfs-provisioner.io:claim_name': 'nfs',
    });
    expect(host.exports().map(({ mountpoint }) => mountpoint)).toContain(volume.spec.nfs?.path);
  });
});
