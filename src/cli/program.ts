import { Command, CommanderError } from 'commander';

import type { CliWorld } from './cli-world.ts';
import type { ExitCode } from './exit-codes.ts';
import { exitCodes } from './exit-codes.ts';
import { actIn, addGlobalOptions, tellFailure } from './frame.ts';
import { addCompletionCommand } from './completion/command.ts';
import { complete } from './completion/complete.ts';
import { addExplainCommand } from './explain/command.ts';
import { addDoctorCommand } from './doctor/command.ts';
import { addDriftCommand } from './drift-command.ts';
import { addGuardCommands } from './guard-commands.ts';
import { addHostsCommand } from './hosts/command.ts';
import { addHostSetupCommand } from './host-setup/command.ts';
import { addHelpCommand } from './manual/help-command.ts';
import { addOrphanCommands } from './orphan-commands.ts';
import { addTrashCommands } from './trash-commands.ts';
import { addDescribeCommand } from './volumes/describe-command.ts';
import { addListCommand } from './volumes/list-command.ts';

const moreHelp = `
Exit codes: 0 done, or nothing found; 1 failed; 2 the command line, the environment or the kubeconfig is wrong;
3 something was found (with --exit-code).
Storage hosts are reached as the provisioner reaches them: by the same ZFS_* variables, with ~/.ssh as the
folder of key, known_hosts and config.
'kubectl zfs help COMMAND' shows more of a command, with examples.`;

/** The commands of `kubectl zfs`. */
export function createProgram(world: CliWorld, done: (code: ExitCode) => void): Command {
  const { terminal, version } = world;
  const program = new Command('kubectl-zfs')
    .description('Volumes of zfs-provisioner, and their datasets on the storage hosts')
    .version(version, '--version', 'print the version')
    .helpOption('-h, --help', 'print this')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => {
        terminal.write(text);
      },
      writeErr: (text) => {
        terminal.tell(text.trimEnd());
      },
      getOutHelpWidth: () => terminal.columns ?? 100,
      getErrHelpWidth: () => terminal.columns ?? 100,
      getOutHasColors: () => terminal.hasColour,
      getErrHasColors: () => terminal.hasColour,
    })
    .addHelpText('after', moreHelp);
  addGlobalOptions(program);
  const act = actIn(world, done);
  addListCommand(program, act);
  addDescribeCommand(program, act);
  addHostsCommand(program, act);
  addTrashCommands(program, act);
  addOrphanCommands(program, act);
  addDriftCommand(program, act);
  addGuardCommands(program, act);
  addDoctorCommand(program, world, done);
  addHostSetupCommand(program, world, done);
  addExplainCommand(program, world, done);
  addCompletionCommand(program, world, done);
  addHelpCommand(program, world, done);
  withoutOwnHelp(program);
  return program;
}

/** There is one `help`, which shows pages. */
function withoutOwnHelp(command: Command): void {
  command.helpCommand(false);
  command.commands.forEach(withoutOwnHelp);
}

/** Runs one command line, and tells what went wrong. Never throws. */
export async function runProgram(args: readonly string[], world: CliWorld): Promise<ExitCode> {
  let code: ExitCode = exitCodes.done;
  const program = createProgram(world, (ended) => {
    code = ended;
  });
  const [first, ...words] = args;
  try {
    // Not by commander, for which the words may be options and mistakes.
    if (first === '__complete') {
      await complete(program, words, world);
      return code;
    }
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (thrown) {
    // Commander has said what is wrong, or printed what was asked for.
    if (thrown instanceof CommanderError) {
      return thrown.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    }
    const failed = tellFailure(world.terminal, thrown);
    if (failed === exitCodes.usage) world.terminal.tell("See 'kubectl zfs --help'.");
    return failed;
  }
}
