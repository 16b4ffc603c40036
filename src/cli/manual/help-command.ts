import type { Command } from 'commander';

import { suggestion } from '../../volume/nearest.ts';
import { shown } from '../../volume/shown.ts';
import type { CliWorld } from '../cli-world.ts';
import type { ExitCode } from '../exit-codes.ts';
import { exitCodes } from '../exit-codes.ts';
import { alone, nameOf } from '../frame.ts';
import { UsageError } from '../usage-error.ts';
import { manualPages } from './manual-pages.ts';
import { manualText } from './manual-text.ts';

/** Lines that are longer are hard to read. */
const maxWidth = 100;

/** `help`: the page of a command. */
export function addHelpCommand(
  program: Command,
  world: CliWorld,
  done: (code: ExitCode) => void,
): void {
  const command = program
    .command('help')
    .description('show the page of a command: options, examples, exit codes')
    .usage('[COMMAND...] [options]');
  alone(
    command,
    (given) => given.words(),
    (words) => {
      const asked = named(program, words);
      const page = manualPages[nameOf(asked)];
      const width = Math.min(world.terminal.columns ?? maxWidth, maxWidth);
      const text =
        asked === program || page === undefined
          ? asked.helpInformation()
          : manualText(asked, page, width);
      world.terminal.write(text);
      done(exitCodes.done);
    },
  );
}

function named(above: Command, [word, ...rest]: readonly string[]): Command {
  if (word === undefined) return above;
  const known = above.commands.filter(
    (each) => each.name() === word || each.aliases().includes(word),
  );
  const [found] = known;
  if (found !== undefined) return named(found, rest);
  const names = above.commands.map((each) => each.name());
  throw new UsageError([
    `there is no command ${shown(word)}${suggestion(word, names)}: expected ${names.join(', ') || 'none'}`,
  ]);
}
