import { Agent } from 'node:http';
import { Socket } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { FakeClock } from '../../test/support/fake-clock.ts';
import { FakeKubeServer, eventually, status } from '../../test/support/fake-kube-server.ts';
import type { Reply } from '../../test/support/fake-kube-server.ts';
import { systemClock } from '../clock.ts';
import type { ApiRequest, Verb } from './api-request.ts';
import { ApiTransport } from './api-transport.ts';
import type { RequestReport } from './api-transport.ts';

const PATH = '/api/v1/persistentvolumes';

describe('API transport', () => {
  let fake: FakeKubeServer;
  let server: ReturnType<FakeKubeServer['connect']>;
  let reports: RequestReport[];
  let clock: FakeClock;

  beforeEach(async () => {
    fake = await FakeKubeServer.start();
    server = fake.connect();
    reports = [];
    clock = new FakeClock();
  });

  afterEach(async () => {
    await server.close();
    await fake.close();
  });

  const transport = (): ApiTransport =>
    new ApiTransport({
      server,
      clock,
      userAgent: 'zfs-provisioner/1.2.3',
      onRequest: (report) => reports.push(report),
    });

  const request = (verb: Verb, more: Partial<ApiRequest> = {}): ApiRequest => ({
    verb,
    resource: 'persistentvolumes',
    path: verb === 'list' || verb === 'create' ? PATH : `${PATH}/pvc-1`,
    ...(verb === 'get' || verb === 'list' ? {} : { body: { metadata: { name: 'pvc-1' } } }),
    ...more,
  });

  const failure = async (sent: Promise<unknown>): Promise<Error> =>
    sent.then(
      () => new Error('it succeeded'),
      (thrown: unknown) => thrown as Error,
    );

  it('asks with its name, the credentials and the query', async () => {
    await transport().send(request('list', { query: { limit: '500', continue: 'a&b=c' } }));

    expect(fake.requests[0]).toMatchObject({ method: 'GET', path: PATH });
    expect(fake.requests[0]?.query.get('continue')).toBe('a&b=c');
    expect(fake.requests[0]?.headers).toMatchObject({
      'user-agent': 'zfs-provisioner/1.2.3',
      authorization: 'Bearer secret',
      accept: 'application/json',
    });
  });

  it('keeps a path prefix of the server address', async () => {
    server = { ...server, url: `${fake.url}/k8s/clusters/c-1` };

    await failure(transport().send(request('list')));

    expect(fake.requests[0]?.path).toBe(`/k8s/clusters/c-1${PATH}`);
  });

  it('sends patches as merge patches and all else as JSON', async () => {
    const api = transport();

    await api.send(request('create'));
    await api.send(request('patch'));

    expect(fake.requests.map(({ headers }) => headers['content-type'])).toEqual([
      'application/json',
      'application/merge-patch+json',
    ]);
  });

  it('uses its connections again', async () => {
    const api = transport();

    for (let i = 0; i < 20; i++) await api.send(request('list'));

    expect(fake.connections).toBeLessThanOrEqual(2);
  });

  it.each<[string, Verb, Reply, string, boolean | null]>([
    ['bad request', 'patch', status(400, 'BadRequest', 'no'), 'KubeInvalidError', null],
    ['invalid', 'create', status(422, 'Invalid', 'no'), 'KubeInvalidError', null],
    ['too large', 'create', status(413, 'RequestEntityTooLarge', 'no'), 'KubeInvalidError', null],
    ['unauthorized', 'get', status(401, 'Unauthorized', 'no'), 'KubeForbiddenError', null],
    ['forbidden', 'get', status(403, 'Forbidden', 'no'), 'KubeForbiddenError', null],
    ['not found', 'patch', status(404, 'NotFound', 'no'), 'KubeMissingError', null],
    ['conflict', 'patch', status(409, 'Conflict', 'no'), 'KubeConflictError', null],
    ['exists', 'create', status(409, 'AlreadyExists', 'no'), 'KubeExistsError', null],
    ['gone', 'list', status(410, 'Expired', 'no'), 'KubeExpiredError', null],
    ['throttled', 'create', status(429, 'TooManyRequests', 'no'), 'KubeUnavailableError', false],
    ['error on a write', 'create', status(500, 'Internal', 'no'), 'KubeUnavailableError', true],
    ['error on a read', 'get', status(500, 'Internal', 'no'), 'KubeUnavailableError', false],
    ['request time-out', 'patch', status(408, 'Timeout', 'no'), 'KubeUnavailableError', true],
    ['gateway time-out', 'delete', { status: 504, body: '<p>' }, 'KubeUnavailableError', true],
    ['redirect', 'get', { status: 302, body: '' }, 'KubeUnavailableError', false],
    ['reset on a write', 'patch', 'destroy', 'KubeUnavailableError', true],
    ['reset on a read', 'get', 'destroy', 'KubeUnavailableError', false],
    ['HTML instead of JSON', 'get', { status: 200, body: '<p>' }, 'KubeUnavailableError', false],
    ['HTML after a write', 'patch', { status: 200, body: '<p>' }, 'KubeUnavailableError', true],
  ])('names the failure: %s', async (...[, verb, reply, expected, outcomeUnknown]) => {
    fake.intercept = () => reply;

    const thrown = await failure(transport().send(request(verb)));

    expect(thrown.name).toBe(expected);
    expect(thrown).toMatchObject(outcomeUnknown === null ? {} : { outcomeUnknown });
    expect(thrown.message).toContain(fake.url);
    expect(thrown.message).not.toContain('secret');
  });

  it('tells which rule is missing', async () => {
    fake.intercept = () => status(403, 'Forbidden', 'User "x" cannot patch');

    const thrown = await failure(transport().send(request('patch')));

    expect(thrown.message).toContain('ClusterRole allows patch on persistentvolumes');
  });

  it('keeps what the server says to one line of bounded length', async () => {
    fake.intercept = () => status(422, 'Invalid', `spec is\n@@ -1,6 @@\n${'x'.repeat(5000)}`);

    const { message } = await failure(transport().send(request('patch')));

    expect(message).toContain('was refused: 422 spec is @@ -1,6 @@ xxx');
    expect(message.length).toBeLessThan(1200);
  });

  it.each([
    ['7', 7000],
    ['', undefined],
    ['soon', undefined],
  ])('reads Retry-After "%s"', async (header, expected) => {
    fake.intercept = () => ({ status: 429, headers: { 'retry-after': header } });

    const thrown = await failure(transport().send(request('create')));

    expect(thrown).toHaveProperty('retryAfterMs', expected);
  });

  it('knows that a write did not happen when nobody listens', async () => {
    await fake.close();

    const thrown = await failure(transport().send(request('create')));

    expect(thrown).toMatchObject({ name: 'KubeUnavailableError', outcomeUnknown: false });
    expect(thrown.message).toContain('ECONNREFUSED');
  });

  it('knows that a write did not happen when no connection comes about', async () => {
    const agent = new Agent();
    // As to an address that swallows every packet.
    agent.createConnection = () => Object.assign(new Socket(), { connecting: true });
    const access = { agent, headers: {} };
    server = { ...server, access: () => Promise.resolve(access) };
    const sent = failure(transport().send(request('create')));
    await eventually(() => clock.pending === 2);

    await clock.advance(10_000);

    expect(await sent).toMatchObject({ name: 'KubeUnavailableError', outcomeUnknown: false });
    expect((await sent).message).toContain('no connection within 10000 ms');
    expect(clock.pending).toBe(0);
  });

  it('sends the body of a deletion', async () => {
    await failure(transport().send(request('delete')));

    expect(fake.requests[0]?.body).toEqual({ metadata: { name: 'pvc-1' } });
  });

  it('gives up after the time-out, not knowing whether a write happened', async () => {
    fake.intercept = () => 'hang';
    const sent = failure(transport().send(request('create')));
    await eventually(() => fake.requests.length === 1);

    await clock.advance(30_000);

    expect(await sent).toMatchObject({ name: 'KubeUnavailableError', outcomeUnknown: true });
    expect(clock.pending).toBe(0);
  });

  it('gives up after the time-out even when the credentials never come', async () => {
    server = { ...server, access: () => new Promise(() => undefined) };
    const sent = failure(transport().send(request('get', { timeoutMs: 50 })));

    await clock.advance(50);

    expect((await sent).message).toContain('not answered within 50 ms');
  });

  it('ends with the reason of the signal when aborted', async () => {
    fake.intercept = () => 'hang';
    const controller = new AbortController();
    const sent = failure(transport().send(request('get', { signal: controller.signal })));
    await eventually(() => fake.requests.length === 1);

    controller.abort(new Error('shutting down'));

    expect((await sent).message).toBe('shutting down');
  });

  it('sends nothing when aborted before', async () => {
    const signal = AbortSignal.abort(new Error('too late'));

    const thrown = await failure(transport().send(request('get', { signal })));

    expect(thrown.message).toBe('too late');
    expect(fake.requests).toEqual([]);
  });

  it('reports each request with its code and duration', async () => {
    const api = new ApiTransport({
      server,
      clock: systemClock,
      userAgent: 'x',
      onRequest: (report) => reports.push(report),
    });
    await api.send(request('list'));
    await failure(api.send(request('get')));
    fake.intercept = () => 'destroy';
    await failure(api.send(request('delete')));

    expect(reports.map(({ verb, code }) => `${verb} ${code}`)).toEqual([
      'list 200',
      'get 404',
      'delete none',
    ]);
    expect(reports.every(({ durationMs }) => durationMs > 0 && durationMs < 2000)).toBe(true);
  });
});
