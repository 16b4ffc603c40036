import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the range that the kernel takes for outgoing connections, so that none of those takes it. */
const lowestPort = 20_000;
const highestPort = 32_000;

const givenOut = new Set<number>();

/**
 * A port that nobody listens on, not given out before by this process.
 * @param following how many ports after it have to be free as well
 */
export async function findFreePort(address = '127.0.0.1', following = 0): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const first = randomInt(lowestPort, highestPort);
    const ports = Array.from({ length: following + 1 }, (_, offset) => first + offset);
    if (ports.some((port) => givenOut.has(port))) continue;
    const free = await Promise.all(ports.map((port) => canListen(address, port)));
    if (!free.every(Boolean)) continue;
    for (const port of ports) givenOut.add(port);
    return first;
  }
  throw new Error(`no free port on ${address} between ${lowestPort} and ${highestPort}`);
}

function canListen(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, address, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
