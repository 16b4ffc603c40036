import { once } from 'node:events';
import { Agent, createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { FakeClock, settle } from '../../test/support/fake-clock.ts';
import { addressOf, exchange, textOf } from './http-exchange.ts';

describe('one exchange with a server', () => {
  let server: Server;
  let answer: RequestListener;
  let clock: FakeClock;
  const agent = new Agent({ keepAlive: true });

  beforeEach(async () => {
    clock = new FakeClock();
    server = createServer((request, response) => {
      answer(request, response);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(() => {
    agent.destroy();
    server.close();
  });

  const call = (): ReturnType<typeof exchange> => {
    const { port } = server.address() as AddressInfo;
    const address = addressOf(new URL(`http://127.0.0.1:${port}`));
    const signal = new AbortController().signal;
    const request = { ...address, agent, method: 'GET', path: '/', headers: {}, body: undefined };
    return exchange(request, { clock, signal });
  };

  it('reads a character that comes in two pieces', async () => {
    const bytes = Buffer.from('tank/größe');
    answer = (_request, response) => {
      response.write(bytes.subarray(0, 8));
      setImmediate(() => response.end(bytes.subarray(8)));
    };

    expect(await textOf(await call())).toBe('tank/größe');
  });

  it('fails when the answer is cut off in its middle', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{"kind":');
      setImmediate(() => response.destroy());
    };

    await expect(call().then(textOf)).rejects.toThrow();
  });

  it('waits for no connection where there is one', async () => {
    answer = (_request, response) => response.end('{}');
    await textOf(await call());
    await settle();

    const sent = call();
    const waiting = clock.pending;

    expect(await textOf(await sent)).toBe('{}');
    expect(waiting).toBe(0);
  });
});

describe('the address of a server', () => {
  it.each([
    ['https://10.0.0.1:6443/k8s', { hostname: '10.0.0.1', port: '6443' }],
    ['https://[fd00::1]', { hostname: 'fd00::1', port: '' }],
  ])('of %s', (url, expected) => {
    expect(addressOf(new URL(url))).toEqual({ protocol: 'https:', ...expected });
  });
});
