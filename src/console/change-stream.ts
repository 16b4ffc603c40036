import type { ServerResponse } from 'node:http';

import type { Clock, Timer } from '../clock.ts';
import { commonHeaders } from './answer.ts';
import type { Changes } from './changes.ts';
import type { TableName } from './reads.ts';

const atMostEveryMs = 1_000;
const keepAliveMs = 15_000;
/** Whoever does not read is let go before what is kept for them becomes much. */
const maxUnreadBytes = 64 * 1024;

interface Parts {
  readonly changes: Changes;
  readonly clock: Clock;
  /** How many may listen at once. */
  readonly limit: number;
}

/** Server-sent events: which tables changed, at most once a second. */
export class ChangeStream {
  readonly #parts: Parts;
  readonly #streams = new Set<ServerResponse>();
  readonly #pending = new Set<TableName>();
  readonly #stopListening: () => void;
  #sentAtMs = -Infinity;
  #flush: Timer | undefined;
  #keepAlive: Timer | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#stopListening = parts.changes.listen((tables) => {
      this.#changed(tables);
    });
  }

  get isFull(): boolean {
    return this.#streams.size >= this.#parts.limit;
  }

  /** Tells this one too, until it goes away. */
  open(response: ServerResponse): void {
    response.writeHead(200, {
      ...commonHeaders,
      'content-type': 'text/event-stream; charset=utf-8',
      // Proxies such as nginx would keep events back.
      'x-accel-buffering': 'no',
    });
    response.write('retry: 3000\n\n');
    this.#streams.add(response);
    response.once('close', () => {
      this.#streams.delete(response);
    });
    this.#keepAlive ??= this.#parts.clock.schedule(keepAliveMs, () => {
      this.#keepAllAlive();
    });
  }

  /** Ends every stream. */
  close(): void {
    this.#stopListening();
    this.#flush?.cancel();
    this.#keepAlive?.cancel();
    for (const stream of this.#streams) stream.end();
    this.#streams.clear();
  }

  #changed(tables: readonly TableName[]): void {
    if (this.#streams.size === 0) return;
    for (const table of tables) this.#pending.add(table);
    const { clock } = this.#parts;
    const waitMs = Math.max(0, this.#sentAtMs + atMostEveryMs - clock.monotonicMs());
    this.#flush ??= clock.schedule(waitMs, () => {
      this.#flush = undefined;
      this.#sentAtMs = clock.monotonicMs();
      this.#send(`event: changed\ndata: ${JSON.stringify([...this.#pending].sort())}\n\n`);
      this.#pending.clear();
    });
  }

  #keepAllAlive(): void {
    this.#keepAlive = undefined;
    if (this.#streams.size === 0) return;
    this.#send(': keep-alive\n\n');
    this.#keepAlive = this.#parts.clock.schedule(keepAliveMs, () => {
      this.#keepAllAlive();
    });
  }

  #send(text: string): void {
    for (const stream of this.#streams) {
      if (stream.writableLength > maxUnreadBytes) stream.destroy();
      else stream.write(text);
    }
  }
}
