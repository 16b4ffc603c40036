import type { Command, Option } from 'commander';

import { nameOf } from '../frame.ts';
import { wrapped } from '../wrapped.ts';
import type { ManualPage } from './manual-page.ts';
import { environment, everyExitCode } from './manual-page.ts';

/** A page as `man` would show it, no wider than that. Pure. */
export function manualText(command: Command, page: ManualPage, width: number): string {
  const name = nameOf(command);
  const indented = (text: string, indent: number): string =>
    wrapped(text, width - indent)
      .map((line) => `${' '.repeat(indent)}${line}`)
      .join('\n');
  const item = (term: string, text: string): string =>
    `${' '.repeat(4)}${term}\n${indented(text, 8)}`;
  const section = (head: string, parts: readonly string[], between = '\n'): string[] =>
    parts.length === 0 ? [] : [`${head}\n${parts.join(between)}\n`];
  const options = (shown: readonly Option[]): string[] =>
    shown.map(({ flags, description }) => item(flags, description));
  return [
    ...section('NAME', [indented(`kubectl zfs ${name} - ${command.description()}`, 4)]),
    ...section('SYNOPSIS', [indented(`kubectl zfs ${name} ${command.usage()}`, 4)]),
    ...section(
      'DESCRIPTION',
      page.description.map((text) => indented(text, 4)),
      '\n\n',
    ),
    ...section('OPTIONS', options(ownOptions(command))),
    ...section('OPTIONS OF ALL COMMANDS', options(programOf(command).options.filter(isShown))),
    ...section(
      'EXAMPLES',
      page.examples.map(({ what, line }) => `    kubectl zfs ${line}\n${indented(what, 8)}`),
    ),
    ...section(
      'EXIT CODES',
      exitCodesOf(page).map(([code, meaning]) => item(String(code), meaning)),
    ),
    ...section(
      'ENVIRONMENT',
      environment.map(([variable, meaning]) => item(variable, meaning)),
    ),
    ...section(
      'SEE ALSO',
      (page.seeAlso ?? []).length === 0 ? [] : [indented((page.seeAlso ?? []).join(', '), 4)],
    ),
  ].join('\n');
}

/** Those of all commands, and what they mean here besides. */
function exitCodesOf({ exitCodes = [] }: ManualPage): readonly (readonly [number, string])[] {
  const special = new Map(exitCodes);
  const usual = everyExitCode.map(([code, meaning]): [number, string] => {
    const here = special.get(code);
    return [code, here === undefined ? meaning : `${here}; ${meaning}`];
  });
  const more = exitCodes.filter(([code]) => everyExitCode.every(([known]) => known !== code));
  return [...usual, ...more];
}

/** Without those that all commands have. */
export function ownOptions(command: Command): readonly Option[] {
  return command.options.filter(isShown);
}

export function programOf(command: Command): Command {
  return command.parent === null ? command : programOf(command.parent);
}

function isShown({ hidden }: Option): boolean {
  return !hidden;
}
