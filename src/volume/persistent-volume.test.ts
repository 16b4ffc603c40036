import { describe, expect, it } from '@jest/globals';

import type { PlannedVolume } from './persistent-volume.ts';
import { persistentVolume } from './persistent-volume.ts';
import { recordOf } from './volume-record.ts';

const created = { mountpoint: '/tank/k8s/team-a_data', parentGuid: '42' };

function aPlan(changes: Partial<PlannedVolume> = {}): PlannedVolume {
  return {
    volumeName: 'pvc-7b2f',
    instance: 'zfs.example.com/a',
    claim: { namespace: 'team-a', name: 'data', uid: '7b2f', resourceVersion: '5' },
    className: 'fast',
    type: 'nfs',
    host: 'storage-1',
    dataset: 'tank/k8s/team-a_data',
    nodeLabels: {},
    hostPathPrefix: undefined,
    nfsServer: '192.0.2.7',
    nfsPathPrefix: undefined,
    shareRecord: undefined,
    capacity: '1.5Gi',
    accessModes: ['ReadWriteOnce'],
    reclaimPolicy: 'Delete',
    mountOptions: [],
    reserveSpace: true,
    quota: 'refquota',
    ownership: { gid: undefined },
    destroySnapshots: false,
    foreignSnapshots: 'keep',
    onDelete: 'destroy',
    trashRetention: '7d',
    ...changes,
  };
}

function annotationsOf(changes: Partial<PlannedVolume>): Readonly<Record<string, string>> {
  return persistentVolume(aPlan(changes), created).metadata.annotations;
}

describe('a volume object', () => {
  it('writes down where its dataset is, whatever that is called', () => {
    expect(persistentVolume(aPlan(), created)).toMatchObject({
      metadata: {
        name: 'pvc-7b2f',
        annotations: {
          'pv.kubernetes.io/provisioned-by': 'zfs.example.com/a',
          'zfs.pv.kubernetes.io/zfs-dataset-path': 'tank/k8s/team-a_data',
          'zfs.pv.kubernetes.io/zfs-host': 'storage-1',
          'zfs-provisioner.io/parent-guid': '42',
        },
      },
      spec: { nfs: { server: '192.0.2.7', path: '/tank/k8s/team-a_data' } },
    });
  });

  it('gives its pods the group of the volume', () => {
    expect(annotationsOf({ ownership: { gid: 2000 } })).toMatchObject({
      'pv.beta.kubernetes.io/gid': '2000',
    });
    expect(annotationsOf({})).not.toHaveProperty(['pv.beta.kubernetes.io/gid']);
  });

  it('says what holds it to its size, unless it is what the classic provisioner does', () => {
    expect(annotationsOf({ quota: 'both' })).toMatchObject({ 'zfs-provisioner.io/quota': 'both' });
    expect(annotationsOf({})).not.toHaveProperty(['zfs-provisioner.io/quota']);
  });
});

describe('what a dataset says of its volume', () => {
  const at = Date.UTC(2026, 0, 1);

  it('is told property by property, for people', () => {
    expect(recordOf(aPlan(), 1610612736n, at)).toMatchObject({
      'io.kubernetes.pv.zfs:reclaim_policy': 'Delete',
      'zfs-provisioner.io:claim_namespace': 'team-a',
      'zfs-provisioner.io:claim_name': 'data',
      'zfs-provisioner.io:claim_uid': '7b2f',
      'zfs-provisioner.io:class': 'fast',
      'zfs-provisioner.io:type': 'nfs',
      'zfs-provisioner.io:size': '1610612736',
      'zfs-provisioner.io:capacity': '1.5Gi',
      'zfs-provisioner.io:created_at': '2026-01-01T00:00:00.000Z',
      'zfs-provisioner.io:schema': '1',
    });
  });

  it.each<[string, Partial<PlannedVolume>, object]>([
    [
      'an NFS volume',
      { mountOptions: ['hard'], nfsPathPrefix: { from: '/tank', to: '/export' }, shareRecord: 'x' },
      { server: '192.0.2.7', pathPrefix: '/tank=/export', share: 'x', mountOptions: ['hard'] },
    ],
    [
      'a hostpath volume',
      {
        type: 'hostpath',
        nodeLabels: { zone: 'a' },
        hostPathPrefix: { from: '/tank', to: '/mnt' },
      },
      { nodeLabels: { zone: 'a' }, pathPrefix: '/tank=/mnt' },
    ],
    ['a local volume', { type: 'local', ownership: { gid: 5 } }, { nodeLabels: {}, gid: 5 }],
  ])('is enough to write %s again', (_case, changes, rest) => {
    const record = recordOf(aPlan(changes), 1n, at)['zfs-provisioner.io:record'] ?? '';

    expect(JSON.parse(record)).toEqual({
      host: 'storage-1',
      accessModes: ['ReadWriteOnce'],
      reserveSpace: true,
      quota: 'refquota',
      destroySnapshots: false,
      ...rest,
    });
  });
});
