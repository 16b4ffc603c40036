#!/usr/bin/env node
// `kubectl zfs`: reads the process, runs one command of the administrator, and turns how it ended into an exit
// code (cli/exit-codes.ts).
import { randomBytes } from 'node:crypto';
import { homedir } from 'node:os';
import { createInterface } from 'node:readline/promises';

import type { Terminal } from './cli/cli-world.ts';
import type { ExitCode } from './cli/exit-codes.ts';
import { runProgram } from './cli/program.ts';
import { systemClock } from './clock.ts';

/** Defined by the bundler. */
declare const VERSION: string | undefined;

const { argv, env, stdin, stdout, stderr } = process;

const terminal: Terminal = {
  write: (text) => {
    stdout.write(text);
  },
  tell: (line) => {
    stderr.write(`${line}\n`);
  },
  columns: stdout.isTTY ? stdout.columns : undefined,
  hasColour: stdout.isTTY && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb',
  ask: stdin.isTTY && stderr.isTTY ? ask : undefined,
};

async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: stdin, output: stderr });
  try {
    return await lines.question(question, { signal: interrupted.signal });
  } finally {
    lines.close();
  }
}

const interrupted = new AbortController();
// A second signal ends the process at once.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    interrupted.abort(new Error(`interrupted by ${signal}`));
  });
}

// `kubectl zfs ... | head` is no failure.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

async function main(): Promise<ExitCode> {
  const version = typeof VERSION === 'string' ? VERSION : 'development';
  const parts = {
    ...{ env, version },
    home: homedir(),
    clock: systemClock,
    random: Math.random,
    nonce: () => randomBytes(8).toString('hex'),
    signal: interrupted.signal,
    warn: (warning: string) => {
      terminal.tell(`note: ${warning}`);
    },
  };
  const { clock, signal } = parts;
  return runProgram(argv.slice(2), {
    ...{ version, terminal, clock, signal },
    // Only what is used is loaded: completion and help are asked for at every press of a key.
    connect: async (flags) => (await import('./app-cli.ts')).connectCluster(parts, flags),
    consult: async (flags) => (await import('./app-doctor.ts')).consultCluster(parts, flags),
    openConsole: async (flags) => {
      const { openHttpConsole } = await import('./cli/console/http-console.ts');
      return openHttpConsole(flags, { fetch, clock, env, warn: parts.warn });
    },
  });
}

void main().then((exitCode) => {
  // What was written goes out first.
  stdout.write('', () => {
    process.exit(exitCode);
  });
});
