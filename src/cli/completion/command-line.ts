import type { Command, Option } from 'commander';

/** A command line up to where a person asks how it may go on. */
export interface UnfinishedLine {
  readonly command: Command;
  /** Names that were given to the command. */
  readonly names: readonly string[];
  /** Values of options that were given, by long name without dashes. */
  readonly values: ReadonlyMap<string, string>;
  /** The option whose value is being written. */
  readonly option: Option | undefined;
  /** What stands before the value in the same word: `--sort=`. */
  readonly before: string;
  /** What is written of it so far. */
  readonly begun: string;
}

/** Pure: as commander would read the words. The last word is the one that is being written. */
export function readLine(program: Command, words: readonly string[]): UnfinishedLine {
  const { command, open, names, values } = readWords(program, words.slice(0, -1));
  const rest = { command, names, values };
  const begun = words.at(-1) ?? '';
  if (open !== undefined) return { ...rest, option: open, before: '', begun };
  const [, flag = '', value = ''] = /^(--[^=]+)=(.*)$/s.exec(begun) ?? [];
  const option = flag === '' ? undefined : optionOf(command, flag);
  return option === undefined
    ? { ...rest, option, before: '', begun }
    : { ...rest, option, before: `${flag}=`, begun: value };
}

interface Reading {
  command: Command;
  readonly names: string[];
  readonly values: Map<string, string>;
  /** Its value is the next word. */
  open: Option | undefined;
}

function readWords(program: Command, words: readonly string[]): Reading {
  const reading: Reading = { command: program, names: [], values: new Map(), open: undefined };
  for (const word of words) {
    if (reading.open !== undefined) {
      reading.values.set(longName(reading.open), word);
      reading.open = undefined;
    } else if (word.startsWith('-')) readOption(reading, word);
    else readName(reading, word);
  }
  return reading;
}

function readOption(reading: Reading, word: string): void {
  const [flag = '', value] = word.split(/=(.*)/s, 2);
  const option = optionOf(reading.command, flag);
  if (option?.required !== true) return;
  if (value === undefined) reading.open = option;
  else reading.values.set(longName(option), value);
}

function readName(reading: Reading, word: string): void {
  const { command, names } = reading;
  const below = names.length === 0 ? subcommandOf(command, word) : undefined;
  if (below === undefined) names.push(word);
  else reading.command = below;
}

/** Of the command and of those above it. */
export function optionsOf(command: Command): readonly Option[] {
  const own = command.options.filter(({ hidden }) => !hidden);
  return command.parent === null ? own : [...own, ...optionsOf(command.parent)];
}

function optionOf(command: Command, flag: string): Option | undefined {
  return optionsOf(command).find(({ short, long }) => flag === short || flag === long);
}

function subcommandOf(command: Command, word: string): Command | undefined {
  return command.commands.find((each) => each.name() === word || each.aliases().includes(word));
}

export function longName({ long }: Option): string {
  return (long ?? '').replace(/^--/, '');
}
