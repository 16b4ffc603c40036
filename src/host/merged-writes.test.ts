import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { text } from 'node:stream/consumers';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { mergeWrites } from './merged-writes.ts';

describe('writes to one socket', () => {
  let server: Server;
  let socket: Socket;
  let received: Promise<string>;
  let sent: number[];

  beforeEach(async () => {
    server = createServer().listen(0, '127.0.0.1');
    const { promise, resolve } = Promise.withResolvers<string>();
    received = promise;
    server.once('connection', (other) => {
      resolve(text(other));
    });
    await once(server, 'listening');
    socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' });
    await once(socket, 'connect');
    sent = [];
    countSent(socket, sent);
  });

  afterEach(() => {
    socket.destroy();
    server.close();
  });

  it('go out as one piece, in their order', async () => {
    mergeWrites(socket);
    for (const part of ['length, ', 'content, ', 'proof']) socket.write(part);
    await flushed(socket);
    socket.end();

    expect(await received).toBe('length, content, proof');
    expect(sent).toEqual([3]);
  });

  it('wait for nothing that is written later', async () => {
    mergeWrites(socket);
    socket.write('first, ');
    await flushed(socket);
    socket.write('second');
    await flushed(socket);
    socket.end();

    expect(await received).toBe('first, second');
    expect(sent).toEqual([1, 1]);
  });

  it('are not lost when the socket is ended at once', async () => {
    mergeWrites(socket).write('goodbye');
    socket.end();

    expect(await received).toBe('goodbye');
  });
});

/** How many writes each handing over to the system held. */
function countSent(socket: Socket, sent: number[]): void {
  const write = socket._write.bind(socket);
  socket._write = (...given): void => {
    sent.push(1);
    write(...given);
  };
  const writeAll = socket._writev?.bind(socket);
  socket._writev = (chunks, done): void => {
    sent.push(chunks.length);
    writeAll?.(chunks, done);
  };
}

async function flushed(socket: Socket): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  while (socket.writableLength > 0) await new Promise((resolve) => setImmediate(resolve));
}
