import { request } from 'node:http';
import type { Agent, ClientRequest, IncomingMessage } from 'node:http';

import type { Clock } from '../clock.ts';
import { abortError } from './linked-abort.ts';

export interface ServerAddress {
  readonly protocol: string;
  readonly hostname: string;
  readonly port: string;
}

export interface HttpCall extends ServerAddress {
  /** `https.Agent`, or `http.Agent` for an address of `http:`. */
  readonly agent: Agent;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** The `code` of the error when no connection came about: nothing was sent. */
export const CONNECT_TIMEOUT = 'CONNECT_TIMEOUT';

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Sends one request. By Node's own client, which is in memory anyhow; undici would come on top of it.
 * @returns the response's head, with the body still to be read
 * @throws what Node says of the connection, or the signal's reason; so does reading the body
 */
export function exchange(
  { body, headers, ...call }: HttpCall,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  if (signal.aborted) return Promise.reject(abortError(signal));
  const outgoing = request({ ...call, headers: withLength(headers, body) });
  let cut: (error: Error) => unknown = outgoing.destroy.bind(outgoing);
  const onAbort = (): void => {
    cut(abortError(signal));
  };
  const forget = (): void => {
    signal.removeEventListener('abort', onAbort);
  };
  signal.addEventListener('abort', onAbort);
  outgoing.on('error', (error) => {
    forget();
    reject(error);
  });
  outgoing.on('response', (response) => {
    cut = response.destroy.bind(response);
    response.on('close', forget);
    // Whoever reads it meets the error; when nobody reads yet, it is not to be thrown at all of us.
    response.on('error', () => undefined);
    resolve(response);
  });
  if (!outgoing.reusedSocket) giveUpConnecting(outgoing, clock);
  outgoing.end(body);
  return promise;
}

export function addressOf({ protocol, hostname, port }: URL): ServerAddress {
  // Of an IPv6 address the URL has brackets around it.
  return { protocol, hostname: hostname.replace(/^\[(.*)\]$/, '$1'), port };
}

/**
 * The whole body. Half the work of `node:stream/consumers`, which makes an iterator and a decoder for each.
 * @throws what cut it off
 */
export function textOf(response: IncomingMessage): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let text = '';
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    text += chunk;
  });
  response.on('end', () => {
    resolve(text);
  });
  response.on('error', reject);
  response.on('close', () => {
    reject(new Error('the answer was cut off'));
  });
  return promise;
}

/** For DELETE Node sends no length of its own, and so no body. */
function withLength(
  headers: Readonly<Record<string, string>>,
  body: string | undefined,
): Record<string, string> {
  if (body === undefined) return headers;
  return { ...headers, 'content-length': String(Buffer.byteLength(body)) };
}

/** Until there is a connection (or, through a proxy, a tunnel), nothing can have been sent. */
function giveUpConnecting(outgoing: ClientRequest, clock: Clock): void {
  const timer = clock.schedule(CONNECT_TIMEOUT_MS, () => {
    const error = new Error(`no connection within ${CONNECT_TIMEOUT_MS} ms`);
    outgoing.destroy(Object.assign(error, { code: CONNECT_TIMEOUT }));
  });
  const connected = (): void => {
    timer.cancel();
  };
  outgoing.on('socket', (socket) => {
    if (!socket.connecting) connected();
    else socket.once('encrypted' in socket ? 'secureConnect' : 'connect', connected);
  });
  outgoing.on('close', connected);
}
