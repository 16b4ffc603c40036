import { beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../bench/eventually.ts';
import { useStage } from '../stage.ts';
import { createWaitingClaim, selectNode, selectedNodeOf } from '../waiting-claims.ts';

const volumeBindingMode = 'WaitForFirstConsumer';

/** No pods here: what the scheduler would never choose, or chose before the world changed. */
const stage = useStage({
  nodes: ['storage-1', 'node-2'],
  classes: [
    { name: 'nfs', volumeBindingMode },
    { name: 'hostpath', type: 'hostpath', volumeBindingMode },
    { name: 'auto', type: 'auto', volumeBindingMode },
    { name: 'immediate', type: 'hostpath' },
    {
      name: 'zone-b',
      volumeBindingMode,
      allowedTopologies: [{ matchLabelExpressions: [{ key: 'example.com/zone', values: ['b'] }] }],
    },
  ],
});

beforeAll(async () => {
  await stage().bench.createNode('node-3', { 'example.com/zone': 'b' });
});

async function expectRescheduled(claim: string, reason: string): Promise<void> {
  await stage().untilEvent(claim, 'ProvisioningFailed', `The pod is scheduled again: ${reason}`);
  await eventually('no node is selected', async () => {
    return (await selectedNodeOf(stage(), claim)) === undefined;
  });
  const volumeName = await stage().volumeNameFor(claim);
  expect(await stage().volume(volumeName)).toBeUndefined();
  expect((await stage().datasetNames()).join()).not.toContain(volumeName);
}

describe('a selected node that is gone', () => {
  it('sends a hostpath claim back to the scheduler', async () => {
    await createWaitingClaim(stage(), { name: 'hostpath', className: 'hostpath' });

    await selectNode(stage(), 'hostpath', 'gone');

    await expectRescheduled('hostpath', 'a hostpath volume is on node storage-1');
    await selectNode(stage(), 'hostpath', 'storage-1');
    await stage().untilBound('hostpath');
  });

  it.each(['nfs', 'auto'])(
    'does not matter to a claim of type %s, which becomes nfs',
    async (type) => {
      await createWaitingClaim(stage(), { name: type, className: type });

      await selectNode(stage(), type, 'gone');

      expect((await stage().untilBound(type)).spec.nfs).toBeDefined();
    },
  );
});

describe('a selected node outside of allowedTopologies', () => {
  it('sends the claim back to the scheduler, until a node inside is selected', async () => {
    await createWaitingClaim(stage(), { name: 'zone-b', className: 'zone-b' });

    await selectNode(stage(), 'zone-b', 'node-2');

    await expectRescheduled('zone-b', "node node-2 is outside the class's allowedTopologies");
    await selectNode(stage(), 'zone-b', 'node-3');
    await stage().untilBound('zone-b');
  });
});

describe('a claim that does not wait', () => {
  it('does not care for a node that someone selected', async () => {
    const annotations = { 'volume.kubernetes.io/selected-node': 'node-2' };

    await stage().provision({ name: 'immediate', className: 'immediate', annotations });

    expect(await selectedNodeOf(stage(), 'immediate')).toBe('node-2');
  });
});
