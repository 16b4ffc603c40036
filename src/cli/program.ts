import { Command, CommanderError } from 'commander';

import type { CliWorld } from './cli-world.ts';
import type { ExitCode } from './exit-codes.ts';
import { exitCodes } from './exit-codes.ts';
import { actIn, addGlobalOptions, tellFailure } from './frame.ts';
import { addDriftCommand } from './drift-command.ts';
import { addGuardCommands } from './guard-commands.ts';
import { addHostSetupCommand } from './host-setup/command.ts';
import { addOrphanCommands } from './orphan-commands.ts';
import { addTrashCommands } from './trash-commands.ts';

const exitCodesHelp = `
Exit codes: 0 done, or nothing found; 1 failed; 2 the command line, the environment or the kubeconfig is wrong;
3 something was found (with --exit-code).
Storage hosts are reached as the provisioner reaches them: by the same ZFS_* variables, with ~/.ssh as the
folder of key, known_hosts and config.`;

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
    .addHelpText('after', exitCodesHelp);
  addGlobalOptions(program);
  const act = actIn(world, done);
  addTrashCommands(program, act);
  addOrphanCommands(program, act);
  addDriftCommand(program, act);
  addGuardCommands(program, act);
  addHostSetupCommand(program, world, done);
  return program;
}

/** Runs one command line, and tells what went wrong. Never throws. */
export async function runProgram(args: readonly string[], world: CliWorld): Promise<ExitCode> {
  let code: ExitCode = exitCodes.done;
  const program = createProgram(world, (ended) => {
    code = ended;
  });
  try {
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
