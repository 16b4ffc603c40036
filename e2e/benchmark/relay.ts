// A process of its own, so that nothing else holds it up: node relay.ts LISTEN-ADDRESS ADDRESS PORT DELAY-MS.
// Passes TCP connections on, each piece so much later. Prints the port that it listens on.
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer } from 'node:net';

const [listenAddress, address = '', port = '', delay = ''] = process.argv.slice(2);

/** Pieces keep their order: timers of one duration do. */
function passOn(from: Socket, to: Socket): void {
  const later = (act: () => void): void => {
    setTimeout(act, Number(delay));
  };
  from.on('data', (piece) => {
    later(() => {
      to.write(piece);
    });
  });
  from.on('end', () => {
    later(() => {
      to.end();
    });
  });
  from.on('error', () => {
    to.destroy();
  });
}

const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
  const far = connect({ host: address, port: Number(port), allowHalfOpen: true, noDelay: true });
  passOn(near, far);
  passOn(far, near);
});
server.listen(0, listenAddress, () => {
  console.log((server.address() as AddressInfo).port);
});
