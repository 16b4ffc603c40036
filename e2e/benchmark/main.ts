// Measures the product, and a peer beside it, on a bench of their own:
//
//     node e2e/benchmark/main.ts [--json FILE]
//
// PEER: the command of another provisioner. QUICK=1: little of everything. PARTS=claims,idle: some phases only,
// which take the place of theirs in FILE.
// PATIENT=1: the large burst for the peer too. Bundle the product first (`node build.ts`).
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startBench } from '../bench/bench.ts';
import { ProgressLines } from '../bench/progress.ts';
import type { Amounts } from './amounts.ts';
import { quickAmounts, usualAmounts } from './amounts.ts';
import { Arena } from './arena.ts';
import type { Contestant } from './contestant.ts';
import { installPeer, installProduct } from './contestant.ts';
import { describeMachine } from './machine.ts';
import type { PhaseName } from './phases.ts';
import { phases } from './phases.ts';
import type { RecordedFigures } from './records.ts';
import { Records } from './records.ts';
import type { Results } from './results.ts';
import { mergeResults, readResults } from './results.ts';
import { resultsText } from './results-text.ts';

const poolSizeBytes = 20 * 2 ** 30;

function isOn(name: string): boolean {
  return !['', '0'].includes(process.env[name] ?? '');
}

function phasesToRun(): PhaseName[] {
  const all = Object.keys(phases) as PhaseName[];
  const wanted = (process.env['PARTS'] ?? '').split(',').filter((part) => part !== '');
  const unknown = wanted.filter((part) => !all.some((phase) => phase === part));
  if (unknown.length > 0) {
    throw new Error(`PARTS has ${unknown.join(', ')}; there are ${all.join(', ')}`);
  }
  return wanted.length === 0 ? all : all.filter((phase) => wanted.includes(phase));
}

/** @param keep is given what was measured so far, after each phase */
async function run(
  amounts: Amounts,
  peer: string,
  keep: (recorded: RecordedFigures) => Promise<void>,
): Promise<RecordedFigures> {
  const progress = new ProgressLines();
  const runDir = mkdtempSync(join(tmpdir(), 'zfs-provisioner-benchmark-'));
  const hosts = ['storage-1', 'storage-2', 'storage-3'];
  const bench = await startBench({ runDir, hosts, poolSizeBytes, progress });
  try {
    const contestants: Contestant[] = [await installProduct(bench)];
    if (peer !== '') contestants.push(await installPeer(bench, peer));
    const records = new Records();
    const { say } = progress;
    const arena = new Arena({ bench, amounts, contestants, records, say });
    for (const name of phasesToRun()) {
      say(`phase ${name}`);
      await phases[name](arena);
      await keep(records.recorded);
    }
    return records.recorded;
  } finally {
    await bench.stop();
  }
}

const { values } = parseArgs({ options: { json: { type: 'string' } } });
const quick = isOn('QUICK') ? quickAmounts : usualAmounts;
const amounts: Amounts = { ...quick, isPeerPatient: isOn('PATIENT') };
// Some parts only: the others are kept.
const earlier = isOn('PARTS') && values.json !== undefined ? readResults(values.json) : undefined;

async function resultsOf(recorded: RecordedFigures): Promise<Results> {
  const date = new Date().toISOString().slice(0, 10);
  return { date, machine: await describeMachine(), amounts, ...recorded };
}

async function keep(recorded: RecordedFigures): Promise<void> {
  if (values.json === undefined) return;
  const results = await resultsOf(recorded);
  const kept = earlier === undefined ? results : mergeResults(earlier, results);
  writeFileSync(values.json, `${JSON.stringify(kept, undefined, 2)}\n`);
}

process.stdout.write(
  resultsText(await resultsOf(await run(amounts, process.env['PEER'] ?? '', keep))),
);
