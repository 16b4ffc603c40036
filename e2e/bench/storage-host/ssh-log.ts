import { existsSync, readFileSync, statSync } from 'node:fs';

/** A place in a log: what comes after it is new. */
export type LogMark = number & { readonly mark: unique symbol };

/** What sshd's log (LogLevel VERBOSE) tells about connections and commands. */
export class SshLog {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  mark(): LogMark {
    return (existsSync(this.#file) ? statSync(this.#file).size : 0) as LogMark;
  }

  since(mark: LogMark = 0 as LogMark): string {
    return existsSync(this.#file) ? readFileSync(this.#file).toString('utf8', mark) : '';
  }

  /** Commands started over SSH: the execs of the product. */
  execsSince(mark?: LogMark): number {
    return count(this.since(mark), /^Starting session: command/gm);
  }

  /** Connections that got as far as a login. */
  loginsSince(mark?: LogMark): number {
    return count(this.since(mark), /^Accepted publickey for/gm);
  }
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
