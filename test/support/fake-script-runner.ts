import { spawn } from 'node:child_process';
import type { HostScript, ScriptResult, ScriptRunner } from '../../src/host/command.ts';

/** Answers each script with what the test says, and keeps what was asked. */
export class FakeScriptRunner implements ScriptRunner {
  readonly ran: { readonly host: string; readonly script: HostScript }[] = [];
  readonly #answer: (script: HostScript) => ScriptResult;

  constructor(answer: (script: HostScript) => ScriptResult) {
    this.#answer = answer;
  }

  run(host: string, script: HostScript): Promise<ScriptResult> {
    this.ran.push({ host, script });
    return Promise.resolve(this.#answer(script));
  }
}

/** Runs scripts on this machine, as a storage host does: `sh -s`, the script on standard input. */
export class ShellScriptRunner implements ScriptRunner {
  readonly #shell: readonly string[];
  readonly #env: Readonly<Record<string, string>>;

  constructor(shell: readonly string[] = ['sh'], env: Readonly<Record<string, string>> = {}) {
    this.#shell = shell;
    this.#env = env;
  }

  run(_host: string, script: HostScript): Promise<ScriptResult> {
    return this.pipe(transmission(script));
  }

  /** Runs what arrives on standard input, whole or cut. */
  pipe(input: string): Promise<ScriptResult> {
    const [program = 'sh', ...options] = this.#shell;
    return new Promise((resolve, reject) => {
      const child = spawn(program, [...options, '-s'], {
        env: { PATH: '/usr/bin:/bin', ...this.#env },
        // A group of its own, which fake-zfs.sh can kill.
        detached: true,
      });
      let stdout = '';
      let stderr = '';
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
      child.on('error', reject);
      child.on('close', (exitCode) => {
        resolve({ exitCode: exitCode ?? 255, stdout, stderr });
      });
      // A shell that ends before it has read everything is no failure of the test.
      child.stdin.on('error', () => undefined);
      child.stdin.end(input);
    });
  }
}

/** What is sent for a script: its parameters in front of it. */
export function transmission(script: HostScript): string {
  const words = script.parameters.map((word) => ` '${word.replaceAll("'", `'\\''`)}'`);
  return `set --${words.join('')}\n${script.script}`;
}
