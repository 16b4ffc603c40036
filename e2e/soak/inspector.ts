import { eventually } from '../bench/eventually.ts';

interface Answer {
  readonly id: number;
  readonly result: { readonly usedSize?: number; readonly backingStorageSize?: number };
}

/** A process that was started with --inspect: its garbage is collected on demand. */
export class Inspector {
  readonly #socket: WebSocket;
  readonly #answers = new Map<number, (result: Answer['result']) => void>();
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => {
      const { id, result } = JSON.parse(String(data)) as Answer;
      this.#answers.get(id)?.(result);
      this.#answers.delete(id);
    });
  }

  static async connect(port: number): Promise<Inspector> {
    const url = await eventually('the inspector answers', async () => {
      const targets = await (await fetch(`http://127.0.0.1:${port}/json`)).json();
      return (targets as { webSocketDebuggerUrl: string }[])[0]?.webSocketDebuggerUrl;
    });
    const socket = new WebSocket(url);
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener('open', () => {
        resolve();
      });
      socket.addEventListener('error', () => {
        reject(new Error(`no connection to ${url}`));
      });
    });
    return new Inspector(socket);
  }

  /** Bytes that are still in use after a full collection: of the heap, and of buffers beside it. */
  async heapInUse(): Promise<number> {
    await this.#call('HeapProfiler.collectGarbage');
    const { usedSize = NaN, backingStorageSize = 0 } = await this.#call('Runtime.getHeapUsage');
    return usedSize + backingStorageSize;
  }

  close(): void {
    this.#socket.close();
  }

  #call(method: string): Promise<Answer['result']> {
    const id = ++this.#lastId;
    const { promise, resolve } = Promise.withResolvers<Answer['result']>();
    this.#answers.set(id, resolve);
    this.#socket.send(JSON.stringify({ id, method }));
    return promise;
  }
}
