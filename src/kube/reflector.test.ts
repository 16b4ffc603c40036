import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { FakeClock } from '../../test/support/fake-clock.ts';
import { FakeKubeServer, eventually, status } from '../../test/support/fake-kube-server.ts';
import type { SeenRequest, StoredObject } from '../../test/support/fake-kube-server.ts';
import type { Claim } from '../volume/objects.ts';
import type { ApiServer } from './api-server.ts';
import { ApiTransport } from './api-transport.ts';
import { claims } from './kinds.ts';
import { Reflector } from './reflector.ts';
import type { ReflectorActivity } from './reflector.ts';

const CLAIMS = '/api/v1/persistentvolumeclaims';

const aClaim = (name: string, more: object = {}): StoredObject => ({
  metadata: { name, namespace: 'shop' },
  spec: {},
  ...more,
});

const isList = ({ query }: SeenRequest): boolean => query.get('watch') === null;
const isLook = ({ query }: SeenRequest): boolean => query.get('limit') === '1';

describe('reflector', () => {
  let fake: FakeKubeServer;
  let server: ApiServer;
  let clock: FakeClock;
  let reflector: Reflector<Claim>;
  let activities: ReflectorActivity[];
  let changes: string[];
  let stop: AbortController;
  let running: Promise<void>;

  beforeEach(async () => {
    fake = await FakeKubeServer.start();
    server = fake.connect();
    clock = new FakeClock();
    activities = [];
    changes = [];
    stop = new AbortController();
    reflector = new Reflector({
      kind: claims,
      transport: new ApiTransport({ server, clock, userAgent: 'test' }),
      clock,
      random: () => 0,
      onActivity: (activity) => activities.push(activity),
    });
    reflector.store.onChange(({ key, current, previous }) => {
      const what = current === undefined ? 'removed' : previous === undefined ? 'added' : 'changed';
      changes.push(`${what} ${key}`);
    });
  });

  afterEach(async () => {
    stop.abort();
    await running;
    await server.close();
    await fake.close();
  });

  const run = async (): Promise<void> => {
    running = reflector.run(stop.signal);
    await eventually(() => fake.watches() === 1);
  };
  // Not the look at the version after a failure.
  const lists = (): SeenRequest[] =>
    fake.requests.filter((request) => isList(request) && !isLook(request));
  const watches = (): SeenRequest[] => fake.requests.filter((request) => !isList(request));
  const failures = (): number => activities.filter(({ kind }) => kind === 'failed').length;
  const failed = (count: number): Promise<void> => eventually(() => failures() === count);

  it('lists, is synced, then follows each change', async () => {
    fake.put(CLAIMS, aClaim('a'));

    await run();
    await reflector.synced;
    fake.put(CLAIMS, aClaim('b'));
    fake.put(CLAIMS, aClaim('a', { status: { phase: 'Bound' } }));
    fake.remove(CLAIMS, 'b', 'shop');

    await eventually(() => changes.length === 4);
    expect(changes).toEqual(['added shop/a', 'added shop/b', 'changed shop/a', 'removed shop/b']);
    expect(reflector.store.get('shop/a')?.status?.phase).toBe('Bound');
    expect(reflector.store.size).toBe(1);
    expect(reflector.store.synced).toBe(true);
  });

  it('asks for bookmarks and for a watch of five to ten minutes', async () => {
    await run();

    const query = watches()[0]?.query;
    expect(query?.get('allowWatchBookmarks')).toBe('true');
    expect(query?.get('timeoutSeconds')).toBe('300');
    expect(lists()[0]?.query.get('limit')).toBe('500');
  });

  it('lists in pages', async () => {
    for (let i = 0; i < 1201; i++) fake.put(CLAIMS, aClaim(`claim-${i}`));

    await run();

    expect(lists()).toHaveLength(3);
    expect(reflector.store.size).toBe(1201);
    expect(new Set(reflector.store.list()).size).toBe(1201);
  });

  it('starts the list again when its pages expire on the way', async () => {
    for (let i = 0; i < 600; i++) fake.put(CLAIMS, aClaim(`claim-${i}`));
    fake.intercept = ({ query }) =>
      query.has('continue') && lists().length === 2 ? status(410, 'Expired', 'old') : undefined;

    running = reflector.run(stop.signal);
    await failed(1);
    expect(reflector.store.synced).toBe(false);
    await clock.advance(800);

    await eventually(() => fake.watches() === 1);
    expect(reflector.store.size).toBe(600);
  });

  it('goes on from the last event after a watch has ended, without listing', async () => {
    await run();
    await clock.advance(100_000);
    const { metadata } = fake.put(CLAIMS, aClaim('a'));
    await eventually(() => changes.length === 1);

    fake.endWatches();

    await eventually(() => watches().length === 2);
    expect(watches()[1]?.query.get('resourceVersion')).toBe(metadata.resourceVersion);
    expect(lists()).toHaveLength(1);
    expect(failures()).toBe(0);
  });

  it('misses nothing that happens between two watches', async () => {
    await run();
    fake.cutConnections();
    await failed(1);
    fake.put(CLAIMS, aClaim('a'));
    fake.put(CLAIMS, aClaim('b'));
    fake.remove(CLAIMS, 'a', 'shop');

    await clock.advance(800);

    await eventually(() => changes.length === 3);
    expect(changes).toEqual(['added shop/a', 'added shop/b', 'removed shop/a']);
    expect(lists()).toHaveLength(1);
  });

  it('goes on from a bookmark although nothing of its kind has changed', async () => {
    await run();
    await clock.advance(60_000);
    for (let i = 0; i < 10; i++) fake.put('/api/v1/persistentvolumes', aClaim(`v${i}`));
    fake.sendBookmarks();
    await eventually(() => activities.some(({ kind }) => kind === 'received'));
    fake.compact();

    fake.endWatches();

    await eventually(() => watches().length === 2);
    await eventually(() => fake.watches() === 1);
    expect(lists()).toHaveLength(1);
    expect(changes).toEqual([]);
  });

  it('lists again when its version has expired, and notifies of what differs only', async () => {
    fake.put(CLAIMS, aClaim('same'));
    fake.put(CLAIMS, aClaim('changes'));
    fake.put(CLAIMS, aClaim('goes'));
    await run();
    fake.cutConnections();
    await failed(1);
    fake.put(CLAIMS, aClaim('changes'));
    fake.remove(CLAIMS, 'goes', 'shop');
    fake.put(CLAIMS, aClaim('new'));
    fake.compact();
    changes = [];

    await clock.advance(800);
    await failed(2);
    await clock.advance(1600);

    await eventually(() => changes.length === 3);
    expect(changes.sort()).toEqual(['added shop/new', 'changed shop/changes', 'removed shop/goes']);
    expect(lists()).toHaveLength(2);
  });

  it('lists again when the server comes back with an older history, from which a watch would be silent', async () => {
    fake.put(CLAIMS, aClaim('a'));
    await run();
    const page = { metadata: { resourceVersion: '0' }, items: [] };
    fake.intercept = (request) => (isLook(request) ? { status: 200, body: page } : undefined);
    fake.cutConnections();
    await failed(1);
    await clock.advance(800);
    await failed(2);
    expect(watches()).toHaveLength(1);
    await clock.advance(1600);

    await eventually(() => fake.watches() === 1);
    expect(lists()).toHaveLength(2);
  });

  it('lists again when the watch itself is refused with 410', async () => {
    await run();
    fake.intercept = (request) =>
      !isList(request) && watches().length === 2 ? status(410, 'Gone', 'old') : undefined;
    fake.cutConnections();
    await failed(1);
    await clock.advance(800);
    await failed(2);
    await clock.advance(1600);

    await eventually(() => fake.watches() === 1);
    expect(lists()).toHaveLength(2);
  });

  it('tells an object that was made again from one that was changed', async () => {
    fake.put(CLAIMS, aClaim('a'));
    await run();
    fake.cutConnections();
    await failed(1);
    fake.remove(CLAIMS, 'a', 'shop');
    fake.put(CLAIMS, aClaim('a'));
    fake.compact();

    await clock.advance(800);
    await failed(2);
    await clock.advance(1600);

    await eventually(() => changes.length === 3);
    expect(changes).toEqual(['added shop/a', 'removed shop/a', 'added shop/a']);
  });

  it('notices a connection that has died silently', async () => {
    await run();
    await clock.advance(149_000);
    expect(failures()).toBe(0);

    await clock.advance(1000);

    await failed(1);
    expect(activities.at(-1)).toMatchObject({ error: { name: 'KubeUnavailableError' } });
    await clock.advance(800);
    await eventually(() => watches().length === 2);
  });

  it('takes bookmarks as a sign of life', async () => {
    await run();

    for (let i = 1; i <= 5; i++) {
      await clock.advance(60_000);
      fake.sendBookmarks();
      await eventually(() => activities.filter(({ kind }) => kind === 'received').length === i);
    }

    expect(failures()).toBe(0);
    expect(reflector.lastContactMs).toBe(300_000);
  });

  it('backs off when watches end at once, instead of spinning', async () => {
    fake.intercept = (request) => (isList(request) ? undefined : { status: 200, body: '' });
    running = reflector.run(stop.signal);
    const delays = [800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000];

    for (const [index, delayMs] of delays.entries()) {
      await failed(index + 1);
      expect(activities.at(-1)).toMatchObject({ retryInMs: delayMs });
      await clock.advance(delayMs);
    }

    expect(watches().length).toBeLessThanOrEqual(delays.length + 1);
  });

  it('begins with short delays again after a watch that lived', async () => {
    await run();
    for (const delayMs of [800, 1600]) {
      fake.cutConnections();
      await eventually(() => activities.at(-1)?.kind === 'failed');
      expect(activities.at(-1)).toMatchObject({ retryInMs: delayMs });
      await clock.advance(delayMs);
      await eventually(() => activities.at(-1)?.kind === 'watching');
    }
    await clock.advance(5000);

    fake.cutConnections();
    await failed(3);

    expect(activities.at(-1)).toMatchObject({ retryInMs: 800 });
  });

  it.each([
    ['500', status(500, 'InternalError', 'etcd')],
    ['503', status(503, 'ServiceUnavailable', 'starting')],
    ['403 (until somebody grants the role)', status(403, 'Forbidden', 'no')],
    ['a cut connection', 'destroy' as const],
    ['something that is not JSON', { status: 200, body: '<html>' }],
    ['a list without metadata', { status: 200, body: { items: [{}] } }],
  ])('survives a list answered with %s', async (_name, reply) => {
    fake.put(CLAIMS, aClaim('a'));
    fake.intercept = () => (fake.requests.length <= 2 ? reply : undefined);

    running = reflector.run(stop.signal);
    await failed(1);
    await clock.advance(800);
    await failed(2);
    await clock.advance(1600);

    await reflector.synced;
    expect(reflector.store.size).toBe(1);
  });

  it('waits as long as the server asks when throttled', async () => {
    fake.intercept = () =>
      fake.requests.length === 1 ? { status: 429, headers: { 'retry-after': '20' } } : undefined;

    running = reflector.run(stop.signal);
    await failed(1);
    await clock.advance(19_999);
    expect(fake.requests).toHaveLength(1);
    await clock.advance(1);

    await reflector.synced;
  });

  it.each([
    ['an error of the server: resumes', status(500, 'InternalError', 'etcd').body, 1],
    ['a refusal: lists', status(400, 'BadRequest', 'what version?').body, 2],
  ])('closes a watch whose stream reports %s', async (_name, object, expectedLists) => {
    await run();

    fake.sendToWatches(`${JSON.stringify({ type: 'ERROR', object })}\n`);

    await failed(1);
    await eventually(() => fake.watches() === 0);
    await clock.advance(800);
    await eventually(() => fake.watches() === 1);
    expect(lists()).toHaveLength(expectedLists);
  });

  it('gives up a version from which watching keeps failing', async () => {
    await run();
    fake.intercept = (request) =>
      isList(request) ? undefined : status(500, 'InternalError', 'cannot decode');
    fake.cutConnections();

    for (let i = 1; i <= 5; i++) {
      await failed(i);
      await clock.advance(30_000);
    }

    await eventually(() => lists().length === 2);
  });

  it.each([
    ['half a line', '{"type":"ADDED","object":{"met'],
    ['a line that is not JSON', 'oops\n'],
    ['an object without metadata', '{"type":"ADDED","object":{}}\n'],
    ['an empty event', 'null\n'],
  ])('survives a watch that sends %s', async (_name, text) => {
    await run();
    fake.sendToWatches(text);
    fake.endWatches();
    await failed(1);

    await clock.advance(800);
    await eventually(() => fake.watches() === 1);
    fake.put(CLAIMS, aClaim('a'));

    await eventually(() => changes.length === 1);
  });

  it('reads events that arrive in pieces', async () => {
    await run();
    const object = {
      ...aClaim('größer'),
      metadata: { name: 'größer', uid: 'u', resourceVersion: '7' },
    };
    const bytes = Buffer.from(`\n${JSON.stringify({ type: 'ADDED', object })}\n`);

    for (const byte of bytes) {
      fake.sendToWatches(Buffer.from([byte]));
      await new Promise(setImmediate);
    }

    await eventually(() => changes.length === 1 || failures() > 0);
    expect(changes).toEqual(['added größer']);
  });

  it('survives listeners that throw, and calls the others', async () => {
    reflector.store.onChange(() => {
      throw new Error('listener broken');
    });
    const seen: string[] = [];
    reflector.store.onChange(({ key }) => seen.push(key));
    fake.put(CLAIMS, aClaim('a'));

    await run();
    fake.put(CLAIMS, aClaim('b'));

    await eventually(() => seen.length === 2);
    expect(activities.filter(({ kind }) => kind === 'listener-failed')).toHaveLength(2);
    expect(failures()).toBe(0);
  });

  it.each([
    ['while the list hangs', (): boolean => true],
    ['while the watch connects', (request: SeenRequest): boolean => !isList(request)],
  ])('stops promptly %s', async (_name, hangs) => {
    fake.intercept = (request) => (hangs(request) ? 'hang' : undefined);
    running = reflector.run(stop.signal);
    await eventually(() => fake.requests.some(hangs));

    stop.abort(new Error('shutting down'));

    await running;
    expect(failures()).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('stops promptly while it watches or waits, and hears nothing more', async () => {
    await run();

    stop.abort();
    await running;

    fake.put(CLAIMS, aClaim('a'));
    await eventually(() => fake.watches() === 0);
    expect(changes).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});
