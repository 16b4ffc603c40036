import type { HostConnection } from './ssh-connection.ts';

/**
 * The connections to one host: the one that new scripts go to, and spent ones that only end what runs on
 * them.
 */
export class HostLines {
  #current: HostConnection | undefined;
  readonly #running = new Map<HostConnection, number>();

  /** The connection that takes scripts; undefined: one has to be dialed. */
  get current(): HostConnection | undefined {
    const line = this.#current;
    return line?.isOpen === true && !line.isSpent ? line : undefined;
  }

  /** Scripts that run, on whichever connection. */
  get running(): number {
    let sum = 0;
    for (const count of this.#running.values()) sum += count;
    return sum;
  }

  /** New scripts go there from now on; the one before is closed once nothing runs on it. */
  replace(line: HostConnection): void {
    const before = this.#current;
    this.#current = line;
    if (before !== undefined) this.#closeIfIdle(before);
  }

  started(line: HostConnection): void {
    this.#running.set(line, (this.#running.get(line) ?? 0) + 1);
  }

  ended(line: HostConnection): void {
    const left = (this.#running.get(line) ?? 1) - 1;
    if (left > 0) this.#running.set(line, left);
    else this.#running.delete(line);
    if (line !== this.#current) this.#closeIfIdle(line);
  }

  /** At once, with all that runs. */
  close(): void {
    this.#current?.close();
    for (const line of this.#running.keys()) line.close();
  }

  #closeIfIdle(line: HostConnection): void {
    if (!this.#running.has(line)) line.close();
  }
}
