import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { FakeClock } from '../../test/support/fake-clock.ts';
import { FakeKubeServer, eventually, status } from '../../test/support/fake-kube-server.ts';
import type { StoredObject } from '../../test/support/fake-kube-server.ts';
import type { ApiServer } from './api-server.ts';
import { ApiTransport } from './api-transport.ts';
import { EventRecorder } from './event-recorder.ts';
import type { ObjectReference } from './object-reference.ts';

const EVENTS = '/api/v1/events';

const claim: ObjectReference = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  namespace: 'shop',
  name: 'data',
  uid: 'u1',
  resourceVersion: '7',
};
const volume: ObjectReference = {
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  name: 'v',
  uid: 'u2',
};
const failed = { type: 'Warning', reason: 'ProvisioningFailed', message: 'no space' } as const;

describe('event recorder', () => {
  let fake: FakeKubeServer;
  let server: ApiServer;
  let clock: FakeClock;
  let recorder: EventRecorder;
  let dropped: string[];
  let answers: number;
  let sent: number;

  beforeEach(async () => {
    fake = await FakeKubeServer.start();
    server = fake.connect();
    clock = new FakeClock();
    dropped = [];
    answers = 0;
    sent = 0;
    recorder = new EventRecorder({
      transport: new ApiTransport({ server, clock, userAgent: 'test', onRequest: () => answers++ }),
      clock,
      random: () => 0.5,
      component: 'pv.kubernetes.io/zfs',
      instance: 'pod-1',
      onSent: () => sent++,
      onDropped: (reason) => dropped.push(reason),
    });
  });

  afterEach(async () => {
    const drained = recorder.drain(0);
    await clock.advance(0);
    await drained;
    await server.close();
    await fake.close();
  });

  const events = (): StoredObject[] => fake.list(EVENTS);
  const messages = (): unknown[] => events().map(({ message }) => message);

  it('writes an event beside the object that it is about', async () => {
    recorder.record(claim, failed);
    await recorder.drain(1000);

    expect(events()).toHaveLength(1);
    expect(sent).toBe(1);
    expect(events()[0]).toMatchObject({
      kind: 'Event',
      metadata: { namespace: 'shop' },
      involvedObject: claim,
      ...failed,
      count: 1,
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:00:00Z',
      source: { component: 'pv.kubernetes.io/zfs' },
      reportingComponent: 'pv.kubernetes.io/zfs',
      reportingInstance: 'pod-1',
    });
    expect(events()[0]?.metadata.name).toMatch(/^data\.[0-9a-f]{16}$/);
  });

  it('writes events about cluster-scoped objects to default', async () => {
    recorder.record(volume, failed);
    await recorder.drain(1000);

    expect(events()[0]?.metadata.namespace).toBe('default');
  });

  it('counts equal events instead of writing more', async () => {
    recorder.record(claim, failed);
    await clock.advance(60_000);
    recorder.record(claim, failed);
    recorder.record(claim, { ...failed, message: 'other' });
    recorder.record({ ...claim, uid: 'another life' }, failed);
    await recorder.drain(1000);

    expect(events()).toHaveLength(3);
    expect(events()[0]).toMatchObject({
      count: 2,
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:01:00Z',
    });
  });

  it('writes a counted event anew when the server has forgotten it', async () => {
    recorder.record(claim, failed);
    await eventually(() => events().length === 1);
    fake.remove(EVENTS, events()[0]?.metadata.name ?? '', 'shop');

    recorder.record(claim, failed);
    await recorder.drain(1000);

    expect(events()[0]).toMatchObject({ count: 2 });
  });

  it('combines events that differ only in their message, from the tenth on', async () => {
    for (let i = 1; i <= 12; i++) recorder.record(claim, { ...failed, message: `try ${i}` });
    await recorder.drain(1000);

    expect(events()).toHaveLength(10);
    expect(events().at(-1)).toMatchObject({
      count: 3,
      message: '(combined from similar events): try 12',
    });
  });

  it('mutes an object after 25 events, for five minutes each', async () => {
    for (let i = 0; i < 27; i++) recorder.record(claim, failed);
    recorder.record(volume, failed);
    expect(dropped).toEqual(['muted', 'muted']);

    await clock.advance(300_000);
    recorder.record(claim, failed);
    recorder.record(claim, failed);

    expect(dropped).toHaveLength(3);
    await recorder.drain(1000);
    expect(events()).toHaveLength(2);
  });

  it.each([
    ['ASCII', 'x'.repeat(5000)],
    ['characters of several bytes', 'ä€𝄞'.repeat(500)],
  ])('cuts long messages at 1024 bytes: %s', async (_name, message) => {
    recorder.record(claim, { ...failed, message });
    await recorder.drain(1000);

    const written = String(messages()[0]);
    expect(Buffer.byteLength(written)).toBeLessThanOrEqual(1024);
    expect(Buffer.byteLength(written)).toBeGreaterThan(1015);
    expect(written).toMatch(/…$/);
    expect(written).not.toContain('\uFFFD');
  });

  it('names events of objects with long names', async () => {
    recorder.record({ ...claim, name: `${'a'.repeat(229)}.${'b'.repeat(23)}` }, failed);
    await recorder.drain(1000);

    expect(events()[0]?.metadata.name).toMatch(/^a{229}\.[0-9a-f]{16}$/);
  });

  it('repeats what got no answer, and takes "exists" as written', async () => {
    fake.intercept = () => {
      if (fake.requests.length === 1) return 'destroy';
      return fake.requests.length === 2 ? status(409, 'AlreadyExists', 'exists') : undefined;
    };
    recorder.record(claim, failed);
    recorder.record(volume, failed);
    await eventually(() => answers === 1 && clock.pending === 1);

    await clock.advance(10_000);

    await eventually(() => events().length === 1);
    expect(events()[0]).toMatchObject({ involvedObject: volume });
    expect(dropped).toEqual([]);
  });

  it('gives up after twelve tries', async () => {
    fake.intercept = () => status(503, 'ServiceUnavailable', 'no');
    recorder.record(claim, failed);

    for (let i = 1; i <= 12; i++) {
      await eventually(() => answers === i && clock.pending === (i < 12 ? 1 : 0));
      await clock.advance(10_000);
    }

    expect(dropped).toEqual(['unavailable']);
    expect(fake.requests).toHaveLength(12);
  });

  it('drops what is refused, such as in a namespace that is going, and writes the next', async () => {
    fake.intercept = ({ path }) =>
      path.includes('/shop/') ? status(403, 'Forbidden', 'is being terminated') : undefined;
    recorder.record(claim, failed);
    recorder.record(volume, failed);

    await recorder.drain(1000);

    expect(dropped).toEqual(['refused']);
    expect(events()).toHaveLength(1);
  });

  it('holds a bounded queue', () => {
    fake.intercept = () => 'hang';

    for (let i = 0; i < 1100; i++) recorder.record({ ...claim, uid: String(i) }, failed);

    expect(dropped).toHaveLength(99);
    expect(new Set(dropped)).toEqual(new Set(['queue-full']));
  });

  it('drains no longer than allowed', async () => {
    fake.intercept = () => 'hang';
    recorder.record(claim, failed);
    recorder.record(volume, failed);
    const drained = recorder.drain(2000);
    await eventually(() => fake.requests.length === 1);

    await clock.advance(2000);
    await drained;

    expect(dropped).toEqual(['unavailable', 'unavailable']);
    recorder.record(volume, failed);
    expect(dropped).toHaveLength(3);
    expect(clock.pending).toBe(0);
  });
});
