// Chaos at length: `make chaos`. SEED, FAULTS and CLAIMS choose the plan; PLAN=only prints it and does nothing.
// Ends with 1 when anything was lost, leaked, doubled, of wrong size or unshared. Bundle the product first.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { startBench } from '../bench/bench.ts';
import { ProgressLines } from '../bench/progress.ts';
import { Installation } from '../installation.ts';
import { hostNames } from './cast.ts';
import type { ChaosOptions, ChaosResult } from './chaos.ts';
import { planOf, runChaos } from './chaos.ts';
import { describeStep } from './plan.ts';

const folder = resolve(import.meta.dirname, '../../.run/chaos');
const figuresFile = join(import.meta.dirname, 'figures.json');

function wholeNumber(name: string, otherwise: number): number {
  const text = process.env[name] ?? '';
  if (text === '') return otherwise;
  if (!/^\d{1,9}$/.test(text)) throw new Error(`${name} is a whole number, not ${text}`);
  return Number(text);
}

function describePlan(options: ChaosOptions): string {
  return planOf(options)
    .map((step, index) => `${String(index + 1).padStart(5)} ${describeStep(step)}\n`)
    .join('');
}

async function run(options: ChaosOptions): Promise<ChaosResult> {
  const progress = new ProgressLines();
  const bench = await startBench({
    runDir: join(folder, 'bench'),
    hosts: hostNames,
    hostKind: 'shared',
    poolSizeBytes: 8 * 1024 ** 3,
    progress,
  });
  try {
    const installation = await Installation.install(bench, [], { apiProxy: true });
    return await runChaos(bench, installation, { ...options, say: progress.say });
  } finally {
    await bench.stop({ keepLogs: true });
  }
}

function tell({ violations, seed, faults, planned, claims, ...times }: ChaosResult): void {
  for (const { kind, claim, text, history } of violations) {
    console.log(`\n${kind}: ${claim}: ${text}`);
    for (const line of history) console.log(`    ${line}`);
  }
  console.log(`\nseed ${seed}: ${faults} of ${planned} faults met ${claims} claims`);
  console.log(`in ${times.durationS.toFixed(0)} s, settled after ${times.settledS.toFixed(0)} s`);
  console.log(`violations: ${violations.length}`);
}

const full = { faults: 1000, claims: 500 };
const options = {
  seed: wholeNumber('SEED', 1),
  faults: wholeNumber('FAULTS', full.faults),
  claims: wholeNumber('CLAIMS', full.claims),
  settleMs: wholeNumber('SETTLE', 480) * 1000,
  say: () => undefined,
};
const plan = describePlan(options);
if (process.env['PLAN'] === 'only') process.stdout.write(plan);
else {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'plan.txt'), plan);
  console.log(`${plan.split('\n').length - 1} steps, in .run/chaos/plan.txt`);
  const result = await run(options);
  tell(result);
  const { seed, faults, claims, violations, durationS, settledS } = result;
  const figures = {
    ...{ seed, faults, claims, violations: violations.length },
    ...{ durationS: Math.round(durationS + settledS), date: new Date().toISOString().slice(0, 10) },
  };
  // docs/reliability.md tells of long runs only.
  const isLong = options.faults >= full.faults && options.claims >= full.claims;
  if (isLong) writeFileSync(figuresFile, `${JSON.stringify(figures, undefined, 2)}\n`);
  process.exitCode = violations.length === 0 ? 0 : 1;
}
