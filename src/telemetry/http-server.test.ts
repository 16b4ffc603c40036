import { connect } from 'node:net';

import { afterEach, describe, expect, it } from '@jest/globals';
import { Counter, Gauge, Registry } from 'prom-client';

import { FakeClock } from '../../test/support/fake-clock.ts';
import { Health } from './health.ts';
import { ListenError } from '../errors.ts';
import { HttpServer, type HttpServerParts } from './http-server.ts';
import { createLogger } from './logger.ts';

const address = '127.0.0.1';
const servers: HttpServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

function someParts(): HttpServerParts {
  const clock = new FakeClock();
  const log = createLogger({ level: 'fatal', clock });
  const registry = new Registry();
  new Counter({ name: 'a_total', help: 'a', registers: [registry] }).inc();
  return { address, port: 0, registry, health: new Health({ clock, log }) };
}

async function listen(parts: HttpServerParts): Promise<string[]> {
  const server = await HttpServer.listen(parts);
  servers.push(server);
  return server.ports.map((port) => `http://${address}:${port}`);
}

/** On a port that was free a moment ago; the next one may not be, then on another. */
async function listenOnFreePair(attempts = 20): Promise<HttpServer> {
  const chosen = await HttpServer.listen(someParts());
  const port = chosen.ports[0] ?? 0;
  await chosen.close();
  try {
    const server = await HttpServer.listen({ ...someParts(), port });
    servers.push(server);
    return server;
  } catch (thrown) {
    if (attempts === 0) throw thrown;
    return listenOnFreePair(attempts - 1);
  }
}

async function get(url: string, init?: RequestInit): Promise<[number, string]> {
  const response = await fetch(url, { redirect: 'manual', ...init });
  return [response.status, await response.text()];
}

describe('the HTTP server', () => {
  it('serves metrics in the format of Prometheus', async () => {
    const [metrics = ''] = await listen(someParts());

    const response = await fetch(`${metrics}/metrics?debug=1`);

    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await response.text()).toContain('a_total 1');
  });

  it('leads from / to the metrics, as the classic provisioner does', async () => {
    const [metrics = ''] = await listen(someParts());

    const response = await fetch(`${metrics}/`, { redirect: 'manual' });

    expect(response.status).toBe(301);
    expect(response.headers.get('location')).toBe('/metrics');
  });

  it('answers the probes of the classic chart on the second port', async () => {
    const [, health = ''] = await listen(someParts());

    expect(await get(`${health}/healthz`)).toEqual([200, 'ok\n']);
    expect(await get(`${health}/readyz`)).toEqual([200, 'ok\n']);
  });

  it('answers 503 with a line for each check when one fails', async () => {
    const parts = someParts();
    const [metrics = ''] = await listen(parts);
    parts.health.addReadiness('claims', () => undefined);
    parts.health.addReadiness('volumes', () => 'not synced');
    parts.health.addLiveness('queue', () => 'has not moved for 60 s');

    expect(await get(`${metrics}/readyz`)).toEqual([503, '[+]claims ok\n[-]volumes not synced\n']);
    expect(await get(`${metrics}/livez`)).toEqual([503, '[-]queue has not moved for 60 s\n']);
  });

  it('tells more to whoever asks for it, which never makes it unready', async () => {
    const parts = someParts();
    const [metrics = ''] = await listen(parts);
    parts.health.addReadiness('claims', () => undefined);
    parts.health.addDetail('hosts', () => ['host nas: given up']);

    expect(await get(`${metrics}/readyz`)).toEqual([200, 'ok\n']);
    const told = '[+]claims ok\n[i]host nas: given up\n';
    expect(await get(`${metrics}/readyz?verbose`)).toEqual([200, told]);
    parts.health.addReadiness('volumes', () => 'not synced');
    expect(await get(`${metrics}/readyz?verbose=1`)).toEqual([
      503,
      '[+]claims ok\n[-]volumes not synced\n[i]host nas: given up\n',
    ]);
    expect((await get(`${metrics}/livez?verbose`))[0]).toBe(200);
  });

  it.each([
    ['an unknown path', '/debug', {}, 404],
    ['the name of a method of Map', '/constructor', {}, 404],
    ['another method', '/metrics', { method: 'POST' }, 405],
    ['HEAD', '/metrics', { method: 'HEAD' }, 200],
  ])('answers %s', async (_what, path, init, status) => {
    const [metrics = ''] = await listen(someParts());

    expect((await get(metrics + path, init))[0]).toBe(status);
  });

  it('answers 500 when a metric cannot be read, and goes on', async () => {
    const parts = someParts();
    new Gauge({
      name: 'b',
      help: 'b',
      registers: [parts.registry],
      collect: () => {
        throw new Error('no state');
      },
    });
    const [metrics = ''] = await listen(parts);

    expect(await get(`${metrics}/metrics`)).toEqual([500, 'no state\n']);
    expect(await get(`${metrics}/livez`)).toEqual([200, 'ok\n']);
  });

  it('uses the port that is asked for and the next one', async () => {
    const server = await listenOnFreePair();

    expect(server.ports[1]).toBe((server.ports[0] ?? 0) + 1);
  });

  it('says which port is in use and what to set, and leaves nothing open', async () => {
    const [taken = ''] = await listen(someParts());
    const port = Number(new URL(taken).port);

    await expect(HttpServer.listen({ ...someParts(), port })).rejects.toThrow(
      new RegExp(
        `cannot listen on 127.0.0.1 port ${port}: .*address already in use.*ZFS_METRICS_PORT`,
      ),
    );
    await expect(HttpServer.listen({ ...someParts(), port })).rejects.toBeInstanceOf(ListenError);
    await expect(HttpServer.listen({ ...someParts(), port: port - 1 })).rejects.toBeInstanceOf(
      ListenError,
    );
    const again = await HttpServer.listen({ ...someParts(), port: 0 });
    servers.push(again);
    expect(again.ports).not.toContain(port);
  });

  it('closes even while somebody holds a connection', async () => {
    const server = await HttpServer.listen(someParts());
    const socket = connect(server.ports[0] ?? 0, address);
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.on('error', () => undefined);

    await server.close();

    await new Promise((resolve) => socket.once('close', resolve));
    expect(socket.destroyed).toBe(true);
  });
});
