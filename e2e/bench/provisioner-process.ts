import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { productStages } from '../image/dockerfile.ts';
import { benchFolder } from './binaries/programs.ts';
import { eventually } from './eventually.ts';
import { findFreePort } from './machine/free-port.ts';

/** One JSON line of the product's log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly msg?: string };

export interface ProvisionerOptions {
  /** The product's variables; nothing else of this process's environment is passed on but PATH. */
  readonly env: Readonly<Record<string, string>>;
  /** Everything that it prints goes there too. */
  readonly logFile: string;
  /** Instead of the bundle on this machine, as it is. */
  readonly command?: readonly string[];
}

export interface ProvisionerExit {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The command that starts the product, with the flags that it has in its image. Build it first (`node build.ts`). */
export const provisionerCommand: readonly string[] = [
  process.execPath,
  ...(productStages().at(-1)?.command ?? []).map((word) =>
    word.endsWith('.cjs') ? resolve(benchFolder, '../../dist', word) : word,
  ),
];

/** The product as a process of its own, as in a pod. */
export class ProvisionerProcess {
  /** What it logged so far, oldest first. */
  readonly log: LogLine[] = [];
  /** What it printed that is no JSON: nothing, if all is well. */
  readonly otherOutput: string[] = [];
  readonly metricsPort: number;
  readonly exit: Promise<ProvisionerExit>;
  readonly #child: ChildProcess;
  readonly #listeners = new Set<(line: LogLine) => void>();
  #exited: ProvisionerExit | undefined;

  private constructor(child: ChildProcess, metricsPort: number, logFile: string) {
    this.#child = child;
    this.metricsPort = metricsPort;
    mkdirSync(dirname(logFile), { recursive: true });
    const copy = createWriteStream(logFile, { flags: 'a' });
    this.#read(child.stdout, copy);
    this.#read(child.stderr, copy);
    this.exit = once(child, 'close').then(([exitCode, signal]) => {
      this.#exited = {
        exitCode: exitCode as number | null,
        signal: signal as NodeJS.Signals | null,
      };
      copy.end();
      return this.#exited;
    });
  }

  /** Resolves when the process was started, not when it is ready. */
  static async start({
    env,
    logFile,
    command = provisionerCommand,
  }: ProvisionerOptions): Promise<ProvisionerProcess> {
    const port = Number(env['ZFS_METRICS_PORT'] ?? (await findFreePort('127.0.0.1', 1)));
    const [program = '', ...args] = command;
    const child = spawn(program, args, {
      env: {
        PATH: process.env['PATH'],
        ZFS_METRICS_ADDR: '127.0.0.1',
        ...env,
        ZFS_METRICS_PORT: String(port),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    await once(child, 'spawn');
    return new ProvisionerProcess(child, port, logFile);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get hasExited(): boolean {
    return this.#exited !== undefined;
  }

  /**
   * Resolves with the first line, logged before or later, that the predicate accepts.
   * @throws when the process ends or the time is over before
   */
  async waitFor(predicate: (line: LogLine) => boolean, timeoutMs = 20_000): Promise<LogLine> {
    return eventually('a log line of the provisioner', () => this.log.find(predicate), {
      timeoutMs,
      intervalMs: 10,
      meanwhile: () => {
        this.#assertRunning();
      },
    });
  }

  /** Every line from the first to the last, as they come; ends with the process. */
  async *lines(): AsyncGenerator<LogLine> {
    for (let next = 0; next < this.log.length || !this.hasExited;) {
      const line = this.log[next];
      if (line === undefined) await this.#nextLineOrExit();
      else {
        next++;
        yield line;
      }
    }
  }

  /** Resolves when /readyz says so. */
  async untilReady(timeoutMs = 30_000): Promise<void> {
    await eventually('the provisioner is ready', async () => (await this.get('/readyz')).ok, {
      timeoutMs,
      meanwhile: () => {
        this.#assertRunning();
      },
    });
  }

  get(path: string): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.metricsPort}${path}`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(5_000),
    });
  }

  /** The text of /metrics. */
  async metrics(): Promise<string> {
    return (await this.get('/metrics')).text();
  }

  /** SIGTERM, as the kubelet ends a pod. */
  async stop(timeoutMs = 15_000): Promise<ProvisionerExit> {
    this.#child.kill('SIGTERM');
    await eventually('the provisioner ends on SIGTERM', () => this.hasExited, { timeoutMs });
    return this.exit;
  }

  /** kill -9. */
  async kill(): Promise<ProvisionerExit> {
    this.#child.kill('SIGKILL');
    return this.exit;
  }

  #read(stream: NodeJS.ReadableStream | null, copy: WriteStream): void {
    if (stream === null) return;
    createInterface({ input: stream }).on('line', (text) => {
      copy.write(`${text}\n`);
      const line = tryParseLine(text);
      if (line === undefined) {
        this.otherOutput.push(text);
        return;
      }
      this.log.push(line);
      for (const listener of [...this.#listeners]) listener(line);
    });
  }

  async #nextLineOrExit(): Promise<void> {
    const { promise, resolve: wake } = Promise.withResolvers<unknown>();
    this.#listeners.add(wake);
    await Promise.race([promise, this.exit]);
    this.#listeners.delete(wake);
  }

  #assertRunning(): void {
    if (this.#exited === undefined) return;
    const { exitCode, signal } = this.#exited;
    const last = [
      ...this.log.slice(-3).map((line) => JSON.stringify(line)),
      ...this.otherOutput.slice(-5),
    ];
    throw new Error(`the provisioner ended (${exitCode ?? signal ?? ''}):\n${last.join('\n')}`);
  }
}

function tryParseLine(text: string): LogLine | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as LogLine) : undefined;
  } catch {
    return undefined;
  }
}
