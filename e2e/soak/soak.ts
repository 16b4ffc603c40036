import { setTimeout as delay } from 'node:timers/promises';
import { AuditLog } from '../audit-log.ts';
import type { Bench } from '../bench/bench.ts';
import { findFreePort } from '../bench/machine/free-port.ts';
import type { Installation } from '../installation.ts';
import { Cycles } from './cycles.ts';
import type { Held } from './growth-limits.ts';
import { Inspector } from './inspector.ts';
import type { Sample } from './sampler.ts';
import { Sampler } from './sampler.ts';
import type { Fit } from './slope.ts';
import { fitLine } from './slope.ts';

/** At least so long, and until so many claims have lived; but not longer than four times that. */
export interface Stretch {
  readonly seconds: number;
  readonly cycles: number;
}

export interface SoakOptions {
  /** At the start: what is held then does not count. */
  readonly warmUp: Stretch;
  readonly sampled: Stretch;
  readonly sampleEveryS: number;
  /** Claims that are begun in a second. */
  readonly rate: number;
  readonly className: string;
  readonly say: (text: string) => void;
}

export interface SoakResult extends Held {
  /** After the warm-up. */
  readonly samples: readonly Sample[];
  readonly cycles: number;
  readonly durationS: number;
  readonly apiCallsPerMinute: number;
  readonly apiCallsPerCycle: number;
  readonly rss: Fit;
}

const product = 'system:serviceaccount:';

/** Claims are created, grown and deleted at a steady rate, and what the process holds is looked at. */
export async function runSoak(
  bench: Bench,
  installation: Installation,
  options: SoakOptions,
): Promise<SoakResult> {
  const inspectorPort = await findFreePort();
  const replica = await installation.start({
    ZFS_USAGE_INTERVAL: '5s',
    // It stops for every collection, and there is nobody to take over.
    ZFS_LEASE_DURATION: '120s',
    ZFS_LEASE_RENEW_DEADLINE: '90s',
    // Each life ends with a destroy.
    ZFS_MAX_DESTROYS_PER_MINUTE: '0',
    NODE_OPTIONS: `--inspect=127.0.0.1:${inspectorPort}`,
  });
  await replica.untilReady(30_000);
  const inspector = await Inspector.connect(inspectorPort);
  const cycles = new Cycles(bench, options);
  const sampler = new Sampler(replica, inspector);
  try {
    cycles.start();
    const seen = await watch(bench, { cycles, sampler, options });
    await cycles.end();
    const events = await sampler.untilEventsAreWritten();
    return { ...seen, eventsPerCycle: events / cycles.done };
  } finally {
    await cycles.end();
    inspector.close();
    await replica.stop();
  }
}

interface Watched {
  readonly cycles: Cycles;
  readonly sampler: Sampler;
  readonly options: SoakOptions;
}

async function watch(
  bench: Bench,
  { cycles, sampler, options }: Watched,
): Promise<Omit<SoakResult, 'eventsPerCycle'>> {
  const { warmUp, sampled, sampleEveryS, say } = options;
  const warming = progressOf(cycles);
  while (!warming.isOver(warmUp)) {
    cycles.assertWell();
    await delay(500);
  }
  const eventsBefore = await sampler.eventsWritten();
  const startedMs = Date.now();
  const progress = progressOf(cycles);
  const samples: Sample[] = [];
  while (!progress.isOver(sampled)) {
    const sample = await sampler.take(progress.seconds(), progress.cycles());
    samples.push(sample);
    say(describeSample(sample));
    cycles.assertWell();
    await delay(sampleEveryS * 1000);
  }
  const calls = new AuditLog(bench.controlPlane.auditLog)
    .since()
    .filter(({ user, receivedMs }) => user.startsWith(product) && receivedMs >= startedMs).length;
  return {
    ...{ samples, eventsBefore, cycles: progress.cycles(), durationS: progress.seconds() },
    apiCallsPerMinute: (calls * 60) / progress.seconds(),
    apiCallsPerCycle: calls / progress.cycles(),
    ...fitsOf(samples),
  };
}

function fitsOf(
  samples: readonly Sample[],
): Pick<SoakResult, 'heap' | 'rss' | 'handles' | 'sockets'> {
  const fitted = (value: (sample: Sample) => number): Fit =>
    fitLine(samples.map((sample) => ({ x: sample.cycles, y: value(sample) })));
  return {
    heap: fitted(({ heapBytes }) => heapBytes),
    rss: fitted(({ rssBytes }) => rssBytes),
    handles: fitted(({ handles }) => handles),
    sockets: fitted(({ sockets }) => sockets),
  };
}

interface StretchProgress {
  seconds(): number;
  cycles(): number;
  isOver(stretch: Stretch): boolean;
}

/** From now on. */
function progressOf(all: Cycles): StretchProgress {
  const startedAt = performance.now();
  const doneBefore = all.done;
  const seconds = (): number => (performance.now() - startedAt) / 1000;
  const cycles = (): number => all.done - doneBefore;
  const isOver = (stretch: Stretch): boolean =>
    seconds() >= stretch.seconds &&
    (cycles() >= stretch.cycles || seconds() >= 4 * stretch.seconds);
  return { seconds, cycles, isOver };
}

function describeSample({ atS, cycles, ...held }: Sample): string {
  const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(2)} MiB`;
  return [
    `${atS.toFixed(0)} s, ${cycles} claims:`,
    `heap ${mib(held.heapBytes)}, RSS ${mib(held.rssBytes)},`,
    `event loop p99 ${held.eventLoopP99Ms.toFixed(0)} ms,`,
    `${held.handles} handles, ${held.openFiles} files, ${held.sockets} sockets`,
  ].join(' ');
}
