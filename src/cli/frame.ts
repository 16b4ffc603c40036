/** What all commands have in common: global options, how they are read, and how their end becomes an exit code. */
import type { Command } from 'commander';

import { ProvisionerError, messageOf } from '../errors.ts';
import type { CliWorld, Cluster, Terminal } from './cli-world.ts';
import type { ConsoleReader } from './console/console-reader.ts';
import type { ExitCode } from './exit-codes.ts';
import { exitCodes } from './exit-codes.ts';
import { Given } from './given.ts';
import type { OutputFormat } from './listing.ts';
import { printable } from './printable.ts';

/** What a command works with. */
export interface Work {
  readonly world: CliWorld;
  readonly cluster: Cluster;
  readonly output: OutputFormat;
}

/** What a command works with that only looks, and by the console's eyes. */
export interface ConsoleWork {
  readonly world: CliWorld;
  readonly console: ConsoleReader;
  readonly output: OutputFormat;
}

/** A command that needs the cluster. */
export type Act = <T>(
  command: Command,
  /** Pure: says all that is wrong to `given`. */
  read: (given: Given) => T,
  run: (asked: T, work: Work) => Promise<ExitCode>,
  /** With `--console`; where it is absent, that is refused. */
  runByConsole?: (asked: T, work: ConsoleWork) => Promise<ExitCode>,
) => void;

/** @param done is told how the command that was run ended */
export function actIn(world: CliWorld, done: (code: ExitCode) => void): Act {
  return (command, read, run, runByConsole) => {
    leaveToGiven(command).action(async () => {
      const given = givenTo(command);
      const asked = read(given);
      const output = given.output();
      const flags = given.console();
      if (flags !== undefined && runByConsole === undefined) {
        given.wrong(`--console only shows: ${nameOf(command)} needs a kubeconfig and SSH to hosts`);
      }
      given.check();
      if (flags !== undefined && runByConsole !== undefined) {
        const console = await world.openConsole(flags);
        done(await runByConsole(asked, { world, console, output }));
        return;
      }
      const cluster = await world.connect(given.connection());
      try {
        done(await run(asked, { world, cluster, output }));
      } finally {
        await cluster.close();
      }
    });
  };
}

/** A command that talks to nothing. */
export function alone<T>(
  command: Command,
  read: (given: Given) => T,
  run: (asked: T, output: OutputFormat) => void,
): void {
  onceRead(
    command,
    (given) => ({ asked: read(given), output: given.output() }),
    ({ asked, output }) => {
      run(asked, output);
    },
  );
}

/** A command that opens for itself what it talks to, if it talks to anything. */
export function onceRead<T>(
  command: Command,
  /** Pure: says all that is wrong to `given`. */
  read: (given: Given) => T,
  run: (asked: T) => Promise<void> | void,
): void {
  leaveToGiven(command).action(async () => {
    const given = givenTo(command);
    const asked = read(given);
    given.check();
    await run(asked);
  });
}

/** So that all that is wrong is told at once. */
function leaveToGiven(command: Command): Command {
  return command.allowUnknownOption().allowExcessArguments();
}

/** As a person calls it: `trash restore`. */
export function nameOf(command: Command): string {
  const { parent } = command;
  return parent?.parent == null ? command.name() : `${nameOf(parent)} ${command.name()}`;
}

function givenTo(command: Command): Given {
  const own = [command, command.parent, command.parent?.parent].flatMap(
    (each) => each?.options.map(({ long }) => long ?? '') ?? [],
  );
  return new Given({ args: command.args, options: command.optsWithGlobals(), knownOptions: own });
}

/** For commands whose changes are to be agreed to. */
export function withConsent(command: Command): Command {
  return command
    .option('-y, --yes', 'do it without asking')
    .option('--dry-run', 'only show what would be done');
}

/** For commands that look at hosts. */
export function withPlaces(command: Command): Command {
  return command.option(
    '--parent <HOST:DATASET>',
    'look below this dataset too, which no StorageClass names (may be given several times)',
    (value: string, before: readonly string[] | undefined) => [...(before ?? []), value],
  );
}

export function addGlobalOptions(program: Command): Command {
  return program
    .option(
      '--kubeconfig <FILE>',
      'kubeconfig of the cluster (default: $KUBECONFIG, ~/.kube/config)',
    )
    .option('--context <NAME>', 'context of the kubeconfig')
    .option(
      '--instance <NAME>',
      'name of the provisioner, as StorageClasses have it (default: $ZFS_PROVISIONER_INSTANCE, pv.kubernetes.io/zfs)',
    )
    .option(
      '--console <URL>',
      "ask the provisioner's status page, such as http://localhost:8090, instead of cluster and hosts; only shows",
    )
    .option('--console-token-file <FILE>', 'its token (default: $ZFS_CONSOLE_TOKEN)')
    .option('-o, --output <FORMAT>', 'table, wide, json, yaml or name');
}

/** What is wrong with the command line, the environment or the kubeconfig; the rest has failed. */
const usageCodes: ReadonlySet<string> = new Set([
  'USAGE',
  'SETTINGS_INVALID',
  'KUBE_CONFIG_INVALID',
]);

/** Tells what was thrown, in one line; all problems of bad input in a line each. */
export function tellFailure(terminal: Terminal, thrown: unknown): ExitCode {
  const problems = problemsOf(thrown);
  if (problems.length > 1) {
    terminal.tell(`error: ${problems.length} problems:`);
    for (const problem of problems) terminal.tell(`  - ${printable(problem)}`);
  } else {
    terminal.tell(`error: ${lineOf(thrown)}`);
  }
  const isUsage = thrown instanceof ProvisionerError && usageCodes.has(thrown.code);
  return isUsage ? exitCodes.usage : exitCodes.failed;
}

/** One line, with the code that docs/errors.md explains. */
export function lineOf(thrown: unknown): string {
  const hasCode = thrown instanceof ProvisionerError && thrown.code !== 'USAGE';
  return `${printable(messageOf(thrown))}${hasCode ? ` (${thrown.code})` : ''}`;
}

function problemsOf(thrown: unknown): readonly string[] {
  if (!(thrown instanceof ProvisionerError) || !('problems' in thrown)) return [];
  return Array.isArray(thrown.problems) ? thrown.problems.map(String) : [];
}
