import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { spawn } from 'node:child_process';
// A deadline has to end the whole process group, for which ChildProcess has no method.
import { kill } from 'node:process';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { HostScript, ScriptResult, ScriptRunner, UnseenEnd } from './command.ts';
import { HostOutputError, HostUnreachableError, OutcomeUnknownError } from './command.ts';
import type { ExecObserver } from './exec-event.ts';
import { observeExec } from './exec-event.ts';
import type { OutputLimits } from './output-buffer.ts';
import { defaultOutputLimits, OutputBuffer } from './output-buffer.ts';
import { encodeScript } from './script-encoding.ts';

export interface LocalRunnerParts {
  readonly clock: Clock;
  readonly limits?: OutputLimits;
  /** The whole environment of the scripts; the provisioner's own, which may hold secrets, is not passed on. */
  readonly env?: Readonly<Record<string, string>>;
  readonly onExec?: ExecObserver;
}

const minimalEnv = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };

/** Runs scripts on the provisioner's own machine, in the same way and with the same promises as over SSH. */
export class LocalRunner implements ScriptRunner {
  readonly #parts: LocalRunnerParts;

  constructor(parts: LocalRunnerParts) {
    this.#parts = parts;
  }

  async run(host: string, script: HostScript, signal?: AbortSignal): Promise<ScriptResult> {
    signal?.throwIfAborted();
    const { clock, onExec } = this.#parts;
    const exec = { host, verb: script.verb, clock, waitedMs: 0, onExec };
    return await observeExec(exec, () => this.#spawn(host, script));
  }

  #spawn(host: string, script: HostScript): Promise<ScriptResult> {
    const { clock, limits = defaultOutputLimits, env = minimalEnv } = this.#parts;
    const { verb, timeoutMs } = script;
    const stdout = new OutputBuffer(limits.stdoutBytes);
    const stderr = new OutputBuffer(limits.stderrBytes);
    const { stdin } = encodeScript(script);
    return new Promise((resolve, reject) => {
      const child = startShell(host, verb, env);
      const settleWith = (settle: () => void): void => {
        deadline.cancel();
        settle();
      };
      const stop = (error: Error): void => {
        killGroup(child);
        settleWith(() => {
          reject(error);
        });
      };
      const deadline = clock.schedule(timeoutMs, () => {
        const seen = { stdout: stdout.text(), isLate: true };
        stop(unknownOutcome(host, verb, `it was not done after ${timeoutMs / 1000} s`, seen));
      });
      const collect = (buffer: OutputBuffer) => (chunk: Buffer) => {
        if (buffer.append(chunk)) return;
        stop(new HostOutputError(host, `${verb} printed more than is accepted and was stopped`));
      };
      child.stdout.on('data', collect(stdout));
      child.stderr.on('data', collect(stderr));
      child.on('error', (error) => {
        stop(neverStarted(host, verb, error));
      });
      child.on('close', (exitCode, killedBy) => {
        settleWith(() => {
          if (exitCode === null)
            reject(unknownOutcome(host, verb, `it was ended by ${killedBy ?? 'a signal'}`));
          else resolve({ exitCode, stdout: stdout.text(), stderr: stderr.text() });
        });
      });
      // A shell that ends before it has read everything closes its input; 'close' tells how it ended.
      child.stdin.on('error', () => undefined);
      child.stdin.end(stdin);
    });
  }
}

/** Of what can go wrong, Node throws one half at once and emits the other half. */
function startShell(
  host: string,
  verb: string,
  env: Readonly<Record<string, string>>,
): ChildProcessWithoutNullStreams {
  try {
    return spawn('sh', ['-s'], { detached: true, env });
  } catch (thrown) {
    throw neverStarted(host, verb, thrown);
  }
}

function neverStarted(host: string, verb: string, cause: unknown): HostUnreachableError {
  const message = `${verb} was not started on ${host}: ${messageOf(cause)}`;
  return new HostUnreachableError(host, message, { cause });
}

function unknownOutcome(
  host: string,
  verb: string,
  why: string,
  seen: UnseenEnd = {},
): OutcomeUnknownError {
  return new OutcomeUnknownError(host, `${verb} on ${host} has an unknown outcome: ${why}`, seen);
}

function killGroup(child: ChildProcessWithoutNullStreams): void {
  if (child.pid === undefined) return;
  try {
    kill(-child.pid, 'SIGKILL');
  } catch {
    // The group is gone already.
  }
}
