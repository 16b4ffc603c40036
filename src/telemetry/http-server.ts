import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Registry } from 'prom-client';

import { ListenError, messageOf } from '../errors.ts';
import type { Health, HealthReport } from './health.ts';

export interface HttpServerParts {
  readonly address: string;
  /** The next port is used too; 0 lets the system choose both. */
  readonly port: number;
  readonly registry: Registry;
  readonly health: Health;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly contentType?: string;
  readonly location?: string;
}

type Route = (isVerbose: boolean) => Answer | Promise<Answer>;

/** A scrape has no body to send; whoever takes longer than this only holds a socket. */
const requestTimeoutMs = 10_000;

/**
 * /metrics, /livez and /readyz; / leads to /metrics. The same is served on the port after it, where the
 * classic provisioner has /healthz and /readyz, so that existing probes go on working.
 */
export class HttpServer {
  readonly #servers: readonly Server[];

  private constructor(servers: readonly Server[]) {
    this.#servers = servers;
  }

  /** @throws ListenError when a port cannot be used */
  static async listen(parts: HttpServerParts): Promise<HttpServer> {
    const routes = routesOf(parts);
    const server = new HttpServer([serverOf(routes), serverOf(routes)]);
    try {
      await server.#listen(parts.address, parts.port);
    } catch (thrown) {
      await server.close();
      throw thrown;
    }
    return server;
  }

  /** The ports in use: metrics, then health. */
  get ports(): readonly number[] {
    return this.#servers.map((server) => (server.address() as AddressInfo).port);
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#servers.map(async (server) => {
        const closed = new Promise((resolve) => server.close(resolve));
        server.closeAllConnections();
        await closed;
      }),
    );
  }

  async #listen(address: string, port: number): Promise<void> {
    for (const [index, server] of this.#servers.entries()) {
      await listen(server, address, port === 0 ? 0 : port + index);
    }
  }
}

function listen(server: Server, address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(
        new ListenError(
          `cannot listen on ${address} port ${port}: ${error.message}; ` +
            'ZFS_METRICS_PORT (and the port after it) and ZFS_METRICS_ADDR choose another',
          { cause: error },
        ),
      );
    });
    server.listen({ host: address, port }, resolve);
  });
}

function routesOf({ registry, health }: HttpServerParts): ReadonlyMap<string, Route> {
  const live: Route = (isVerbose) => healthAnswer(health.live(), isVerbose);
  const ready: Route = (isVerbose) => healthAnswer(health.ready(), isVerbose);
  return new Map<string, Route>([
    ['/', () => ({ status: 301, location: '/metrics', body: 'see /metrics\n' })],
    [
      '/metrics',
      async () => ({
        status: 200,
        contentType: registry.contentType,
        body: await registry.metrics(),
      }),
    ],
    ['/livez', live],
    ['/healthz', live],
    ['/readyz', ready],
  ]);
}

/** As the API server's: `ok`, or a line for each check; these too with `?verbose`, and what else is to be told. */
function healthAnswer(
  { healthy, checks, problems, details }: HealthReport,
  isVerbose: boolean,
): Answer {
  if (healthy && !isVerbose) return { status: 200, body: 'ok\n' };
  const lines = checks.map((check) => {
    const found = problems.find((problem) => problem.check === check);
    return found === undefined ? `[+]${check} ok` : `[-]${check} ${found.problem}`;
  });
  const told = isVerbose ? [...lines, ...details.map((line) => `[i]${line}`)] : lines;
  return { status: healthy ? 200 : 503, body: `${told.join('\n')}\n` };
}

function serverOf(routes: ReadonlyMap<string, Route>): Server {
  return createServer({ requestTimeout: requestTimeoutMs }, (request, response) => {
    void answer(routes, request).then((result) => {
      send(response, result);
    });
  });
}

async function answer(
  routes: ReadonlyMap<string, Route>,
  request: IncomingMessage,
): Promise<Answer> {
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  const route = routes.get(path);
  if (route === undefined) return { status: 404, body: 'not found\n' };
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return { status: 405, body: 'only GET\n' };
  }
  try {
    return await route(new URLSearchParams(query).has('verbose'));
  } catch (thrown) {
    return { status: 500, body: `${messageOf(thrown)}\n` };
  }
}

function send(response: ServerResponse, { status, body, contentType, location }: Answer): void {
  response.writeHead(status, {
    'content-type': contentType ?? 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    ...(location === undefined ? {} : { location }),
    ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
  });
  response.end(body);
}
