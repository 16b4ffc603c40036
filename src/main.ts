// Reads the process, builds the app, and turns how it ended into an exit code: 0 stopped as asked,
// 1 failed, 2 the settings are wrong.
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';

import { runApp } from './app.ts';
import { systemClock } from './clock.ts';
import { parseSettings, SettingsError } from './settings/settings.ts';
import type { Settings } from './settings/settings.ts';
import { createLogger } from './telemetry/logger.ts';

/** Defined by the bundler. */
declare const VERSION: string | undefined;

const namespaceFile = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';

const version = typeof VERSION === 'string' ? VERSION : 'development';

async function main(): Promise<number> {
  if (process.argv[2] === '--version') {
    process.stdout.write(`${version}\n`);
    return 0;
  }
  keepMemoryOutOfCoreDumps();
  const settings = readSettings();
  if (settings === undefined) return 2;
  const log = createLogger({
    level: settings.logLevel,
    clock: systemClock,
    secrets: [settings.ssh.keyPassphrase, settings.console?.token].filter(
      (secret) => secret !== undefined,
    ),
  });
  // Nobody knows what is half done: what is started anew reads the world again.
  const dieOf =
    (origin: string) =>
    (error: unknown): never => {
      // Anything may be thrown, also nothing; a line that did not say so would not say why.
      log.fatal({ err: error ?? String(error), code: 'BUG', origin }, 'process failed');
      process.exit(1);
    };
  process.on('uncaughtException', dieOf('uncaught exception'));
  process.on('unhandledRejection', dieOf('unhandled rejection'));

  const stopping = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info({ signal }, 'stopping');
      stopping.abort(new Error(`received ${signal}`));
    });
  }
  const parts = {
    settings,
    log,
    clock: systemClock,
    random: Math.random,
    nonce: () => randomBytes(8).toString('hex'),
    version,
    identity: `${hostname()}_${randomUUID()}`,
  };
  try {
    await runApp(parts, stopping.signal);
    log.info({}, 'stopped');
    return 0;
  } catch (error) {
    log.fatal({ err: error }, 'process failed');
    return 1;
  }
}

/** They would hold keys and tokens. core(5); where /proc cannot be written, a limit has to do (docs/security.md). */
function keepMemoryOutOfCoreDumps(): void {
  try {
    writeFileSync('/proc/self/coredump_filter', '0');
  } catch {
    // No Linux, or no right to.
  }
}

function readSettings(): Settings | undefined {
  try {
    return parseSettings(process.env, { serviceAccountNamespace: readNamespace() });
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`zfs-provisioner: the settings are wrong:\n`);
    for (const problem of error.problems) process.stderr.write(`  - ${problem}\n`);
    process.stderr.write('All settings are described in docs/settings.md.\n');
    return undefined;
  }
}

function readNamespace(): string | undefined {
  try {
    return readFileSync(namespaceFile, 'utf8');
  } catch {
    return undefined;
  }
}

void main().then((exitCode) => {
  process.exit(exitCode);
});
