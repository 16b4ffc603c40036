/** Changes are shown, agreed to, and then made one by one. */
import type { Terminal } from './cli-world.ts';
import type { ExitCode } from './exit-codes.ts';
import { exitCodes } from './exit-codes.ts';
import { lineOf } from './frame.ts';
import type { Work } from './frame.ts';
import type { Given } from './given.ts';
import { isForPeople, print } from './listing.ts';
import { printable } from './printable.ts';
import { UsageError } from './usage-error.ts';

export interface Change {
  /** For programs: `restore`, `write-volume`, `destroy`, ... */
  readonly action: string;
  /** What it is done to, by the name that commands take. */
  readonly name: string;
  /** For people: what will be done to what, as an order. */
  readonly text: string;
  /** @returns what else to say of it */
  perform(signal: AbortSignal): Promise<string | undefined>;
}

export interface Consent {
  readonly yes: boolean;
  readonly dryRun: boolean;
}

export interface ChangePlan {
  readonly changes: readonly Change[];
  /** Each builds on the one before it: the first that fails is the last that is tried. */
  readonly areSteps: boolean;
  /** Said when there is nothing to change. */
  readonly nothing: string;
}

type State = 'planned' | 'done' | 'failed' | 'skipped';

interface Made {
  readonly change: Change;
  readonly state: State;
  readonly message: string | undefined;
}

export function consentOf(given: Given): Consent {
  return { yes: given.has('yes'), dryRun: given.has('dryRun') };
}

/** @throws UsageError when nobody is there to agree */
export async function carryOut(
  { world, output }: Work,
  { changes, areSteps, nothing }: ChangePlan,
  consent: Consent,
): Promise<ExitCode> {
  const { terminal, signal } = world;
  const say = (line: string): void => {
    if (isForPeople(output)) terminal.write(`${line}\n`);
    else terminal.tell(line);
  };
  if (changes.length === 0) terminal.tell(nothing);
  else showPlan(say, changes);
  if (consent.dryRun || changes.length === 0) {
    if (changes.length > 0) say('Nothing was changed (--dry-run).');
    report(
      output,
      terminal,
      changes.map((change) => ({ change, state: 'planned', message: undefined })),
    );
    return exitCodes.done;
  }
  if (!consent.yes && !(await isAgreed(terminal))) {
    terminal.tell('Nothing was changed.');
    return exitCodes.failed;
  }
  const made = await make(changes, { areSteps, say, signal, terminal });
  report(output, terminal, made);
  return made.every(({ state }) => state === 'done') ? exitCodes.done : exitCodes.failed;
}

function showPlan(say: (line: string) => void, changes: readonly Change[]): void {
  say('To be done:');
  for (const { text } of changes) say(`  - ${printable(text)}`);
}

async function isAgreed({ ask }: Terminal): Promise<boolean> {
  if (ask === undefined) {
    throw new UsageError([
      'nothing was changed: there is no terminal to ask at. Say --yes or --dry-run',
    ]);
  }
  return /^y(es)?$/i.test((await ask('Go on? [y/N] ')).trim());
}

interface Making {
  readonly areSteps: boolean;
  readonly say: (line: string) => void;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

async function make(
  changes: readonly Change[],
  { areSteps, say, terminal, signal }: Making,
): Promise<readonly Made[]> {
  const made: Made[] = [];
  for (const change of changes) {
    const isStopped = areSteps && made.some(({ state }) => state === 'failed');
    if (isStopped || signal.aborted) {
      made.push({ change, state: 'skipped', message: undefined });
      continue;
    }
    try {
      const message = await change.perform(signal);
      say(printable(`done: ${change.text}${message === undefined ? '' : ` (${message})`}`));
      made.push({ change, state: 'done', message });
    } catch (thrown) {
      const message = lineOf(thrown);
      terminal.tell(`failed: ${printable(change.text)}: ${message}`);
      made.push({ change, state: 'failed', message });
    }
  }
  return made;
}

/** People were told already. */
function report(output: Work['output'], terminal: Terminal, made: readonly Made[]): void {
  if (isForPeople(output)) return;
  const isNamed = ({ state }: Made): boolean => state === 'done' || state === 'planned';
  print(terminal, output, {
    items: output === 'name' ? made.filter(isNamed) : made,
    columns: [],
    fieldsOf: ({ change: { action, name, text }, state, message }) => ({
      ...{ action, name, text, state },
      ...(message !== undefined && { message }),
    }),
    nameOf: ({ change }) => change.name,
    empty: '',
  });
}
