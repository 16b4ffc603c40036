import type { Socket } from 'node:net';
import type { Client } from 'ssh2';
import type { Clock } from '../clock.ts';
import type { HostScript, ScriptResult } from './command.ts';
import type { OutputLimits } from './output-buffer.ts';
import { execScript } from './ssh-exec.ts';

/** An open way to one host, on which several scripts run at once. */
export interface HostConnection {
  /** False once it was closed or cut; it never opens again. */
  readonly isOpen: boolean;
  /** It takes no further scripts: commands that went on after their deadlines hold its sessions (MaxSessions of sshd). */
  readonly isSpent: boolean;
  /** Rejects as ScriptRunner.run does. */
  run(script: HostScript): Promise<ScriptResult>;
  /** Ends it at once; the outcome of what runs on it becomes unknown. */
  close(): void;
}

export interface SshConnectionParts {
  readonly host: string;
  readonly client: Client;
  readonly socket: Socket;
  readonly clock: Clock;
  readonly limits: OutputLimits;
  readonly requireTty: boolean;
  /** How long the host may take to answer at all, asked after it let a deadline pass. */
  readonly probeTimeoutMs: number;
}

/** With the six channels of the default these are nine of the ten sessions that sshd allows. */
const maxLeftBehind = 3;

/** A logged-in SSH connection. */
export class SshConnection implements HostConnection {
  readonly #parts: SshConnectionParts;
  #cutReason: string | undefined;
  #failure: string | undefined;
  #isProbed = false;
  #leftBehind = 0;
  #wasRefused = false;

  constructor(parts: SshConnectionParts) {
    this.#parts = parts;
    parts.client.on('error', (error) => {
      this.#failure ??= error.message;
    });
    // ssh2 emits this before it closes the channels, so these see the reason.
    parts.client.on('close', () => {
      this.#cutReason ??= this.#failure ?? 'the host closed it';
    });
  }

  get isOpen(): boolean {
    return (
      this.#cutReason === undefined && this.#parts.socket.writable && this.#parts.socket.readable
    );
  }

  get isSpent(): boolean {
    return this.#wasRefused || this.#leftBehind >= maxLeftBehind;
  }

  run(script: HostScript): Promise<ScriptResult> {
    const { host, client, clock, limits, requireTty } = this.#parts;
    return execScript(
      {
        host,
        client,
        clock,
        limits,
        requireTty,
        cutReason: () => this.#cutReason,
        onDeadline: () => {
          this.#leftBehind++;
          this.#probe();
        },
        onRefusal: () => {
          this.#wasRefused = true;
        },
      },
      script,
    );
  }

  close(): void {
    this.#drop('it was closed by the provisioner');
  }

  /**
   * Asks for an answer, and drops the connection when none comes: a host that lost its power looks like a
   * slow one until then. The request is one that every server answers (with a no), since it was never
   * granted; ssh2 offers no bare keepalive.
   */
  #probe(): void {
    if (this.#isProbed || !this.isOpen) return;
    this.#isProbed = true;
    const { client, clock, probeTimeoutMs } = this.#parts;
    const timer = clock.schedule(probeTimeoutMs, () => {
      this.#drop('the host does not answer');
    });
    client.unforwardIn('', 0, () => {
      timer.cancel();
      this.#isProbed = false;
    });
  }

  #drop(reason: string): void {
    this.#failure ??= reason;
    this.#parts.client.end();
    this.#parts.socket.destroy();
  }
}
