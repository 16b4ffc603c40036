import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { aNode, aVolume, instance } from '../../test/support/builders.ts';
import type { VolumeOptions } from '../../test/support/builders.ts';
import { FakeClock, settle } from '../../test/support/fake-clock.ts';
import { FakeKube } from '../../test/support/fake-kube.ts';
import { InvalidRequestError } from '../errors.ts';
import { OutcomeUnknownError } from '../host/command.ts';
import type { NodeObject } from '../volume/objects.ts';
import { HostPermissionError } from '../zfs/dataset-errors.ts';
import type { ReshareOutcome, SharedDataset } from '../zfs/dataset.ts';
import { ClusterNodes } from './cluster-nodes.ts';
import { NodeExports } from './node-exports.ts';

const record = JSON.stringify({ shareClients: '@nodes' });

let kube: FakeKube;
let clock: FakeClock;
let stop: AbortController;
/** `host: volume=clients ...` of each exec. */
let asked: string[];
let lines: string[];
let answer: (host: string, shares: readonly SharedDataset[]) => Promise<readonly ReshareOutcome[]>;
let exports: NodeExports;

beforeEach(() => {
  kube = new FakeKube();
  clock = new FakeClock();
  stop = new AbortController();
  asked = [];
  lines = [];
  answer = (_host, shares) => Promise.resolve(shares.map(() => 'shared'));
  const nodes = new ClusterNodes(kube.nodes);
  const log = (_fields: object, message: string): void => {
    lines.push(message);
  };
  exports = new NodeExports({
    instance,
    allowedParents: ['tank/k8s'],
    volumes: kube.volumes,
    nodes: kube.nodes,
    sharing: { exportToEveryone: false, nodeAddresses: () => nodes.internalAddresses() },
    provisioner: {
      reshare: (host, shares) => {
        const told = shares.map(
          ({ volumeName, options }) => `${volumeName}=${clientsIn(options.linux)}`,
        );
        asked.push(`${host}: ${told.join(' ')}`);
        return answer(host, shares);
      },
    },
    clock,
    random: () => 0.5,
    log: { debug: log, info: log, warn: log, error: log },
  });
});

afterEach(async () => {
  stop.abort();
  await clock.advance(1000);
});

function clientsIn(sharenfs: string): string {
  return /rw=([^,]*)/.exec(sharenfs)?.[1] ?? sharenfs;
}

function addNode(name: string, address: string): NodeObject {
  const node = { ...aNode(name), status: { addresses: [{ type: 'InternalIP', address }] } };
  kube.nodes.put(node);
  return node;
}

function addVolume(name: string, options: VolumeOptions = {}): void {
  const annotations = { 'zfs-provisioner.io/sharing': record, ...options.annotations };
  kube.volumes.put(aVolume({ name, phase: 'Bound', ...options, annotations }));
}

async function start(): Promise<void> {
  void exports.run(stop.signal);
  await clock.advance(1000);
  await clock.advance(1000);
}

describe('volumes that are shared with the nodes', () => {
  it('are looked at once at the start, by one exec for each host', async () => {
    addNode('node-1', '192.0.2.1');
    addVolume('pvc-1');
    addVolume('pvc-2');
    const spec = { nfs: { server: 'storage-2', path: '/tank/k8s/pvc-3' } };
    addVolume('pvc-3', { annotations: { 'zfs.pv.kubernetes.io/zfs-host': 'storage-2' }, spec });

    await start();
    await clock.advance(60_000);

    expect(asked).toEqual([
      'storage-1: pvc-1=192.0.2.1 pvc-2=192.0.2.1',
      'storage-2: pvc-3=192.0.2.1',
    ]);
  });

  it('follow the nodes: changes that come together are one exec', async () => {
    addNode('node-1', '192.0.2.1');
    addVolume('pvc-1');
    await start();
    asked.length = 0;

    const second = addNode('node-2', '192.0.2.2');
    await clock.advance(500);
    addNode('node-3', '192.0.2.3');
    await clock.advance(500);
    expect(asked).toEqual(['storage-1: pvc-1=192.0.2.1:192.0.2.2:192.0.2.3']);

    kube.nodes.remove(second);
    await clock.advance(2000);
    expect(asked.slice(1)).toEqual(['storage-1: pvc-1=192.0.2.1:192.0.2.3']);
  });

  it('cost nothing when nodes come back, or change in another way', async () => {
    const node = addNode('node-1', '192.0.2.1');
    addVolume('pvc-1');
    await start();
    asked.length = 0;

    kube.nodes.put({ ...node, metadata: { ...node.metadata, labels: { zone: 'b' } } });
    addNode('node-2', '192.0.2.1');
    addNode('node-3', 'no-address');
    await clock.advance(60_000);

    expect(asked).toEqual([]);
  });

  it('cost nothing when they are made, unless the nodes changed meanwhile', async () => {
    addNode('node-1', '192.0.2.1');
    await start();
    const created = (volumeName: string): void => {
      const options = { linux: 'sec=sys,rw=192.0.2.1,no_root_squash', freebsd: '' };
      const sharing = { kind: 'on', options, clients: [] } as const;
      exports.created({ volumeName, sharing, shareRecord: record } as never);
      addVolume(volumeName);
    };

    created('pvc-1');
    await clock.advance(5000);
    expect(asked).toEqual([]);

    addNode('node-2', '192.0.2.2');
    created('pvc-2');
    await clock.advance(5000);
    expect(asked).toEqual(['storage-1: pvc-1=192.0.2.1:192.0.2.2 pvc-2=192.0.2.1:192.0.2.2']);
  });

  it('are left alone when they go, are of others, or say nothing of nodes', async () => {
    addNode('node-1', '192.0.2.1');
    addVolume('pvc-1', { phase: 'Released' });
    addVolume('pvc-2', { deletionTimestamp: 't' });
    addVolume('pvc-3', { annotations: { 'pv.kubernetes.io/provisioned-by': 'other' } });
    kube.volumes.put(aVolume({ name: 'pvc-4', phase: 'Bound' }));
    addVolume('pvc-5', { phase: 'Released', spec: { persistentVolumeReclaimPolicy: 'Retain' } });

    await start();

    expect(asked).toEqual(['storage-1: pvc-5=192.0.2.1']);
  });

  it('stay as they are where their annotations were edited, which is said once', async () => {
    addNode('node-1', '192.0.2.1');
    addVolume('pvc-1', {
      annotations: { 'zfs-provisioner.io/sharing': '{"shareClients":"everyone"}' },
    });
    addVolume('pvc-2', {
      annotations: { 'zfs.pv.kubernetes.io/zfs-dataset-path': 'tank/other/pvc-2' },
    });
    addVolume('pvc-3');

    await start();
    addNode('node-2', '192.0.2.2');
    await clock.advance(5000);

    expect(asked).toEqual(['storage-1: pvc-3=192.0.2.1', 'storage-1: pvc-3=192.0.2.1:192.0.2.2']);
    expect(lines.filter((line) => line === 'volume not shared with the nodes')).toHaveLength(2);
  });

  it('stay as they are when the last node goes, rather than being cut off by a mistake', async () => {
    const node = addNode('node-1', '192.0.2.1');
    addVolume('pvc-1');
    await start();
    asked.length = 0;

    kube.nodes.remove(node);
    await clock.advance(5000);
    expect(asked).toEqual([]);
  });

  it('are tried again after a failure, and those of other hosts do not wait for it', async () => {
    addNode('node-1', '192.0.2.1');
    addVolume('pvc-1');
    const spec = { nfs: { server: 'storage-2', path: '/tank/k8s/pvc-2' } };
    addVolume('pvc-2', { annotations: { 'zfs.pv.kubernetes.io/zfs-host': 'storage-2' }, spec });
    answer = (host, shares) =>
      host === 'storage-1'
        ? Promise.reject(new OutcomeUnknownError(host, 'the line was cut'))
        : Promise.resolve(shares.map(() => 'shared'));
    await start();
    addNode('node-2', '192.0.2.2');
    await clock.advance(1000);
    expect(asked.at(-1)).toBe('storage-2: pvc-2=192.0.2.1:192.0.2.2');

    answer = (_host, shares) => Promise.resolve(shares.map(() => 'unchanged'));
    await clock.advance(60_000);
    const before = asked.length;
    expect(asked).toContain('storage-1: pvc-1=192.0.2.1:192.0.2.2');

    await clock.advance(600_000);
    expect(asked).toHaveLength(before);
  });

  it('are tried again one by one: not those that succeeded, nor those that cannot', async () => {
    addNode('node-1', '192.0.2.1');
    for (const name of ['pvc-1', 'pvc-2', 'pvc-3']) addVolume(name);
    const failed = new OutcomeUnknownError('storage-1', 'busy');
    answer = () => Promise.resolve(['shared', failed, new InvalidRequestError(['not ours'])]);
    await start();

    answer = (_host, shares) => Promise.resolve(shares.map(() => 'shared'));
    await clock.advance(60_000);

    expect(asked.slice(1)).toEqual(['storage-1: pvc-2=192.0.2.1']);
  });

  it('are tried again where the host refused a right, which a person gives without a word', async () => {
    addNode('node-1', '192.0.2.1');
    addVolume('pvc-1');
    const location = { host: 'storage-1', dataset: 'tank/k8s/pvc-1' };
    answer = () => Promise.resolve([new HostPermissionError(location, 'a password is required')]);
    await start();

    answer = (_host, shares) => Promise.resolve(shares.map(() => 'shared'));
    await clock.advance(60_000);

    expect(asked.slice(1)).toEqual(['storage-1: pvc-1=192.0.2.1']);
  });

  it('go to a host in portions', async () => {
    addNode('node-1', '192.0.2.1');
    for (let i = 0; i < 250; i++) addVolume(`pvc-${i}`);

    await start();
    await clock.advance(10_000);

    expect(asked.map((line) => line.split(' ').length - 1)).toEqual([100, 100, 50]);
  });

  it('are known again when a volume of the same name is made anew', async () => {
    addNode('node-1', '192.0.2.1');
    addVolume('pvc-1');
    await start();
    const volume = kube.volumes.get('pvc-1');
    if (volume !== undefined) kube.volumes.remove(volume);
    addVolume('pvc-1');
    await clock.advance(5000);

    expect(asked).toHaveLength(2);
  });

  it('are left alone from the moment on that another replica may lead', async () => {
    addNode('node-1', '192.0.2.1');
    addVolume('pvc-1');
    await start();
    stop.abort();
    await settle();

    addNode('node-2', '192.0.2.2');
    await clock.advance(60_000);

    expect(asked).toHaveLength(1);
  });
});
