import { spawn } from 'node:child_process';

export interface CommandOptions {
  readonly stdin?: string;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Gets standard error as it comes, besides its being kept for the error. */
  readonly onStderr?: (text: string) => void;
}

/** A program ended with another code than 0, or could not be started. */
export class CommandError extends Error {
  readonly exitCode: number | null;
  readonly stderr: string;

  constructor(command: readonly string[], exitCode: number | null, stderr: string) {
    super(`${command.join(' ')} ended with ${exitCode ?? 'a signal'}: ${stderr.trim()}`);
    this.name = 'CommandError';
    this.exitCode = exitCode;
    this.stderr = stderr;
  }
}

/** Runs a program and resolves with its standard output. */
export function runCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      options.onStderr?.(text);
    });
    child.on('error', (error) => {
      reject(new CommandError([program, ...args], null, error.message));
    });
    child.on('close', (exitCode) => {
      if (exitCode === 0) resolve(stdout);
      else reject(new CommandError([program, ...args], exitCode, stderr));
    });
    child.stdin.on('error', () => undefined); // the program may end without reading it all
    child.stdin.end(options.stdin ?? '');
  });
}
