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
    });
  });

  it('finds a node that the class calls by its name', () => {
    const renamed = cluster(aNode('storage-1', { 'kubernetes.io/hostname': 'label-1' }));

    expect(place({ ...question, type }, renamed)).toEqual({ kind: 'place', type, node: 'label-1' });
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
