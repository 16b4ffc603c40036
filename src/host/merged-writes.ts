import type { Socket } from 'node:net';

/**
 * Sends what is written in one go as one piece. ssh2 writes each packet in three pieces (length, content and
 * proof), and without Nagle's delay each would be a call to the kernel, a packet on the line and a wake-up of
 * sshd of its own: 12 for one exec, of which 1 or 2 are left.
 */
export function mergeWrites(socket: Socket): Socket {
  const write = socket.write.bind(socket) as (...given: unknown[]) => boolean;
  let isCorked = false;
  const send = (): void => {
    isCorked = false;
    socket.uncork();
  };
  socket.write = (...given: unknown[]): boolean => {
    if (!isCorked) {
      isCorked = true;
      socket.cork();
      queueMicrotask(send);
    }
    return write(...given);
  };
  return socket;
}
