import type { Command } from 'commander';

import { suggestion } from '../../volume/nearest.ts';
import { shown } from '../../volume/shown.ts';
import type { CliWorld } from '../cli-world.ts';
import type { ExitCode } from '../exit-codes.ts';
import { exitCodes } from '../exit-codes.ts';
import { alone } from '../frame.ts';
import type { Shell } from './shells.ts';
import { completionScripts, shells } from './shells.ts';

/** `completion`: what a shell reads to complete command lines. */
export function addCompletionCommand(
  program: Command,
  world: CliWorld,
  done: (code: ExitCode) => void,
): void {
  const command = program
    .command('completion')
    .description('print the script that completes command lines in a shell, or by kubectl')
    .usage(`${shells.join('|')} [options]`);
  alone(
    command,
    (given): Shell => {
      const word = given.word(`the shell, one of ${shells.join(', ')},`);
      const shell = shells.find((each) => each === word);
      if (word !== '' && shell === undefined) {
        given.wrong(
          `there is no script for ${shown(word)}: expected one of ${shells.join(', ')}${suggestion(word, shells)}`,
        );
      }
      return shell ?? 'bash';
    },
    (shell) => {
      world.terminal.write(completionScripts[shell]);
      done(exitCodes.done);
    },
  );
}
