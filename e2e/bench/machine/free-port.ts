import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the range that the kernel takes for outgoing connections, so that none of those takes it. */
const lowestPort = 20_000;
const highestPort = 32_000;

const givenOut = new Set<number>();

/** A port that nobody listens on, not given out before by this process. */
export async function findFreePort(address = '127.0.0.1'): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(lowestPort, highestPort);
    if (givenOut.has(port) || !(await canListen(address, port))) continue;
    givenOut.add(port);
    return port;
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
