import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { FakeClock } from '../../test/support/fake-clock.ts';
import { FakeKubeServer, eventually, status } from '../../test/support/fake-kube-server.ts';
import type { ApiServer } from './api-server.ts';
import { ApiTransport } from './api-transport.ts';
import { ClusterWatch } from './cluster-watch.ts';

describe('cluster watch', () => {
  let fake: FakeKubeServer;
  let server: ApiServer;
  let clock: FakeClock;
  let watch: ClusterWatch;
  let activities: string[];
  let stop: AbortController;
  let running: Promise<void>;

  beforeEach(async () => {
    fake = await FakeKubeServer.start();
    server = fake.connect();
    clock = new FakeClock();
    activities = [];
    stop = new AbortController();
    watch = new ClusterWatch({
      transport: new ApiTransport({ server, clock, userAgent: 'test' }),
      clock,
      random: () => 0,
      onActivity: (resource, { kind }) => activities.push(`${resource} ${kind}`),
    });
  });

  afterEach(async () => {
    stop.abort();
    await running;
    await server.close();
    await fake.close();
  });

  it('follows the four kinds', async () => {
    const labels = { 'example.com/rack': 'r1', 'feature.node.kubernetes.io/cpu': 'x' };
    fake.put('/api/v1/persistentvolumeclaims', { metadata: { name: 'c', namespace: 'shop' } });
    fake.put('/api/v1/persistentvolumes', { metadata: { name: 'v' } });
    fake.put('/apis/storage.k8s.io/v1/storageclasses', { metadata: { name: 's' } });
    fake.put('/api/v1/nodes', { metadata: { name: 'n', labels } });

    running = watch.run(stop.signal);
    await watch.synced();

    expect(watch.missing).toEqual([]);
    expect(watch.claims.get('shop/c')).toBeDefined();
    expect(watch.volumes.get('v')).toBeDefined();
    expect(watch.classes.get('s')).toBeDefined();
    expect(watch.nodes.get('n')?.metadata.labels).toEqual({ 'example.com/rack': 'r1' });
    await eventually(() => fake.watches() === 4);
  });

  it('names what it could not list yet', async () => {
    fake.intercept = ({ path }) =>
      path.endsWith('/nodes') ? status(403, 'Forbidden', 'no') : undefined;

    running = watch.run(stop.signal);
    await eventually(() => activities.includes('nodes failed') && fake.watches() === 3);

    expect(watch.missing).toEqual(['nodes']);
    expect(activities).toContain('persistentvolumes listed');
  });
});
