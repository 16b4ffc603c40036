import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { FakeClock } from '../../test/support/fake-clock.ts';
import { KubeConfigError, loadApiServer } from './kube-config.ts';

describe('kubeconfig', () => {
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kube-config-'));
    path = join(folder, 'config');
    writeFileSync(join(folder, 'ca.crt'), 'first authority');
    writeFileSync(join(folder, 'token'), 'file token\n');
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const write = (cluster: object, user: object = { token: 'abc' }): string => {
    const config = {
      clusters: [{ name: 'c', cluster: { server: 'https://10.0.0.1:6443/', ...cluster } }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'zfs' } }],
      'current-context': 'x',
    };
    writeFileSync(path, JSON.stringify(config));
    return path;
  };

  it('gives the address, the namespace and the token', async () => {
    const server = loadApiServer(write({}));

    expect(server.url).toBe('https://10.0.0.1:6443');
    expect(server.namespace).toBe('zfs');
    expect((await server.access()).headers).toEqual({ Authorization: 'Bearer abc' });
    await server.close();
  });

  it.each<[string, object, object]>([
    ['user and password', { username: 'me', password: 'pw' }, { Authorization: 'Basic bWU6cHc=' }],
    ['another identity', { token: 'abc', as: 'robot' }, { 'Impersonate-User': 'robot' }],
    ['nobody', {}, {}],
  ])('signs requests as %s', async (_name, user, headers) => {
    const server = loadApiServer(write({}, user));

    expect((await server.access()).headers).toMatchObject(headers);
    await server.close();
  });

  it.each([
    ['beside the kubeconfig', 'token'],
    ['of an absolute path', '/token'],
  ])('reads the token from a file %s, without its newline', async (_name, file) => {
    const tokenFile = file.startsWith('/') ? join(folder, file) : file;
    const server = loadApiServer(write({}, { tokenFile }));

    expect((await server.access()).headers).toEqual({ Authorization: 'Bearer file token' });
    await server.close();
  });

  it('reads a renewed token a minute later', async () => {
    jest.useFakeTimers({ now: 0, doNotFake: ['setImmediate'] });
    const clock = new FakeClock();
    const server = loadApiServer(write({}, { tokenFile: 'token' }), undefined, clock);
    await server.access();
    writeFileSync(join(folder, 'token'), 'renewed\n');

    jest.setSystemTime(61_000);
    await clock.advance(61_000);

    expect((await server.access()).headers).toEqual({ Authorization: 'Bearer renewed' });
    jest.useRealTimers();
    await server.close();
  });

  it('merges several files, as $KUBECONFIG lists them', async () => {
    const others = join(folder, 'others');
    writeFileSync(others, JSON.stringify({ users: [{ name: 'v', user: { token: 'unused' } }] }));
    const server = loadApiServer(`${write({}, { tokenFile: 'token' })}:${others}`);

    expect(server.url).toBe('https://10.0.0.1:6443');
    await server.close();
  });

  it('uses the context that is asked for, and says which ones there are', async () => {
    const others = join(folder, 'others');
    const cluster = { server: 'https://10.0.0.2' };
    const contexts = [{ name: 'second', context: { cluster: 'd', user: 'u', namespace: 'more' } }];
    const config = { clusters: [{ name: 'd', cluster }], contexts, users: [] };
    writeFileSync(others, JSON.stringify(config));
    const paths = `${write({})}:${others}`;

    const server = loadApiServer(paths, 'second');

    expect([server.url, server.namespace]).toEqual(['https://10.0.0.2', 'more']);
    expect(() => loadApiServer(paths, 'secund')).toThrow(
      'no context "secund" (did you mean second?): it has x, second',
    );
    await server.close();
  });

  it('keeps its connections until a certificate changes', async () => {
    const clock = new FakeClock();
    const cluster = { 'certificate-authority': 'ca.crt' };
    const server = loadApiServer(write(cluster), undefined, clock);
    const { agent: first } = await server.access();
    await clock.advance(1000);
    const { agent: second } = await server.access();
    writeFileSync(join(folder, 'ca.crt'), 'second authority');
    await clock.advance(999);
    const { agent: third } = await server.access();
    await clock.advance(1);
    const { agent: fourth } = await server.access();

    expect(second).toBe(first);
    expect(third).toBe(first);
    expect(fourth).not.toBe(first);
    await server.close();
  });

  it('answers at once between two readings', async () => {
    const server = loadApiServer(write({}), undefined, new FakeClock());
    const asked = server.access();
    const askedMeanwhile = server.access();
    const access = await asked;

    expect(askedMeanwhile).toBe(asked);
    expect(server.access()).toBe(access);
    await server.close();
  });

  it('reads again at once what could not be read', async () => {
    const cluster = { 'certificate-authority': 'renamed.crt' };
    const server = loadApiServer(write(cluster), undefined, new FakeClock());
    await expect(async () => server.access()).rejects.toThrow('ENOENT');
    writeFileSync(join(folder, 'renamed.crt'), 'authority');

    expect((await server.access()).headers).toEqual({ Authorization: 'Bearer abc' });
    await server.close();
  });

  it('goes through a proxy', async () => {
    const proxy = createServer().listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const { port } = proxy.address() as AddressInfo;
    const server = loadApiServer(write({ 'proxy-url': `http://127.0.0.1:${port}` }));
    const { agent } = await server.access();

    const call = request({ agent, host: '10.0.0.1', port: 6443 });
    const failed = once(call, 'error');
    call.end();
    const [asked, socket] = (await once(proxy, 'connect')) as [IncomingMessage, Socket];
    socket.destroy();
    await failed.catch(() => undefined);

    expect(asked.url).toBe('10.0.0.1:6443');
    await server.close();
    proxy.close();
  });

  it.each<[string, object | string, RegExp]>([
    ['a file that is not there', '', /cannot read the kubeconfig .*config: .*ENOENT/],
    ['a file that is not YAML', '{', /cannot read the kubeconfig/],
    ['an empty file', ' ', /kubeconfig/],
    ['plain http', { server: 'http://10.0.0.1' }, /no API server over https.*ZFS_KUBE_CONFIG_PATH/],
    [
      'a SOCKS proxy',
      { 'proxy-url': 'socks5://x' },
      /proxy-url of cluster c must be http or https/,
    ],
  ])('refuses %s', (_name, content, message) => {
    if (typeof content === 'object') write(content);
    else if (content !== '') writeFileSync(path, content);

    expect(() => loadApiServer(path)).toThrow(KubeConfigError);
    expect(() => loadApiServer(path)).toThrow(message);
  });
});
