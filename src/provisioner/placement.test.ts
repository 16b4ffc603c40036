import { describe, expect, it } from '@jest/globals';

import { aNode } from '../../test/support/builders.ts';
import type { NodeObject } from '../volume/objects.ts';
import type { Nodes, PlacementQuestion } from './placement.ts';
import { place } from './placement.ts';

function cluster(...nodes: readonly NodeObject[]): Nodes {
  return {
    byName: (name) => nodes.find((node) => node.metadata.name === name),
    byHostname: (hostname) =>
      nodes.find((node) => node.metadata.labels?.['kubernetes.io/hostname'] === hostname),
  };
}

const two = cluster(aNode('storage-1', { zone: 'a' }), aNode('node-2', { zone: 'b' }));

const question: PlacementQuestion = {
  type: 'auto',
  accessModes: ['ReadWriteOnce'],
  storageNode: 'storage-1',
  hostLabels: {},
  nodeAffinityKey: 'kubernetes.io/hostname',
  treeNodes: undefined,
  selectedNode: undefined,
  allowedTopologies: [],
};

describe('placement of an auto volume', () => {
  it.each([
    ['Immediate, one node at a time, the storage host is a node', {}, 'hostpath'],
    ['Immediate, many nodes', { accessModes: ['ReadWriteMany'] }, 'nfs'],
    ['Immediate, read by many', { accessModes: ['ReadOnlyMany'] }, 'nfs'],
    ['the pod is on the storage host', { selectedNode: 'storage-1' }, 'hostpath'],
    ['the pod is elsewhere', { selectedNode: 'node-2' }, 'nfs'],
    [
      'the pod is on the storage host, others may follow elsewhere',
      { selectedNode: 'storage-1', accessModes: ['ReadWriteMany'] },
      'nfs',
    ],
    ['the storage host is no node of the cluster', { storageNode: 'nas' }, 'nfs'],
  ])('%s', (_case, change, type) => {
    expect(place({ ...question, ...change }, two)).toMatchObject({ kind: 'place', type });
  });
});

describe.each(['hostpath', 'local'] as const)('placement of a %s volume', (type) => {
  it('sends a pod that is on another node back to the scheduler', () => {
    expect(place({ ...question, type, selectedNode: 'node-2' }, two)).toEqual({
      kind: 'reschedule',
      reason: `a ${type} volume is on node storage-1, the pod was scheduled to node-2`,
    });
  });

  it('goes by the hostname label, not by the name of the node', () => {
    const renamed = cluster(aNode('ip-10-0-0-1', { 'kubernetes.io/hostname': 'storage-1' }));

    expect(place({ ...question, type, selectedNode: 'ip-10-0-0-1' }, renamed)).toEqual({
      kind: 'place',
      type,
      node: 'storage-1',
      nodeLabels: { 'kubernetes.io/hostname': 'storage-1' },
      isForManyNodes: false,
    });
  });

  it('finds a node that the class calls by its name', () => {
    const renamed = cluster(aNode('storage-1', { 'kubernetes.io/hostname': 'label-1' }));

    expect(place({ ...question, type }, renamed)).toMatchObject({
      kind: 'place',
      type,
      node: 'label-1',
    });
  });

  it('goes by the name of a selected node that is gone meanwhile', () => {
    expect(place({ ...question, type, selectedNode: 'gone' }, two)).toMatchObject({
      kind: 'reschedule',
    });
    expect(place({ ...question, type, selectedNode: 'storage-1' }, cluster())).toMatchObject({
      kind: 'place',
      node: 'storage-1',
    });
  });
});

describe('placement within allowedTopologies', () => {
  const inZone = (...values: readonly string[]): PlacementQuestion['allowedTopologies'] => [
    { matchLabelExpressions: [{ key: 'zone', values }] },
  ];

  it('is impossible where they exclude the only node that has the volume', () => {
    const asked = { ...question, type: 'local' as const, allowedTopologies: inZone('b') };

    expect(place(asked, two)).toMatchObject({ kind: 'impossible' });
  });

  it('accepts a node that one of the terms names', () => {
    const allowedTopologies = [...inZone('b'), ...inZone('a', 'c')];

    expect(place({ ...question, type: 'local', allowedTopologies }, two)).toMatchObject({
      kind: 'place',
    });
  });

  it('wants every expression of a term, and nothing of an empty term', () => {
    const both = [
      {
        matchLabelExpressions: [
          { key: 'zone', values: ['a'] },
          { key: 'disk', values: ['ssd'] },
        ],
      },
      {},
    ];

    expect(place({ ...question, type: 'local', allowedTopologies: both }, two)).toMatchObject({
      kind: 'impossible',
    });
  });

  it('knows a storage host that is no node by its hostname alone', () => {
    const allowedTopologies = [
      { matchLabelExpressions: [{ key: 'kubernetes.io/hostname', values: ['nas'] }] },
    ];

    expect(
      place({ ...question, type: 'local', storageNode: 'nas', allowedTopologies }, two),
    ).toMatchObject({ kind: 'place', node: 'nas' });
  });

  it('sends an nfs pod back that was scheduled outside, and leaves Immediate ones alone', () => {
    const asked = { ...question, type: 'nfs' as const, allowedTopologies: inZone('a') };

    expect(place({ ...asked, selectedNode: 'node-2' }, two)).toMatchObject({ kind: 'reschedule' });
    expect(place({ ...asked, selectedNode: 'storage-1' }, two)).toMatchObject({ kind: 'place' });
    expect(place({ ...asked, selectedNode: 'gone' }, two)).toMatchObject({ kind: 'place' });
    expect(place(asked, two)).toMatchObject({ kind: 'place' });
  });
});

describe('placement by another label than the hostname', () => {
  const byZone = { ...question, type: 'local' as const, nodeAffinityKey: 'zone' };

  it('binds the volume to every node that has the value of the storage host', () => {
    expect(place(byZone, two)).toMatchObject({ kind: 'place', nodeLabels: { zone: 'a' } });
    const three = cluster(aNode('storage-1', { zone: 'a' }), aNode('node-3', { zone: 'a' }));
    expect(place({ ...byZone, selectedNode: 'node-3' }, three)).toMatchObject({ kind: 'place' });
  });

  it('sends a pod in another zone back', () => {
    expect(place({ ...byZone, selectedNode: 'node-2' }, two)).toEqual({
      kind: 'reschedule',
      reason: 'a local volume is on node a, the pod was scheduled to b',
    });
  });

  it('takes the value of the hosts file for a host that is no node', () => {
    const asked = { ...byZone, storageNode: 'nas', hostLabels: { zone: 'b' } };

    expect(place({ ...asked, selectedNode: 'node-2' }, two)).toMatchObject({
      kind: 'place',
      nodeLabels: { zone: 'b' },
    });
  });

  it('is impossible where nobody knows the value, and an auto volume is nfs', () => {
    const asked = { ...byZone, storageNode: 'nas' };

    expect(place(asked, two)).toMatchObject({
      kind: 'impossible',
      problem: expect.stringContaining('nodeAffinityKey "zone": node nas') as unknown as string,
    });
    expect(place({ ...asked, type: 'auto' }, two)).toMatchObject({ kind: 'place', type: 'nfs' });
  });
});

describe('placement of a tree that many nodes have', () => {
  const onTree = { ...question, type: 'hostpath' as const };

  it('is bound to no node when all have it, and fits wherever the pod is', () => {
    const asked = { ...onTree, treeNodes: 'all' as const, selectedNode: 'node-2' };

    expect(place(asked, two)).toEqual({
      kind: 'place',
      type: 'hostpath',
      node: 'storage-1',
      nodeLabels: {},
      isForManyNodes: true,
    });
  });

  it('is bound to the nodes with the labels, and a pod elsewhere is sent back', () => {
    const asked = { ...onTree, treeNodes: { zone: 'b' } };

    expect(place({ ...asked, selectedNode: 'node-2' }, two)).toMatchObject({
      kind: 'place',
      nodeLabels: { zone: 'b' },
    });
    expect(place({ ...asked, selectedNode: 'storage-1' }, two)).toMatchObject({
      kind: 'reschedule',
      reason: expect.stringContaining('zone=b') as unknown as string,
    });
    expect(place(asked, two)).toMatchObject({ kind: 'place' });
  });

  it('keeps to allowedTopologies', () => {
    const allowedTopologies = [{ matchLabelExpressions: [{ key: 'zone', values: ['a'] }] }];
    const asked = { ...onTree, treeNodes: 'all' as const, allowedTopologies };

    expect(place({ ...asked, selectedNode: 'node-2' }, two)).toMatchObject({ kind: 'reschedule' });
    expect(place({ ...asked, selectedNode: 'storage-1' }, two)).toMatchObject({ kind: 'place' });
  });
});
