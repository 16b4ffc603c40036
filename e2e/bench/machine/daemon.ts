import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import type { Ledger } from './ledger.ts';
import {
  identifyProcess,
  isRunning,
  killProcess,
  type ProcessIdentity,
} from './process-identity.ts';

export interface DaemonOptions {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly logFile: string;
  readonly cwd: string;
  readonly ledger: Ledger;
}

/** A program that outlives this process until the ledger says that it goes. */
export class Daemon {
  readonly name: string;
  readonly logFile: string;
  readonly identity: ProcessIdentity;

  private constructor(name: string, logFile: string, identity: ProcessIdentity) {
    this.name = name;
    this.logFile = logFile;
    this.identity = identity;
  }

  static start(options: DaemonOptions): Daemon {
    const log = openSync(options.logFile, 'a');
    const child = spawn(options.program, options.args, {
      cwd: options.cwd,
      stdio: ['ignore', log, log],
      detached: true,
    });
    closeSync(log);
    child.on('error', () => undefined); // reported below: it has no process number
    const identity = child.pid === undefined ? undefined : identifyProcess(child.pid);
    if (identity === undefined) throw new Error(`cannot start ${options.program}`);
    child.unref();
    options.ledger.add({ kind: 'process', name: options.name, identity });
    return new Daemon(options.name, options.logFile, identity);
  }

  /** @throws with the end of its log when it is not running any more */
  assertRunning(): void {
    if (isRunning(this.identity)) return;
    const lastLines = readFileSync(this.logFile, 'utf8').trimEnd().split('\n').slice(-8).join('\n');
    throw new Error(`${this.name} ended; its log ${this.logFile} ends with:\n${lastLines}`);
  }

  async kill(): Promise<void> {
    await killProcess(this.identity);
  }
}
