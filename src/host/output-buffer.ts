export interface OutputLimits {
  readonly stdoutBytes: number;
  readonly stderrBytes: number;
}

export const defaultOutputLimits: OutputLimits = {
  // A look at a host with fifty thousand datasets (docs/scale.md).
  stdoutBytes: 32 * 1024 * 1024,
  stderrBytes: 64 * 1024,
};

/** Collects what a command prints, up to a limit. */
export class OutputBuffer {
  readonly #limitBytes: number;
  readonly #chunks: Buffer[] = [];
  #sizeBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Keeps the chunk, or returns false when it does not fit. */
  append(chunk: Buffer): boolean {
    if (this.#sizeBytes + chunk.length > this.#limitBytes) return false;
    this.#sizeBytes += chunk.length;
    this.#chunks.push(chunk);
    return true;
  }

  /** All of it as UTF-8; decoded once, since a character may span two chunks. */
  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}
