import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { FakeClock } from '../../test/support/fake-clock.ts';
import { FakeKubeServer } from '../../test/support/fake-kube-server.ts';
import type { ClaimManifest } from './admin-api.ts';
import { AdminClient } from './admin-client.ts';
import { KubeExistsError, KubeExpiredError } from './api-error.ts';
import type { ApiServer } from './api-server.ts';
import { ApiTransport } from './api-transport.ts';

const CLAIMS = '/api/v1/persistentvolumeclaims';
const VOLUMES = '/api/v1/persistentvolumes';
const CLASSES = '/apis/storage.k8s.io/v1/storageclasses';

const aClaim: ClaimManifest = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { namespace: 'shop', name: 'data' },
  spec: { volumeName: 'pvc-1' },
};

describe('the administrator’s client', () => {
  let fake: FakeKubeServer;
  let server: ApiServer;
  let api: AdminClient;

  beforeEach(async () => {
    fake = await FakeKubeServer.start();
    server = fake.connect();
    api = new AdminClient(new ApiTransport({ server, clock: new FakeClock(), userAgent: 'test' }));
  });

  afterEach(async () => {
    await server.close();
    await fake.close();
  });

  it('lists volumes, claims and classes, page by page', async () => {
    for (let i = 0; i < 501; i++) fake.put(VOLUMES, { metadata: { name: `pvc-${i}` }, spec: {} });
    fake.put(CLAIMS, { metadata: { name: 'data', namespace: 'shop' }, spec: {} });
    fake.put(CLASSES, { metadata: { name: 'fast' }, provisioner: 'example.test/zfs' });

    expect(await api.listVolumes()).toHaveLength(501);
    expect((await api.listClaims()).map(({ metadata }) => metadata.name)).toEqual(['data']);
    expect(await api.listClasses()).toMatchObject([{ provisioner: 'example.test/zfs' }]);
    const pages = fake.requests.filter(({ path }) => path === VOLUMES);
    expect(pages.map(({ query }) => query.get('limit'))).toEqual(['500', '500']);
  });

  it('lists events of one object, old and new ones', async () => {
    const at = '2026-01-01T00:00:00Z';
    const old = { type: 'Warning', reason: 'Failed', message: 'm', count: 3, lastTimestamp: at };
    const series = { count: 7, lastObservedTime: '2026-01-01T00:00:00.500000Z' };
    const items = [
      { metadata: {}, ...old },
      { metadata: {}, type: 'Normal', eventTime: at, lastTimestamp: null, series },
      { metadata: { creationTimestamp: at } },
    ];
    fake.intercept = () => ({ status: 200, body: { metadata: {}, items } });

    const target = { kind: 'PersistentVolume', namespace: 'default', name: 'pvc-1', uid: 'u-1' };
    const events = await api.listEvents(target);

    const atMs = Date.UTC(2026, 0, 1);
    expect(events).toEqual([
      { atMs, type: 'Warning', reason: 'Failed', message: 'm', count: 3 },
      { atMs: atMs + 500, type: 'Normal', reason: '', message: '', count: 7 },
      { atMs, type: 'Normal', reason: '', message: '', count: 1 },
    ]);
    expect(fake.requests[0]?.path).toBe('/api/v1/namespaces/default/events');
    expect(fake.requests[0]?.query.get('fieldSelector')).toBe(
      'involvedObject.kind=PersistentVolume,involvedObject.name=pvc-1,involvedObject.uid=u-1',
    );
  });

  it.each([
    ['twice, and succeeds', 2, []],
    ['three times, and gives up', 3, new KubeExpiredError('gone')],
  ])('begins a list that expires on the way again: %s', async (_what, times, expected) => {
    let left = times;
    fake.intercept = () =>
      left-- > 0 ? { status: 410, body: { reason: 'Expired', message: 'gone' } } : undefined;

    const listed = await api.listVolumes().catch((thrown: unknown) => thrown);

    expect(Array.isArray(listed)).toBe(Array.isArray(expected));
    expect((listed as Error).name).toBe((expected as Error).name);
  });

  it('creates a claim, once', async () => {
    expect(await api.createClaim(aClaim)).toMatchObject({ metadata: { name: 'data' } });
    await expect(api.createClaim(aClaim)).rejects.toThrow(KubeExistsError);
    expect(fake.requests[0]?.path).toBe('/api/v1/namespaces/shop/persistentvolumeclaims');
  });
});
