// Soak: `make soak DURATION=3600` (seconds; 600 without). RATE: claims that are begun in a second. Ends with 1
// when what the process holds grows. Bundle the product first.
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { startBench } from '../bench/bench.ts';
import { ProgressLines } from '../bench/progress.ts';
import { Installation } from '../installation.ts';
import { findGrowth } from './growth-limits.ts';
import type { SoakResult } from './soak.ts';
import { runSoak } from './soak.ts';

const className = 'soak';

function numberFrom(name: string, otherwise: number): number {
  const text = process.env[name] ?? '';
  if (text === '') return otherwise;
  if (!/^\d{1,6}(\.\d+)?$/.test(text)) throw new Error(`${name} is a number, not ${text}`);
  return Number(text);
}

async function run(durationS: number, rate: number): Promise<SoakResult> {
  const progress = new ProgressLines();
  const runDir = resolve(import.meta.dirname, '../../.run/soak');
  const bench = await startBench({ runDir, hosts: ['storage-1'], hostKind: 'shared', progress });
  try {
    const installation = await Installation.install(bench, [{ name: className }]);
    const warmUpS = Math.min(120, durationS / 3);
    const warmUp = { seconds: warmUpS, cycles: 0 };
    const sampled = { seconds: durationS - warmUpS, cycles: 0 };
    const sampleEveryS = Math.max(2, durationS / 200);
    const { say } = progress;
    const options = { warmUp, sampled, sampleEveryS, rate, className, say };
    return await runSoak(bench, installation, options);
  } finally {
    await bench.stop({ keepLogs: true });
  }
}

const durationS = numberFrom('DURATION', 600);
const result = await run(durationS, numberFrom('RATE', 2));
const { samples, heap, rss, handles, sockets } = result;
const rounded = (value: number): number => Math.round(value * 100) / 100;
const perClaim = ({ slope, slopeError }: typeof heap): string =>
  `${rounded(slope)} ± ${rounded(slopeError)}`;
const figures = {
  claims: result.cycles,
  durationS: Math.round(result.durationS),
  heapMiB: rounded((samples.at(-1)?.heapBytes ?? NaN) / 2 ** 20),
  heapBytesPerClaim: perClaim(heap),
  rssMiB: rounded((samples.at(-1)?.rssBytes ?? NaN) / 2 ** 20),
  rssBytesPerClaim: perClaim(rss),
  handles: samples.at(-1)?.handles ?? NaN,
  handlesPerClaim: perClaim(handles),
  sockets: samples.at(-1)?.sockets ?? NaN,
  socketsPerClaim: perClaim(sockets),
  eventLoopP99Ms: rounded(Math.max(...samples.map(({ eventLoopP99Ms }) => eventLoopP99Ms))),
  apiCallsPerMinute: Math.round(result.apiCallsPerMinute),
  apiCallsPerClaim: rounded(result.apiCallsPerCycle),
  eventsPerClaim: rounded(result.eventsPerCycle),
  date: new Date().toISOString().slice(0, 10),
};
console.log(figures);
const text = `${JSON.stringify(figures, undefined, 2)}\n`;
if (durationS >= 600) writeFileSync(join(import.meta.dirname, 'figures.json'), text);
const growth = findGrowth(result);
for (const each of growth) console.log(each);
process.exitCode = growth.length === 0 ? 0 : 1;
