import type { Command } from 'commander';

import { repairableKinds } from '../../volume/drift-kinds.ts';
import { errorMeanings } from '../explain/error-meanings.ts';
import { nameOf } from '../frame.ts';
import { operatingSystems } from '../host-setup/host-plan.ts';
import { parts } from '../host-setup/options.ts';
import { waysToRights } from '../host-setup/steps.ts';
import { outputFormats } from '../listing.ts';
import { sortKeys } from '../volumes/volume-list.ts';
import type { UnfinishedLine } from './command-line.ts';
import { longName, optionsOf } from './command-line.ts';
import { shells } from './shells.ts';

/** How a word may go on. */
export interface Candidate {
  readonly word: string;
  /** Shown beside it, where the shell does that. */
  readonly about: string;
}

/** Names that only the cluster, or its hosts, know. */
export type NameKind =
  | 'claim'
  | 'volume'
  | 'claim-or-volume'
  | 'trash'
  | 'orphan'
  | 'held'
  | 'namespace'
  | 'host'
  | 'class';

const fixedValues: Readonly<Record<string, readonly string[]>> = {
  output: outputFormats,
  sort: sortKeys.flatMap((key) => [key, `-${key}`]),
  repair: repairableKinds,
  os: operatingSystems,
  rights: waysToRights,
  print: parts,
};

const valueKinds: Readonly<Record<string, NameKind>> = {
  namespace: 'namespace',
  host: 'host',
  class: 'class',
  claim: 'claim',
};

const nameKinds: Readonly<Record<string, NameKind>> = {
  describe: 'claim-or-volume',
  drift: 'volume',
  'trash restore': 'trash',
  'trash empty': 'trash',
  adopt: 'orphan',
  'guard release': 'held',
};

/** Those of them that take one name only. */
const takesOne: ReadonlySet<string> = new Set(['describe', 'trash restore', 'adopt']);

/** Which names the cluster is to be asked for; undefined: none. */
export function askedNames({
  command,
  option,
  names,
  begun,
}: UnfinishedLine): NameKind | undefined {
  if (option !== undefined) return valueKinds[longName(option)];
  if (begun.startsWith('-')) return undefined;
  const name = nameOf(command);
  return takesOne.has(name) && names.length > 0 ? undefined : nameKinds[name];
}

/** What can be said without asking anybody. Pure. */
export function fixedCandidates(line: UnfinishedLine): readonly Candidate[] {
  const { command, option, begun } = line;
  if (option !== undefined) return plain(fixedValues[longName(option)] ?? []);
  if (begun.startsWith('-')) {
    return optionsOf(command).map(({ long, short, description }) => ({
      word: long ?? short ?? '',
      about: description,
    }));
  }
  if (command.commands.length > 0 && line.names.length === 0) return commandsOf(command);
  return wordsOf(line);
}

function wordsOf({ command, names }: UnfinishedLine): readonly Candidate[] {
  switch (nameOf(command)) {
    case 'explain':
      return errorMeanings.map(({ code, meaning }) => ({ word: code, about: meaning }));
    case 'completion':
      return names.length > 0 ? [] : plain(shells);
    case 'help':
      return commandsOf(below(command.parent, names));
    default:
      return [];
  }
}

/** The command that words name, as far as they do. */
function below(command: Command | null, names: readonly string[]): Command | null {
  const [name, ...rest] = names;
  if (name === undefined) return command;
  return below(command?.commands.find((each) => each.name() === name) ?? null, rest);
}

function commandsOf(command: Command | null): readonly Candidate[] {
  const seen = command?.createHelp().visibleCommands(command) ?? [];
  return seen.map((each) => ({ word: each.name(), about: each.description() }));
}

function plain(words: readonly string[]): readonly Candidate[] {
  return words.map((word) => ({ word, about: '' }));
}
