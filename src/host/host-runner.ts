import type { HostScript, ScriptResult, ScriptRunner } from './command.ts';

const localNames = new Set(['', 'localhost', '127.0.0.1', '::1']);

/** Whether a class's host means the machine that the provisioner runs on. */
export function isLocalHost(host: string): boolean {
  return localNames.has(host.toLowerCase());
}

export interface HostRunnerParts {
  readonly local: ScriptRunner;
  readonly remote: ScriptRunner;
  /** ZFS_EXEC_LOCAL: every host is this machine. */
  readonly everyHostIsLocal: boolean;
}

/** Runs scripts here or over SSH. Whether a host may be talked to at all was decided by the caller. */
export class HostRunner implements ScriptRunner {
  readonly #parts: HostRunnerParts;

  constructor(parts: HostRunnerParts) {
    this.#parts = parts;
  }

  run(host: string, script: HostScript, signal?: AbortSignal): Promise<ScriptResult> {
    const { local, remote, everyHostIsLocal } = this.#parts;
    return (everyHostIsLocal || isLocalHost(host) ? local : remote).run(host, script, signal);
  }
}
