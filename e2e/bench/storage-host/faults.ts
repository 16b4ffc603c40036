import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface FaultTarget {
  /** First argument of zfs: `create`, `destroy`, `get`; `*` for any. */
  readonly verb: string;
  /** Regular expression (Go's) over the arguments joined by blanks. */
  readonly match?: string;
  /** How many commands it happens to; `always` until cleared. Default 1. */
  readonly count?: number | 'always';
}

export interface FailureFault extends FaultTarget {
  readonly exitCode: number;
  readonly stderr?: string;
  /** The command did its work all the same. */
  readonly afterRunning?: boolean;
  /** With afterRunning: nothing is exported all the same. */
  readonly withoutShare?: boolean;
}

export interface DelayFault extends FaultTarget {
  readonly seconds: number;
  readonly when: 'before' | 'after';
}

export interface CutFault extends FaultTarget {
  /** The SSH connection ends before the command's work, or after it. */
  readonly when: 'before' | 'after';
}

export interface KillFault extends FaultTarget {
  /** The script on the host that runs the command is killed (-9) before the command's work, or after it. */
  readonly when: 'before' | 'after';
}

/** As zfs-shim/faults.go reads it. */
interface Rule {
  readonly Run: boolean;
  readonly ExitCode?: number;
  readonly Stderr?: string;
  readonly DelayBeforeMs?: number;
  readonly DelayAfterMs?: number;
  readonly Cut?: 'before' | 'after';
  readonly Kill?: 'before' | 'after';
  readonly HideShare?: boolean;
}

/** The fault rules of one host, which its zfs obeys from the next command on. */
export class Faults {
  readonly #folder: string;
  #written = 0;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  failNext(fault: FailureFault): void {
    const { exitCode, stderr = '', afterRunning = false, withoutShare = false } = fault;
    const failure = { ExitCode: exitCode, Stderr: stderr, HideShare: withoutShare };
    this.#lay(fault, { Run: afterRunning, ...failure });
  }

  delayNext({ seconds, when, ...target }: DelayFault): void {
    const delayMs = Math.round(seconds * 1000);
    const delay = when === 'before' ? { DelayBeforeMs: delayMs } : { DelayAfterMs: delayMs };
    this.#lay(target, { Run: true, ...delay });
  }

  /** Cuts the SSH connection in the middle of a command, whose work is done in either case. */
  cutNext({ when, ...target }: CutFault): void {
    this.#lay(target, { Run: true, Cut: when });
  }

  /** Kills the script in the middle; the command does its work in either case. */
  killNext({ when, ...target }: KillFault): void {
    this.#lay(target, { Run: true, Kill: when });
  }

  /** The command says that all is well, but nothing is exported. */
  lieAboutShare(target: FaultTarget): void {
    this.#lay(target, { Run: true, HideShare: true });
  }

  /** Rules that have not happened yet. */
  get pending(): number {
    return readdirSync(this.#folder).length;
  }

  clear(): void {
    for (const file of readdirSync(this.#folder)) rmSync(join(this.#folder, file), { force: true });
  }

  #lay({ verb, match = '', count = 1 }: FaultTarget, rule: Rule): void {
    const always = count === 'always';
    const text = JSON.stringify({ Verb: verb, Match: match, Always: always, ...rule });
    for (let copy = 0; copy < (always ? 1 : count); copy++) {
      const file = join(this.#folder, `${String(++this.#written).padStart(6, '0')}.json`);
      writeFileSync(`${file}.new`, text);
      renameSync(`${file}.new`, file);
    }
  }
}
