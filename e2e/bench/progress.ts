/** Says what is going on; benches print it on standard error. */
export type Progress = (text: string) => void;

/** Lines with the seconds since the start; long work refreshes one line on a terminal. */
export class ProgressLines {
  readonly #startedAt = performance.now();
  readonly #stream: NodeJS.WriteStream;

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream;
  }

  readonly say: Progress = (text) => {
    this.#stream.write(`${this.#clear()}${this.#elapsed()} ${text}\n`);
  };

  /**
   * Reports long work: at once on a terminal (one line, rewritten), else a line every ten seconds.
   * @returns a function that ends it
   */
  during(describe: () => string): () => void {
    const isTerminal = this.#stream.isTTY;
    const report = (): void => {
      const text = `${this.#elapsed()} ${describe()}`;
      this.#stream.write(isTerminal ? `\r\u001b[K${text}` : `${text}\n`);
    };
    const timer = setInterval(report, isTerminal ? 500 : 10_000);
    return () => {
      clearInterval(timer);
      this.#stream.write(this.#clear());
    };
  }

  #clear(): string {
    return this.#stream.isTTY ? '\r\u001b[K' : '';
  }

  #elapsed(): string {
    return `[${((performance.now() - this.#startedAt) / 1000).toFixed(1).padStart(5)} s]`;
  }
}
