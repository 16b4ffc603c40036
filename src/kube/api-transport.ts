import type { IncomingMessage } from 'node:http';

import type { Clock } from '../clock.ts';
import { noAnswerError, refusalError, timeoutError } from './api-failure.ts';
import type { Status } from './api-failure.ts';
import type { ApiRequest, Verb } from './api-request.ts';
import type { ApiServer } from './api-server.ts';
import { addressOf, exchange, textOf } from './http-exchange.ts';
import type { HttpCall, ServerAddress } from './http-exchange.ts';
import { parseAnswer } from './json-answer.ts';
import { abortError, linkAbort, orAborted } from './linked-abort.ts';

/** One finished request, for metrics. `code` is the HTTP status, or `none` without an answer. */
export interface RequestReport {
  readonly verb: Verb;
  readonly resource: string;
  readonly code: string;
  readonly durationMs: number;
}

export interface TransportParts {
  readonly server: ApiServer;
  readonly clock: Clock;
  /** `zfs-provisioner/VERSION` */
  readonly userAgent: string;
  readonly timeoutMs?: number;
  readonly onRequest?: (report: RequestReport) => void;
}

const DEFAULT_TIMEOUT_MS = 30_000;

const METHODS = {
  get: 'GET',
  list: 'GET',
  watch: 'GET',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
} as const satisfies Record<Verb, string>;

/** JSON over HTTP with a deadline on every call, and the failures of api-error.ts. Never repeats a call. */
export class ApiTransport {
  readonly #server: ApiServer;
  readonly #address: ServerAddress;
  readonly #prefix: string;
  readonly #parts: TransportParts;

  constructor(parts: TransportParts) {
    this.#server = parts.server;
    const url = new URL(parts.server.url);
    this.#address = addressOf(url);
    this.#prefix = url.pathname.replace(/\/$/, '');
    this.#parts = parts;
  }

  get serverUrl(): string {
    return this.#server.url;
  }

  /**
   * @returns the decoded body
   * @throws what api-error.ts names, or the signal's reason
   */
  send(request: ApiRequest): Promise<unknown> {
    return this.#exchange(request, async (response) => {
      return parseAnswer(await textOf(response));
    });
  }

  /** As `send`, with the body read as it comes. */
  read<T>(request: ApiRequest, read: (body: AsyncIterable<Uint8Array>) => Promise<T>): Promise<T> {
    return this.#exchange(request, read);
  }

  /**
   * Opens a response that does not end, such as a watch. Aborting `request.signal` ends it; reading it
   * then throws the signal's reason.
   */
  open(request: ApiRequest & { signal: AbortSignal }): Promise<AsyncIterable<Uint8Array>> {
    return this.#exchange(request, (response) => Promise.resolve(response));
  }

  async #exchange<T>(
    request: ApiRequest,
    read: (response: IncomingMessage) => Promise<T>,
  ): Promise<T> {
    const { clock, timeoutMs: defaultTimeoutMs = DEFAULT_TIMEOUT_MS } = this.#parts;
    const timeoutMs = request.timeoutMs ?? defaultTimeoutMs;
    const startedMs = clock.monotonicMs();
    const controller = new AbortController();
    const unlink = linkAbort(request.signal, controller);
    const deadline = clock.schedule(timeoutMs, () => {
      controller.abort(timeoutError(this.serverUrl, request, timeoutMs));
    });
    let code = 'none';
    try {
      const response = await this.#dispatch(request, controller.signal);
      const { statusCode = 0 } = response;
      code = String(statusCode);
      if (statusCode >= 300) throw await this.#refusal(request, response);
      return await read(response);
    } catch (thrown) {
      unlink();
      if (request.signal?.aborted === true) throw abortError(request.signal);
      throw noAnswerError(this.serverUrl, request, thrown);
    } finally {
      deadline.cancel();
      // A watch stays tied to its signal, which lives no longer than the watch.
      if (request.verb !== 'watch') unlink();
      const durationMs = clock.monotonicMs() - startedMs;
      this.#parts.onRequest?.({ verb: request.verb, resource: request.resource, code, durationMs });
    }
  }

  async #dispatch(request: ApiRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const access = this.#server.access();
    const { agent, headers } = access instanceof Promise ? await orAborted(access, signal) : access;
    const call: HttpCall = {
      agent,
      ...this.#address,
      path: `${this.#prefix}${request.path}${queryOf(request)}`,
      method: METHODS[request.verb],
      headers: {
        ...headers,
        accept: 'application/json',
        'user-agent': this.#parts.userAgent,
        ...(request.body === undefined ? {} : { 'content-type': contentType(request) }),
      },
      body: request.body === undefined ? undefined : JSON.stringify(request.body),
    };
    return exchange(call, { clock: this.#parts.clock, signal });
  }

  async #refusal(request: ApiRequest, response: IncomingMessage): Promise<Error> {
    const status: Status = {
      ...parseStatus(await textOf(response)),
      code: response.statusCode ?? 0,
      retryAfterMs: parseRetryAfter(response.headers['retry-after']),
    };
    return refusalError(this.serverUrl, request, status);
  }
}

function queryOf({ query = {} }: ApiRequest): string {
  const text = new URLSearchParams(query).toString();
  return text === '' ? '' : `?${text}`;
}

function contentType({ verb, patchType = 'merge' }: ApiRequest): string {
  return verb === 'patch' ? `application/${patchType}-patch+json` : 'application/json';
}

/** A proxy in between refuses in its own words: then these are the message. */
function parseStatus(text: string): { reason?: string; message: string } {
  try {
    const { reason, message } = JSON.parse(text) as { reason?: string; message?: string };
    return { ...(reason === undefined ? {} : { reason }), message: message ?? '' };
  } catch {
    return { message: text };
  }
}

function parseRetryAfter(header: string | string[] | undefined): number | undefined {
  const seconds = Number(header);
  return header !== undefined && seconds > 0 ? seconds * 1000 : undefined;
}
