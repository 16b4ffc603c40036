import type { Command } from 'commander';

import { systemClock } from '../../clock.ts';
import { InvariantError } from '../../errors.ts';
import { nameOf } from '../frame.ts';
import { createProgram } from '../program.ts';

const nothing = (): void => undefined;
const refused = (): Promise<never> =>
  Promise.reject(new InvariantError('an outline of the commands runs none of them'));

/** All commands that do something themselves, for who only wants to know them. */
export function outlinedCommands(): readonly Command[] {
  const terminal = { write: nothing, tell: nothing, columns: 100, hasColour: false };
  const program = createProgram(
    {
      ...{ version: '', clock: systemClock, signal: new AbortController().signal },
      terminal: { ...terminal, ask: undefined },
      ...{ connect: refused, consult: refused, openConsole: refused },
    },
    nothing,
  );
  return leavesOf(program).toSorted((a, b) => nameOf(a).localeCompare(nameOf(b)));
}

function leavesOf(command: Command): readonly Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf);
}
