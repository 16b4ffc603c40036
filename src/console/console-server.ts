import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Clock } from '../clock.ts';
import { ListenError } from '../errors.ts';
import { challenge, mayRead } from './access.ts';
import type { Answer } from './answer.ts';
import { send } from './answer.ts';
import type { Changes } from './changes.ts';
import { ChangeStream } from './change-stream.ts';
import type { ConsoleReads } from './reads.ts';
import { answerTo, failureAnswer, problemAnswer } from './routes.ts';
import type { Asked } from './routes.ts';

export interface ConsoleServerParts {
  readonly address: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Undefined: everybody may read. */
  readonly token: string | undefined;
  readonly reads: ConsoleReads;
  readonly changes: Changes;
  /** Whether all is known that a replica knows: before that nothing is told. */
  readonly isReady: () => boolean;
  readonly clock: Clock;
  /** Our own mistake: whoever asked is told no more than that. */
  readonly onFailure: (path: string, thrown: unknown) => void;
}

const streamPath = '/console/api/stream';
const limits = {
  streams: 64,
  connections: 256,
  headerBytes: 8 * 1024,
  requestMs: 10_000,
  silenceMs: 60_000,
} as const;

/** The status page and its JSON: only reading, on a port of its own. */
export class ConsoleServer {
  readonly #parts: ConsoleServerParts;
  readonly #server: Server;
  readonly #stream: ChangeStream;

  private constructor(parts: ConsoleServerParts) {
    const { changes, clock } = parts;
    this.#parts = parts;
    this.#stream = new ChangeStream({ changes, clock, limit: limits.streams });
    const { requestMs, headerBytes } = limits;
    const options = {
      requestTimeout: requestMs,
      headersTimeout: requestMs,
      maxHeaderSize: headerBytes,
    };
    this.#server = createServer(options, (request, response) => {
      void this.#handle(request, response);
    });
    this.#server.maxConnections = limits.connections;
    this.#server.setTimeout(limits.silenceMs);
  }

  /** @throws ListenError when the port cannot be used */
  static async listen(parts: ConsoleServerParts): Promise<ConsoleServer> {
    const server = new ConsoleServer(parts);
    await server.#listen();
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends every stream and connection. */
  async close(): Promise<void> {
    this.#stream.close();
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  #listen(): Promise<void> {
    const { address, port } = this.#parts;
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error) => {
        const why = `cannot listen on ${address} port ${port}: ${error.message}`;
        const which = 'ZFS_CONSOLE_PORT and ZFS_CONSOLE_ADDR choose another for the status page';
        reject(new ListenError(`${why}; ${which}`, { cause: error }));
      });
      this.#server.listen({ host: address, port }, resolve);
    });
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = askedBy(request);
    try {
      const refusal = this.#refusalOf(request, asked);
      if (refusal === undefined && asked.path === streamPath && request.method === 'GET') {
        this.#stream.open(response);
        return;
      }
      await send(request, response, refusal ?? answerTo(asked, this.#parts.reads));
    } catch (thrown) {
      await this.#fail(request, response, { asked, thrown });
    }
  }

  async #fail(
    request: IncomingMessage,
    response: ServerResponse,
    { asked, thrown }: { readonly asked: Asked; readonly thrown: unknown },
  ): Promise<void> {
    const { reads, onFailure } = this.#parts;
    try {
      const known = failureAnswer(asked, thrown, reads);
      if (known === undefined) onFailure(asked.path, thrown);
      const answer = known ?? problemAnswer(asked, 500, { error: 'internal error: see the log' });
      await send(request, response, answer);
    } catch (again) {
      onFailure(asked.path, again);
      response.destroy();
    }
  }

  /** Undefined: it may be answered. Whoever may not read learns nothing else. */
  #refusalOf({ method, headers }: IncomingMessage, asked: Asked): Answer | undefined {
    const { token, isReady } = this.#parts;
    const refuse = (status: number, error: string, more: Answer['headers']): Answer => {
      const answer = problemAnswer(asked, status, { error });
      return { ...answer, headers: { ...answer.headers, ...more } };
    };
    if (!mayRead(headers.authorization, token)) {
      return refuse(401, 'the token of the status page is needed', {
        'www-authenticate': challenge,
      });
    }
    if (method !== 'GET' && method !== 'HEAD') {
      return refuse(405, 'only GET and HEAD: nothing can be changed here', { allow: 'GET, HEAD' });
    }
    const later = { 'retry-after': '5' };
    if (!isReady()) return refuse(503, 'the cluster has not been listed yet', later);
    if (asked.path !== streamPath) return undefined;
    return this.#stream.isFull ? refuse(503, 'too many listen already', later) : undefined;
  }
}

function askedBy({ url = '', headers }: IncomingMessage): Asked {
  const [path = '', query = ''] = url.split('?', 2);
  const etag = headers['if-none-match'];
  return { path, parameters: new URLSearchParams(query), etag };
}
