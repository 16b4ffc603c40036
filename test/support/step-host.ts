import { HostUnreachableError, OutcomeUnknownError } from '../../src/host/command.ts';
import type { HostScript, ScriptResult } from '../../src/host/command.ts';
import type { HostConnection } from '../../src/host/ssh-connection.ts';
import type { Dialer } from '../../src/host/storage-host.ts';

interface Pending<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

export const success: ScriptResult = { exitCode: 0, stdout: '', stderr: '' };

/** A connection whose scripts end when the test says so. */
export class StepConnection implements HostConnection {
  isOpen = true;
  isSpent = false;
  readonly running: (Pending<ScriptResult> & { readonly verb: string })[] = [];
  readonly scripts: HostScript[] = [];

  run(script: HostScript): Promise<ScriptResult> {
    const { verb } = script;
    this.scripts.push(script);
    return new Promise((resolve, reject) => this.running.push({ verb, resolve, reject }));
  }

  close(): void {
    this.isOpen = false;
    for (const each of this.running) each.reject(new OutcomeUnknownError('?', 'closed'));
  }
}

/** Dials that wait for the test. */
export class StepDialer implements Dialer {
  readonly dials: (Pending<HostConnection> & { readonly host: string })[] = [];

  dial(host: string, signal: AbortSignal): Promise<HostConnection> {
    return new Promise((resolve, reject) => {
      this.dials.push({ host, resolve, reject });
      signal.addEventListener('abort', () => {
        reject(new HostUnreachableError(host, 'aborted'));
      });
    });
  }
}
