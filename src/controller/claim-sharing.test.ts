import { describe, expect, it } from '@jest/globals';

import { aClaim, aClass, aNode } from '../../test/support/builders.ts';
import { World } from '../../test/support/world.ts';

function nodeAt(name: string, address: string) {
  return { ...aNode(name), status: { addresses: [{ type: 'InternalIP', address }] } };
}

function sharenfsOf(world: World, name = 'data'): string | undefined {
  const sharing = world.zfs.datasets.get(`storage-1:tank/k8s/pvc-uid-${name}`)?.sharing;
  return sharing?.kind === 'on' ? sharing.options.linux : undefined;
}

const toNodes = aClass({ parameters: { shareClients: '@nodes' } });

describe('a claim whose volume is to be shared', () => {
  it('with everyone is told why not, and nothing is created', async () => {
    const world = new World({ exportToEveryone: false });
    world.kube.classes.put(aClass());
    world.kube.addClaim(aClaim());

    await world.start();

    expect(world.zfs.datasets.size).toBe(0);
    expect(world.events).toEqual([
      expect.stringMatching(/^Warning ProvisioningFailed data: .*the default exports every volume/),
    ]);
  });

  it('with the nodes waits for the first of them', async () => {
    const world = new World();
    world.kube.classes.put(toNodes);
    world.kube.addClaim(aClaim());
    await world.start();
    expect(world.events).toEqual([
      expect.stringContaining('none of them has an InternalIP address'),
    ]);

    world.kube.nodes.put(nodeAt('node-1', '192.0.2.1'));
    await world.clock.advance(2000);

    expect(sharenfsOf(world)).toBe('sec=sys,rw=192.0.2.1,no_root_squash');
  });

  it('with the nodes is shared with those that come later, and only then', async () => {
    const world = new World();
    world.kube.classes.put(toNodes);
    world.kube.nodes.put(nodeAt('node-1', '192.0.2.1'));
    world.kube.addClaim(aClaim());
    await world.start();
    await world.clock.advance(10_000);
    expect(world.zfs.calls.filter((call) => call.startsWith('reshare'))).toEqual([]);

    world.kube.nodes.put(nodeAt('node-2', '192.0.2.2'));
    await world.clock.advance(2000);

    expect(sharenfsOf(world)).toBe('sec=sys,rw=192.0.2.1:192.0.2.2,no_root_squash');
    expect(world.zfs.calls.filter((call) => call.startsWith('reshare'))).toEqual([
      'reshare storage-1:tank/k8s/pvc-uid-data',
    ]);
  });

  it('is warned once when nobody can tell whom the host exports it to', async () => {
    const world = new World();
    world.zfs.exports = 'unchecked';
    world.kube.classes.put(toNodes);
    world.kube.nodes.put(nodeAt('node-1', '192.0.2.1'));
    world.kube.addClaim(aClaim());

    await world.start();

    const told = world.events.filter((event) => event.includes('ExportsUnchecked'));
    expect(told).toEqual([expect.stringContaining('tank/k8s/pvc-uid-data on storage-1 is shared')]);
  });
});
