import { describe, expect, it } from '@jest/globals';

import { claims, nodes, storageClasses, volumes } from './kinds.ts';

const sent = {
  name: 'x',
  uid: 'u',
  resourceVersion: '1',
  generation: 4,
  managedFields: [{ manager: 'kubectl' }],
  labels: { 'kubernetes.io/hostname': 'n1', 'topology.kubernetes.io/zone': 'z', other: 'o' },
};
const kept = { name: 'x', uid: 'u', resourceVersion: '1' };

describe('kinds', () => {
  it('keeps of a claim what is used', () => {
    const spec = {
      storageClassName: 'fast',
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' }, limits: { storage: '2Gi' } },
    };
    const annotations = {
      'volume.kubernetes.io/storage-provisioner': 'zfs',
      'kubectl.kubernetes.io/last-applied-configuration': '{}',
    };
    const metadata = { ...sent, namespace: 'shop', annotations, deletionTimestamp: 't' };
    const status = {
      phase: 'Bound',
      capacity: { storage: '1Gi' },
      allocatedResources: { storage: '2Gi' },
      allocatedResourceStatuses: { storage: 'ControllerResizeInProgress' },
      conditions: [{ type: 'ModifyingVolume', status: 'True', reason: 'r', lastProbeTime: null }],
    };

    expect(claims.keep({ metadata, spec, status: { ...status, accessModes: [] } })).toEqual({
      metadata: {
        ...kept,
        namespace: 'shop',
        annotations: { 'volume.kubernetes.io/storage-provisioner': 'zfs' },
        labels: sent.labels,
        deletionTimestamp: 't',
      },
      spec: { ...spec, resources: { requests: { storage: '1Gi' } } },
      status,
    });
  });

  it('keeps of a volume what is used', () => {
    const used = { nfs: { server: 's', path: '/p' }, capacity: { storage: '1Gi' } };
    const claimRef = { namespace: 'shop', name: 'data', uid: 'c' };
    const metadata = { ...sent, finalizers: ['f'] };
    const spec = { ...used, claimRef: { ...claimRef, resourceVersion: '9' }, csi: {} };

    expect(volumes.keep({ metadata, spec, status: { phase: 'Released', reason: 'r' } })).toEqual({
      metadata: { ...kept, labels: sent.labels, finalizers: ['f'] },
      spec: { ...used, claimRef },
      status: { phase: 'Released' },
    });
  });

  it('keeps of a class what is used', () => {
    const used = { provisioner: 'zfs', parameters: { a: 'b' }, allowVolumeExpansion: true };

    expect(storageClasses.keep({ metadata: sent, ...used, kind: 'StorageClass' })).toEqual({
      metadata: kept,
      ...used,
    });
  });

  it('keeps of a node the labels that are named', () => {
    const kind = nodes((label) => label.startsWith('topology.'));

    const addresses = [{ type: 'InternalIP', address: '192.0.2.1' }];
    const status = { images: [], addresses };

    expect(kind.keep({ metadata: sent, spec: { podCIDR: 'x' }, status })).toEqual({
      metadata: {
        ...kept,
        labels: { 'kubernetes.io/hostname': 'n1', 'topology.kubernetes.io/zone': 'z' },
      },
      status: { addresses },
    });
  });

  it('keeps a bookmark, which has a version only', () => {
    const bookmark = { metadata: { resourceVersion: '5', creationTimestamp: null }, spec: {} };

    expect(volumes.keep(bookmark).metadata.resourceVersion).toBe('5');
  });
});
