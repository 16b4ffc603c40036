import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connect } from 'node:net';

import { aSummary, aVolumeView } from '../../test/support/console-views.ts';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { ListenError } from '../errors.ts';
import { pageOf } from '../overview/page.ts';
import type { Page, Tables } from '../overview/views.ts';
import { Changes } from './changes.ts';
import { NotLeadingError } from './console-errors.ts';
import { ConsoleServer } from './console-server.ts';
import type { ConsoleServerParts } from './console-server.ts';
import type { ConsoleReads, TableName } from './reads.ts';
import { shapes } from './shapes.ts';

const token = 'a-token-of-the-test';
const authorization = `Bearer ${token}`;
const address = '127.0.0.1';
const volumes = ['pvc-1', 'pvc-2', 'pvc-3'].map((volume) => aVolumeView({ volume }));

/** Knows three volumes, and does not lead. */
const reads: ConsoleReads = {
  summary: () => aSummary({ isLeader: false, leader: 'replica-2' }),
  table: <N extends TableName>(name: N, query: Parameters<ConsoleReads['table']>[1]) => {
    if (name !== 'volumes') throw new NotLeadingError('replica-2');
    return pageOf(volumes, shapes.volumes, query) as Page<object> as Page<Tables[N]>;
  },
  volume: (name) => {
    if (name === 'broken') throw new Error('secret details');
    const view = volumes.find(({ volume }) => volume === name);
    return view && { ...view, events: [], findings: [] };
  },
};

let clock: FakeClock;
let changes: Changes;
let failures: unknown[];
const servers: ConsoleServer[] = [];

beforeEach(() => {
  clock = new FakeClock();
  changes = new Changes();
  failures = [];
});

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function serve(more: Partial<ConsoleServerParts> = {}): Promise<string> {
  const server = await ConsoleServer.listen({
    ...{ address, port: 0, token, reads, changes, clock, isReady: () => true },
    onFailure: (path, thrown) => failures.push([path, thrown]),
    ...more,
  });
  servers.push(server);
  return `http://${address}:${server.port}`;
}

function get(url: string, init: RequestInit = {}): Promise<Response> {
  return fetch(url, { redirect: 'manual', headers: { authorization }, ...init });
}

describe('who may read', () => {
  it.each(['/', '/console', '/console/api/volumes', '/console/api/stream', '/console/nothing'])(
    'is whoever has the token: %s',
    async (path) => {
      const url = `${await serve()}${path}`;

      for (const headers of [{}, { authorization: `${authorization}x` }]) {
        const response = await get(url, { headers });
        expect(response.status).toBe(401);
        expect(response.headers.get('www-authenticate')).toContain('Basic realm=');
        expect(await response.text()).not.toContain('replica-2');
      }
    },
  );

  it('is everybody where that was said', async () => {
    const response = await get(`${await serve({ token: undefined })}/console`, { headers: {} });

    expect(response.status).toBe(200);
  });
});

describe('the JSON API', () => {
  it('tells a part of a table', async () => {
    const response = await get(`${await serve()}/console/api/volumes?page=2&pageSize=2`);

    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await response.json()).toEqual({
      ...{ items: [aVolumeView({ volume: 'pvc-3' })], total: 3, page: 2, pageSize: 2 },
    });
  });

  it('tells of one volume, and of this replica', async () => {
    const base = await serve();

    expect(await (await get(`${base}/console/api/volumes/pvc-2`)).json()).toEqual({
      ...aVolumeView({ volume: 'pvc-2' }),
      ...{ events: [], findings: [] },
    });
    expect(await (await get(`${base}/console/api/summary`)).json()).toEqual(reads.summary());
    expect((await get(`${base}/console/api/volumes/pvc-9`)).status).toBe(404);
  });

  it('says everything that is wrong with an address', async () => {
    const base = await serve();

    const response = await get(`${base}/console/api/volumes?sort=x&page=0&colour=red`);

    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      error: 'the address asks for what cannot be',
      problems: [
        expect.stringContaining('there is no parameter "colour"'),
        expect.stringContaining('page is "0"'),
        expect.stringContaining('sort is "x"'),
      ],
    });
    expect((await get(`${base}/console/api/summary?page=1`)).status).toBe(400);
  });

  it('says who knows what this replica does not', async () => {
    const response = await get(`${await serve()}/console/api/hosts`);

    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({
      error: 'only the replica that leads knows this: replica-2 leads',
      leader: 'replica-2',
    });
  });

  it('tells nothing before all is listed', async () => {
    const base = await serve({ isReady: () => false });

    const response = await get(`${base}/console/api/volumes`);

    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('5');
  });

  it('tells nothing of our own mistakes', async () => {
    const response = await get(`${await serve()}/console/api/volumes/broken`);

    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({ error: 'internal error: see the log' });
    expect(failures).toEqual([['/console/api/volumes/broken', new Error('secret details')]]);
  });
});

describe('pages', () => {
  it.each(['/console', '/console/volumes', '/console/hosts', '/console/volumes/pvc-1'])(
    'are at %s, and load nothing from elsewhere',
    async (path) => {
      const response = await get(`${await serve()}${path}`);
      const policy = response.headers.get('content-security-policy') ?? '';

      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(policy.split('; ')).toEqual([
        ...["default-src 'none'", "style-src 'self'", "script-src 'self'", "connect-src 'self'"],
        ...["img-src 'self' data:", "base-uri 'none'", "form-action 'self'"],
        "frame-ancestors 'none'",
      ]);
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(response.headers.get('referrer-policy')).toBe('no-referrer');
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(await response.text()).toContain('<!doctype html>');
    },
  );

  it('are led to from the root', async () => {
    const response = await get(`${await serve()}/`);

    expect([response.status, response.headers.get('location')]).toEqual([302, '/console']);
  });

  it('have assets that are kept until they change', async () => {
    const base = await serve();

    const asset = await get(`${base}/console/assets/style.css`);
    const etag = asset.headers.get('etag') ?? '';
    const again = await get(`${base}/console/assets/style.css`, {
      headers: { authorization, 'if-none-match': etag },
    });

    expect(asset.headers.get('content-type')).toBe('text/css; charset=utf-8');
    expect(etag).toMatch(/^"\w+"$/);
    expect([again.status, await again.text()]).toEqual([304, '']);
  });
});

describe('hostile requests', () => {
  it.each([
    '/console/../../etc/passwd',
    '/console/assets/..%2f..%2fetc%2fpasswd',
    '/console/assets/',
    '/console/volumes/%00',
    '/console/volumes/..%2fhosts',
    '/console/volumes/PVC',
    '/console/volumes/a/b',
    '/console/api/',
    '/console/api/__proto__',
    '/console/constructor',
    '/console/%E0%A4%A',
    '//evil.example/console',
    '/metrics',
  ])('find nothing at %s', async (path) => {
    const { port } = new URL(await serve());
    const answer = await raw(Number(port), `GET ${path} HTTP/1.1`);

    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
    expect(answer).not.toContain('root:');
  });

  it('change nothing: only GET and HEAD are answered', async () => {
    const base = await serve();

    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      const response = await get(`${base}/console/api/volumes`, { method });
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    }
    const head = await get(`${base}/console/api/volumes`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(100);
  });

  it('get back nothing that a browser would run', async () => {
    const script = '<script>alert(1)</script>';
    const base = await serve();

    for (const path of ['/console/volumes', '/console/hosts']) {
      for (const name of ['search', 'sort', script]) {
        const response = await get(
          `${base}${path}?${new URLSearchParams({ [name]: script }).toString()}`,
        );
        expect(await response.text()).not.toContain('<script>alert');
      }
    }
  });

  it('are cut off when their headers are too long', async () => {
    const { port } = new URL(await serve());

    const answer = await raw(Number(port), `GET /console?search=${'x'.repeat(20_000)} HTTP/1.1`);

    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
  });
});

describe('the stream of changes', () => {
  async function listen(base: string): Promise<ReadableStreamDefaultReader<string>> {
    const { body } = await get(`${base}/console/api/stream`);
    if (body === null) throw new Error('the stream has no body');
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader.read()).value).toBe('retry: 3000\n\n');
    return reader;
  }

  it('tells what changed, at most once a second', async () => {
    const reader = await listen(await serve());

    changes.tell('volumes', 'waiting');
    changes.tell('volumes');
    await clock.advance(0);
    expect((await reader.read()).value).toBe('event: changed\ndata: ["volumes","waiting"]\n\n');
    changes.tell('hosts');
    await clock.advance(999);
    changes.tell('events');
    await clock.advance(1);
    expect((await reader.read()).value).toBe('event: changed\ndata: ["events","hosts"]\n\n');
  });

  it('shows that it is alive', async () => {
    const reader = await listen(await serve());

    await clock.advance(15_000);
    expect((await reader.read()).value).toBe(': keep-alive\n\n');
    await clock.advance(15_000);
    expect((await reader.read()).value).toBe(': keep-alive\n\n');
  });

  it('is for at most 64 at once', async () => {
    const base = await serve();
    const readers = await Promise.all(Array.from({ length: 64 }, () => listen(base)));

    const refused = await get(`${base}/console/api/stream`);

    expect([refused.status, await refused.json()]).toEqual([
      503,
      { error: 'too many listen already' },
    ]);
    await Promise.all(readers.map((reader) => reader.cancel()));
  });

  it('ends when the process does', async () => {
    const base = await serve();
    const reader = await listen(base);

    await servers.pop()?.close();

    expect((await reader.read().catch(() => ({ done: true }))).done).toBe(true);
    expect(clock.pending).toBe(0);
  });
});

describe('a port that is in use', () => {
  it('is refused with the setting that chooses another', async () => {
    const { port } = new URL(await serve());

    const attempt = serve({ port: Number(port) });

    await expect(attempt).rejects.toBeInstanceOf(ListenError);
    await expect(attempt).rejects.toThrow('ZFS_CONSOLE_PORT');
  });
});

/** Sends a line that no client would, and resolves with the answer. */
function raw(port: number, requestLine: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect({ host: address, port }, () => {
      const lines = ['Host: x', `Authorization: ${authorization}`, 'Connection: close', '', ''];
      socket.write([requestLine, ...lines].join('\r\n'));
    });
    socket.setEncoding('utf8').on('data', (text) => (answer += text.toString()));
    socket.once('error', reject).once('close', () => {
      resolve(answer);
    });
  });
}
