import { describe, expect, it } from '@jest/globals';

import { aNode } from '../../test/support/builders.ts';
import { FakeKube } from '../../test/support/fake-kube.ts';
import { ClusterNodes } from './cluster-nodes.ts';

describe('the nodes of the cluster', () => {
  it('are found by name and by hostname, which may differ', () => {
    const { nodes: store } = new FakeKube();
    const node = aNode('ip-10-0-0-1', { 'kubernetes.io/hostname': 'storage-1' });
    store.put(node);
    const nodes = new ClusterNodes(store);

    expect(nodes.byName('ip-10-0-0-1')).toBe(node);
    expect(nodes.byHostname('storage-1')).toBe(node);
    expect(nodes.byName('storage-1')).toBeUndefined();
    expect(nodes.byHostname('ip-10-0-0-1')).toBeUndefined();
  });
});
