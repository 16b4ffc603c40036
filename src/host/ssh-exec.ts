import type { Client, ClientChannel } from 'ssh2';
import type { Clock, Timer } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { HostError, HostScript, ScriptResult } from './command.ts';
import { HostOutputError, HostUnreachableError, OutcomeUnknownError } from './command.ts';
import type { OutputLimits } from './output-buffer.ts';
import { OutputBuffer } from './output-buffer.ts';
import { encodeScript, encodeTerminalScript } from './script-encoding.ts';

/** What an exec needs of the connection that it runs on. */
export interface ExecLine {
  readonly host: string;
  readonly client: Client;
  readonly clock: Clock;
  readonly limits: OutputLimits;
  readonly requireTty: boolean;
  /** Why the connection is gone, undefined while it stands. */
  cutReason(): string | undefined;
  /** The host let a deadline pass. What runs there goes on, and holds its session. */
  onDeadline(): void;
  /** The host opens no further session on this line. */
  onRefusal(): void;
}

/** Wide enough that nothing wraps; ECHO off (RFC 4254, 8). */
const terminal = { term: 'xterm', cols: 200, rows: 80, modes: { ECHO: 0 } } as const;

/**
 * Runs a script in a session of its own.
 *
 * The script is sent on standard input after the host has agreed to run the shell: until then it has
 * certainly not started. With a terminal it is part of the exec request, and may have started as soon as
 * that request was sent. It has ended when the host gave an exit code and closed the session; anything
 * else is an unknown outcome. node-ssh's own execCommand makes none of these differences.
 */
export function execScript(line: ExecLine, script: HostScript): Promise<ScriptResult> {
  return new Promise((resolve, reject) => {
    new SshExec(line, script, { resolve, reject }).start();
  });
}

interface Settle {
  readonly resolve: (result: ScriptResult) => void;
  readonly reject: (error: unknown) => void;
}

class SshExec {
  readonly #line: ExecLine;
  readonly #script: HostScript;
  readonly #settle: Settle;
  readonly #stdout: OutputBuffer;
  readonly #stderr: OutputBuffer;
  #deadline: Timer | undefined;
  #channel: ClientChannel | undefined;
  #mayHaveStarted = false;
  #isSettled = false;
  #exitCode: number | null = null;
  #exitSignal: string | undefined;
  #openStreams = 2;

  constructor(line: ExecLine, script: HostScript, settle: Settle) {
    this.#line = line;
    this.#script = script;
    this.#settle = settle;
    this.#stdout = new OutputBuffer(line.limits.stdoutBytes);
    this.#stderr = new OutputBuffer(line.limits.stderrBytes);
  }

  start(): void {
    const { client, clock, requireTty } = this.#line;
    const encoded = requireTty ? encodeTerminalScript(this.#script) : encodeScript(this.#script);
    this.#deadline = clock.schedule(this.#script.timeoutMs, () => {
      this.#passDeadline();
    });
    try {
      client.exec(
        encoded.command,
        requireTty ? { pty: terminal } : { pty: false },
        (error, channel) => {
          if (error === undefined) this.#send(channel, encoded.stdin);
          else this.#refuse(error);
        },
      );
      this.#mayHaveStarted ||= requireTty;
    } catch (thrown) {
      this.#fail(this.#neverStarted(messageOf(thrown), thrown));
    }
  }

  #send(channel: ClientChannel, stdin: string): void {
    if (this.#isSettled) {
      channel.close();
      return;
    }
    this.#channel = channel;
    this.#mayHaveStarted = true;
    channel.on('data', (chunk: Buffer) => {
      this.#collect(this.#stdout, chunk);
    });
    channel.stderr.on('data', (chunk: Buffer) => {
      this.#collect(this.#stderr, chunk);
    });
    channel.on('exit', (code: number | null, signal?: string) => {
      this.#exitCode = code;
      this.#exitSignal = signal;
    });
    channel.on('error', (error: Error) => {
      this.#fail(this.#unknown(error.message));
    });
    const onClose = (): void => {
      if (--this.#openStreams === 0) this.#end();
    };
    channel.on('close', onClose);
    channel.stderr.on('close', onClose);
    // Left open: ssh2 sends no signals on a channel whose input has ended.
    if (stdin !== '') channel.write(stdin);
  }

  /** The session was not opened, or its exec request not accepted. */
  #refuse(error: Error & { reason?: unknown }): void {
    const cutReason = this.#line.cutReason();
    if (typeof error.reason === 'number') {
      this.#line.onRefusal();
      const hint = `lower ZFS_SSH_CHANNELS below its sshd's MaxSessions`;
      this.#fail(
        this.#neverStarted(`it refused another session (${error.message}); ${hint}`, error),
      );
    } else if (cutReason === undefined) {
      this.#fail(this.#neverStarted(`it refused to run a command (${error.message})`, error));
    } else if (this.#line.requireTty && error.message === 'Unable to exec') {
      this.#fail(this.#unknown(`the line was cut (${cutReason})`));
    } else {
      this.#fail(this.#neverStarted(`the line was cut before (${cutReason})`, error));
    }
  }

  #collect(buffer: OutputBuffer, chunk: Buffer): void {
    if (this.#isSettled || buffer.append(chunk)) return;
    const { host, limits } = this.#line;
    const limit = buffer === this.#stdout ? limits.stdoutBytes : limits.stderrBytes;
    const said = `${this.#script.verb} on ${host} printed more than ${limit} bytes and was stopped`;
    this.#fail(new HostOutputError(host, `${said}; look at what the command prints there`));
    this.#kill();
  }

  #end(): void {
    const cutReason = this.#line.cutReason();
    if (cutReason !== undefined) {
      this.#fail(this.#unknown(`the line was cut (${cutReason})`));
    } else if (this.#exitCode === null) {
      const why =
        this.#exitSignal === undefined ? 'without an exit code' : `by ${this.#exitSignal}`;
      this.#fail(this.#unknown(`it was ended ${why}`));
    } else {
      this.#succeed(this.#exitCode);
    }
  }

  #succeed(exitCode: number): void {
    if (!this.#finish()) return;
    const stdout = this.#stdout.text();
    if (this.#line.requireTty) {
      const both = stdout.replaceAll('\r\n', '\n');
      this.#settle.resolve({ exitCode, stdout: both, stderr: both });
    } else {
      this.#settle.resolve({ exitCode, stdout, stderr: this.#stderr.text() });
    }
  }

  #passDeadline(): void {
    const seconds = this.#script.timeoutMs / 1000;
    this.#fail(
      this.#mayHaveStarted
        ? this.#unknown(`it was not done after ${seconds} s`, true)
        : this.#neverStarted(`it opened no session within ${seconds} s`),
    );
    // Not killed: a script that ends half way leaves more to mend, and a zfs that hangs cannot be killed.
    this.#channel?.close();
    this.#line.onDeadline();
  }

  /** As good as can be: OpenSSH delivers signals only where the user is not root (seen with 9.2). */
  #kill(): void {
    this.#channel?.signal('KILL');
    this.#channel?.close();
  }

  #fail(error: HostError): void {
    if (this.#finish()) this.#settle.reject(error);
  }

  #finish(): boolean {
    if (this.#isSettled) return false;
    this.#isSettled = true;
    this.#deadline?.cancel();
    return true;
  }

  #neverStarted(why: string, cause?: unknown): HostUnreachableError {
    const { host } = this.#line;
    return new HostUnreachableError(
      host,
      `${this.#script.verb} was not started on ${host}: ${why}`,
      { cause },
    );
  }

  #unknown(why: string, isLate = false): OutcomeUnknownError {
    const { host } = this.#line;
    return new OutcomeUnknownError(
      host,
      `${this.#script.verb} on ${host} has an unknown outcome: ${why}`,
      { stdout: this.#stdout.text(), isLate },
    );
  }
}
