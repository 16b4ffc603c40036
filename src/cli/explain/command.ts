import type { Command } from 'commander';

import type { Retry } from '../../errors.ts';
import { nearest } from '../../volume/nearest.ts';
import { shown } from '../../volume/shown.ts';
import type { CliWorld } from '../cli-world.ts';
import type { ExitCode } from '../exit-codes.ts';
import { exitCodes } from '../exit-codes.ts';
import { alone } from '../frame.ts';
import type { OutputFormat } from '../listing.ts';
import { documentOf, print } from '../listing.ts';
import { UsageError } from '../usage-error.ts';
import { wrapped } from '../wrapped.ts';
import type { Advice } from './advice.ts';
import { errorAdvice } from './error-advice.ts';
import type { ErrorMeaning } from './error-meanings.ts';
import { errorMeanings } from './error-meanings.ts';

const repeated: Readonly<Record<Retry, string>> = {
  backoff: 'after 0.5 s, then with doubling delays up to 5 minutes',
  slow: 'after 30 s, then with doubling delays up to 10 minutes',
  'on-change':
    'as soon as the claim, its class or the volume changes, and every 15 minutes all the same',
};

/** `explain`: what an error means, where it comes from, and what to do. Talks to nothing. */
export function addExplainCommand(
  program: Command,
  world: CliWorld,
  done: (code: ExitCode) => void,
): void {
  const command = program
    .command('explain')
    .description('explain an error by its code, as events, logs and metrics have it')
    .usage('[ERROR_CODE] [options]');
  alone(
    command,
    (given) => given.words(),
    (words, output) => {
      done(explain(words, output, world));
    },
  );
}

interface Explanation extends ErrorMeaning, Advice {
  /** When the provisioner tries again. */
  readonly repeated: string;
}

function explain(words: readonly string[], output: OutputFormat, world: CliWorld): ExitCode {
  const { terminal } = world;
  if (words.length === 0) {
    print(terminal, output, {
      items: errorMeanings,
      columns: [
        { header: 'CODE', of: ({ code }) => code },
        { header: 'REPEATED', of: ({ retry }) => retry, yields: 1 },
        { header: 'MEANING', of: ({ meaning }) => meaning, yields: 2, cutAt: 'end' },
      ],
      fieldsOf: explanationOf,
      nameOf: ({ code }) => code,
      empty: '',
    });
    return exitCodes.done;
  }
  const explained = words.map(explanationFor);
  if (output === 'name') for (const { code } of explained) terminal.write(`${code}\n`);
  else if (output === 'json' || output === 'yaml') {
    terminal.write(documentOf({ items: explained }, output));
  } else {
    const width = Math.min(terminal.columns ?? 100, 100);
    terminal.write(explained.map((each) => textOf(each, width)).join('\n'));
  }
  return exitCodes.done;
}

/** Codes are found however they are written: `host-key`, `(HOST_KEY)`. */
function explanationFor(word: string): Explanation {
  const wanted = word
    .toUpperCase()
    .replaceAll('-', '_')
    .replaceAll(/[^A-Z_]/g, '');
  const found = errorMeanings.find(({ code }) => code === wanted);
  if (found !== undefined) return explanationOf(found);
  const codes = errorMeanings.map(({ code }) => code);
  const meant = nearest(wanted, codes) ?? codes.find((code) => isPartOf(wanted, code));
  throw new UsageError([
    `there is no error ${shown(word)}${meant === undefined ? '' : ` (did you mean ${meant}?)`}: kubectl zfs explain lists all`,
  ]);
}

function isPartOf(wanted: string, code: string): boolean {
  return wanted.length > 2 && code.includes(wanted);
}

function explanationOf(error: ErrorMeaning): Explanation {
  const advice = errorAdvice[error.code] ?? { cause: 'Not known.', remedy: [] };
  return { ...error, repeated: repeated[error.retry], ...advice };
}

function textOf({ code, meaning, cause, remedy, ...rest }: Explanation, width: number): string {
  const part = (head: string, text: string): string => {
    const [first = '', ...others] = wrapped(text, width - 12);
    return [`${head.padEnd(12)}${first}`, ...others.map((line) => ' '.repeat(12) + line)].join(
      '\n',
    );
  };
  const isOne = remedy.length === 1;
  return `${[
    code,
    part('  Meaning', meaning),
    part('  Cause', cause),
    ...remedy.map((step, at) => part(at === 0 ? '  To do' : '', `${isOne ? '' : '- '}${step}`)),
    part('  Repeated', `${rest.repeated}.`),
  ].join('\n')}\n`;
}
