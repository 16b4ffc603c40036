import type { Command } from 'commander';

import type { CliWorld } from '../cli-world.ts';
import { printable } from '../printable.ts';
import type { Candidate, NameKind } from './candidates.ts';
import { askedNames, fixedCandidates } from './candidates.ts';
import type { UnfinishedLine } from './command-line.ts';
import { readLine } from './command-line.ts';
import { knownNames } from './known-names.ts';

/** A person who waits for the rest of a word waits no longer. */
const patienceMs = 5_000;

/**
 * Prints how a command line may go on: one word a line, and after a tab what it is. For shells, which call it at
 * every press of the key: whatever goes wrong is not told, and there is no suggestion then.
 */
export async function complete(
  program: Command,
  words: readonly string[],
  world: CliWorld,
): Promise<void> {
  const line = readLine(program, words);
  const kind = askedNames(line);
  const found = kind === undefined ? fixedCandidates(line) : await askFor(kind, line, world);
  const fitting = found.filter(({ word }) => word.startsWith(line.begun));
  for (const { word, about } of fitting) {
    const text = printable(`${line.before}${word}`);
    world.terminal.write(about === '' ? `${text}\n` : `${text}\t${printable(about)}\n`);
  }
}

async function askFor(
  kind: NameKind,
  { values }: UnfinishedLine,
  world: CliWorld,
): Promise<readonly Candidate[]> {
  // Whoever has no way to the cluster gets no names: the console is not asked for so little.
  if (values.has('console')) return [];
  const { promise: waitedEnough, resolve } = Promise.withResolvers<readonly Candidate[]>();
  const deadline = world.clock.schedule(patienceMs, () => {
    resolve([]);
  });
  try {
    return await Promise.race([namesOf(kind, values, world), waitedEnough]);
  } catch {
    return [];
  } finally {
    deadline.cancel();
  }
}

async function namesOf(
  kind: NameKind,
  values: UnfinishedLine['values'],
  world: CliWorld,
): Promise<readonly Candidate[]> {
  const cluster = await world.connect({
    kubeconfig: values.get('kubeconfig'),
    context: values.get('context'),
    instance: values.get('instance'),
  });
  try {
    const namespace = values.get('namespace');
    const nowMs = world.clock.nowMs();
    return await knownNames(kind, { cluster, namespace, nowMs, signal: world.signal });
  } finally {
    await cluster.close();
  }
}
