import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Volume } from '../../src/volume/objects.ts';
import { eventually } from '../bench/eventually.ts';
import { createPod, deletePod, nodeOfPod } from '../pods.ts';
import { useStage } from '../stage.ts';
import { selectedNodeOf } from '../waiting-claims.ts';

const volumeBindingMode = 'WaitForFirstConsumer';
const hostnameKey = 'kubernetes.io/hostname';

function onlyOn(key: string, value: string): readonly object[] {
  return [{ matchLabelExpressions: [{ key, values: [value] }] }];
}

/** The scheduler is the real one; the nodes have no kubelet, so pods are bound to them and never start. */
const stage = useStage({
  nodes: ['storage-1', 'node-2'],
  classes: [
    { name: 'nfs', volumeBindingMode },
    { name: 'hostpath', type: 'hostpath', volumeBindingMode },
    { name: 'local', type: 'local', volumeBindingMode },
    { name: 'auto', type: 'auto', volumeBindingMode },
    { name: 'by-label', type: 'local', node: 'big-box', volumeBindingMode },
    {
      name: 'led',
      type: 'hostpath',
      volumeBindingMode,
      allowedTopologies: onlyOn(hostnameKey, 'storage-1'),
    },
    { name: 'zone-b', volumeBindingMode, allowedTopologies: onlyOn('example.com/zone', 'b') },
  ],
});

beforeAll(async () => {
  const { bench } = stage();
  await bench.createNode('node-3', { 'example.com/zone': 'b' });
  // Some clouds name a node otherwise than its host.
  await bench.createNode('ip-10-0-0-7', { [hostnameKey]: 'big-box' });
});

function on(hostname: string): Record<string, string> {
  return { [hostnameKey]: hostname };
}

async function untilScheduled(pod: string): Promise<string> {
  return eventually(`pod ${pod} is bound to a node`, () => nodeOfPod(stage(), pod), {
    timeoutMs: 20_000,
  });
}

function nodesOf({ spec }: Volume): readonly string[] | undefined {
  const [term] = spec.nodeAffinity?.required?.nodeSelectorTerms ?? [];
  return term?.matchExpressions?.[0]?.values;
}

describe('a claim that waits for its first consumer', () => {
  it('is provisioned once a pod uses it, for the node that the scheduler chose', async () => {
    await stage().createClaim({ name: 'nfs', className: 'nfs' });
    await createPod(stage(), 'nfs', 'nfs', on('node-2'));

    const volume = await stage().untilBound('nfs');

    expect(await selectedNodeOf(stage(), 'nfs')).toBe('node-2');
    expect(nodesOf(volume)).toBeUndefined();
    expect(await untilScheduled('nfs')).toBe('node-2');
  });

  it.each(['hostpath', 'local'])('of type %s is on the storage node with its pod', async (type) => {
    await stage().createClaim({ name: type, className: type });
    await createPod(stage(), type, type, on('storage-1'));

    const volume = await stage().untilBound(type);

    expect(nodesOf(volume)).toEqual(['storage-1']);
    expect(await untilScheduled(type)).toBe('storage-1');
  });

  it.each(['hostpath', 'local'])(
    'of type %s is sent back to the scheduler when its pod is on another node',
    async (type) => {
      const name = `${type}-astray`;
      await stage().createClaim({ name, className: type });
      await createPod(stage(), name, name, on('node-2'));
      const { type: severity, message } = await stage().untilEvent(name, 'ProvisioningFailed');

      expect(severity).toBe('Warning');
      expect(message).toBe(
        `The pod is scheduled again: a ${type} volume is on node storage-1, ` +
          'the pod was scheduled to node-2',
      );
      await deletePod(stage(), name);
      await eventually('no node is selected', async () => {
        return (await selectedNodeOf(stage(), name)) === undefined;
      });
      expect(await stage().volume(await stage().volumeNameFor(name))).toBeUndefined();
      expect((await stage().datasetNames()).join()).not.toContain(
        await stage().volumeNameFor(name),
      );

      await createPod(stage(), name, name, on('storage-1'));
      expect(nodesOf(await stage().untilBound(name))).toEqual(['storage-1']);
      expect(await untilScheduled(name)).toBe('storage-1');
    },
  );

  it("is bound to its node by that node's label, whatever the node's name is", async () => {
    await stage().createClaim({ name: 'by-label', className: 'by-label' });
    await createPod(stage(), 'by-label', 'by-label', on('big-box'));

    const volume = await stage().untilBound('by-label');

    expect(await selectedNodeOf(stage(), 'by-label')).toBe('ip-10-0-0-7');
    expect(nodesOf(volume)).toEqual(['big-box']);
    expect(await untilScheduled('by-label')).toBe('ip-10-0-0-7');
  });
});

describe('a claim of type auto that waits for its first consumer', () => {
  it.each([
    ['on the storage node', 'storage-1', 'ReadWriteOnce', 'hostPath'],
    ['on the storage node, alone', 'storage-1', 'ReadWriteOncePod', 'hostPath'],
    ['on another node', 'node-2', 'ReadWriteOnce', 'nfs'],
    ['on the storage node, and others to come', 'storage-1', 'ReadWriteMany', 'nfs'],
  ] as const)('with a pod %s', async (case_, node, mode, source) => {
    const name = `auto-${case_.replaceAll(/\W+/g, '-')}`;
    await stage().createClaim({ name, className: 'auto', accessModes: [mode] });
    await createPod(stage(), name, name, on(node));

    const volume = await stage().untilBound(name);

    expect(volume.spec[source]).toBeDefined();
    expect(nodesOf(volume)).toEqual(source === 'hostPath' ? ['storage-1'] : undefined);
    expect(await untilScheduled(name)).toBe(node);
  });
});

describe("a class's allowedTopologies", () => {
  it('lead the scheduler to the storage node at once', async () => {
    await stage().createClaim({ name: 'led', className: 'led' });
    await createPod(stage(), 'led', 'led');

    expect(nodesOf(await stage().untilBound('led'))).toEqual(['storage-1']);
    expect(await untilScheduled('led')).toBe('storage-1');
    const reasons = (await stage().events('led')).map(({ reason }) => reason);
    expect(reasons).not.toContain('ProvisioningFailed');
  });

  it('may name any label of the nodes', async () => {
    await stage().createClaim({ name: 'zone-b', className: 'zone-b' });
    await createPod(stage(), 'zone-b', 'zone-b');

    await stage().untilBound('zone-b');

    expect(await untilScheduled('zone-b')).toBe('node-3');
  });
});
