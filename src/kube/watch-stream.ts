import type { Clock, Timer } from '../clock.ts';
import { KubeUnavailableError } from './api-error.ts';
import { noAnswerError, refusalError } from './api-failure.ts';
import type { Status } from './api-failure.ts';
import type { ApiRequest } from './api-request.ts';
import type { ApiTransport } from './api-transport.ts';
import { readLines } from './lines.ts';
import { abortError, linkAbort } from './linked-abort.ts';

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: unknown;
}

export interface WatchParts {
  readonly transport: ApiTransport;
  readonly clock: Clock;
  readonly path: string;
  readonly resource: string;
  readonly resourceVersion: string;
  /** After this the server ends the watch. */
  readonly timeoutSeconds: number;
  /** Without a single byte for so long the connection counts as dead. Bookmarks come about once a minute. */
  readonly idleTimeoutMs: number;
  readonly onOpen: () => void;
  readonly signal: AbortSignal;
}

/** etcd holds objects up to 1.5 MiB; JSON escapes may swell them. */
const MAX_LINE_LENGTH = 16 * 1024 * 1024;

/**
 * The events of one watch request; ends when the server ends it.
 * @throws what api-error.ts names (an ERROR event as the failure it describes), or the signal's reason
 */
export async function* watchEvents(parts: WatchParts): AsyncGenerator<WatchEvent> {
  const { transport, signal } = parts;
  const controller = new AbortController();
  const unlink = linkAbort(signal, controller);
  const watchdog = new Watchdog(parts, controller);
  const request = { ...requestOf(parts), signal: controller.signal };
  try {
    const body = await transport.open(request);
    parts.onOpen();
    for await (const line of readLines(watchdog.guard(body), MAX_LINE_LENGTH)) {
      yield parseEvent(line, transport.serverUrl, request);
    }
  } catch (thrown) {
    if (signal.aborted) throw abortError(signal);
    throw noAnswerError(transport.serverUrl, request, thrown);
  } finally {
    watchdog.stop();
    unlink();
    controller.abort();
  }
}

function requestOf({ path, resource, resourceVersion, timeoutSeconds }: WatchParts): ApiRequest {
  const query = {
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion,
    timeoutSeconds: String(timeoutSeconds),
  };
  return { verb: 'watch', resource, path, query };
}

function parseEvent(line: string, server: string, request: ApiRequest): WatchEvent {
  const event = JSON.parse(line) as
    WatchEvent | { readonly type: 'ERROR'; readonly object: Status };
  if (event.type !== 'ERROR') return event;
  const { code, reason, message } = event.object;
  throw refusalError(server, request, { code, reason, message });
}

/** Aborts a watch whose connection has gone silent. */
class Watchdog {
  readonly #parts: WatchParts;
  readonly #controller: AbortController;
  #timer: Timer | undefined;

  constructor(parts: WatchParts, controller: AbortController) {
    this.#parts = parts;
    this.#controller = controller;
  }

  async *guard(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    this.#restart();
    for await (const chunk of chunks) {
      this.#restart();
      yield chunk;
    }
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #restart(): void {
    const { clock, idleTimeoutMs, resource } = this.#parts;
    this.#timer?.cancel();
    this.#timer = clock.schedule(idleTimeoutMs, () => {
      const message = `the watch of ${resource} was silent for ${idleTimeoutMs} ms: connection given up`;
      this.#controller.abort(new KubeUnavailableError(message, { outcomeUnknown: false }));
    });
  }
}
