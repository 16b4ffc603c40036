import type { HostScript } from './command.ts';
import { quote } from './quote.ts';

/** What a host is asked to run, and what its shell then reads. */
export interface EncodedScript {
  readonly command: string;
  readonly stdin: string;
}

/**
 * The normal way: the command is a constant that every login shell understands, and the POSIX shell
 * that it starts reads the script from standard input.
 * @throws InvariantError when a parameter holds a NUL character
 */
export function encodeScript(script: HostScript): EncodedScript {
  return { command: 'sh -s', stdin: `${shellText(script)}\n` };
}

/**
 * The way through a terminal, which would echo and edit its input: everything is in the command.
 * The login shell has to be a POSIX one here (csh cannot quote line ends).
 * @throws InvariantError when a parameter holds a NUL character
 */
export function encodeTerminalScript(script: HostScript): EncodedScript {
  return { command: `sh -c ${quote(shellText(script))}`, stdin: '' };
}

/**
 * A shell parses a group to its closing brace before it runs any of it, so a text that was cut
 * anywhere inside does nothing. Commands in the group read /dev/null, not the rest of the text; `exit`
 * ends the shell while its input is still open.
 */
function shellText(script: HostScript): string {
  const parameters = script.parameters.map((parameter) => ` ${quote(parameter)}`).join('');
  return `{ set --${parameters}\n${script.script}\n} </dev/null; exit`;
}
