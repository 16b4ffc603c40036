import { setTimeout as delay } from 'node:timers/promises';
import type { Arena } from './arena.ts';
import type { Contestant } from './contestant.ts';
import { countIdleCalls, settleMs } from './idle-phase.ts';
import type { Pair } from './population.ts';
import { foreignPair, readPair, untilControllersRest, writeCopies } from './population.ts';
import { memoryOf } from './processes.ts';

/** Datasets of the copies are not there: what compares volumes with them stays off. */
const env = { ZFS_USAGE_INTERVAL: '0' };

/**
 * Memory and start with many volumes: half of another driver, the others of the contestants. The last phase: the
 * copies stay.
 */
export async function measureScale(arena: Arena): Promise<void> {
  const { amounts, bench, contestants, say } = arena;
  const ways = [arena.wayTo(arena.firstHost)];
  const classes = new Map<Contestant, string>();
  for (const contestant of contestants) {
    const [className = ''] = await arena.prepare(contestant, ways);
    classes.set(contestant, className);
  }
  const pairs = await samplePairs(arena, classes);
  let written = 0;
  for (const [index, count] of amounts.volumes.entries()) {
    await bench.controlPlane.stopControllers();
    await writeCopies(bench, pairs, count - written);
    written = count;
    await bench.controlPlane.startControllers();
    await untilControllersRest(bench);
    say(`${count} volumes and claims are there`);
    const isMost = index === amounts.volumes.length - 1;
    for (let round = 1; round <= amounts.starts; round++) {
      for (const contestant of contestants) {
        const className = classes.get(contestant) ?? '';
        await measureStart(arena, contestant, { className, isMost, isFirst: round === 1 });
      }
    }
  }
}

interface Crowd {
  readonly className: string;
  /** It is the largest. */
  readonly isMost: boolean;
  /** Idling takes long, and is the same each time. */
  readonly isFirst: boolean;
}

async function measureStart(
  arena: Arena,
  contestant: Contestant,
  { className, isMost, isFirst }: Crowd,
): Promise<void> {
  const { records, say } = arena;
  const figure = isMost ? 'startMany' : 'startFewer';
  const running = await arena.start(contestant, { className, figure, env });
  await delay(settleMs);
  const { rssMb, peakMb } = memoryOf(running.pid);
  records.add(contestant.name, isMost ? 'memoryMany' : 'memoryFewer', rssMb);
  if (isMost) {
    records.add(contestant.name, 'peakMany', peakMb);
  }
  if (isMost && isFirst) {
    const { total, perMinute, byKind } = await countIdleCalls(arena, contestant);
    records.add(contestant.name, 'idleCallsMany', total * perMinute);
    records.addRequests(contestant.name, 'idleCallsMany', byKind);
  }
  await running.stop();
  say(`${contestant.name}: started among many volumes, ${Math.round(rssMb)} MB`);
}

/** What each of them makes of a claim, and one of another driver for each. */
async function samplePairs(
  arena: Arena,
  classes: ReadonlyMap<Contestant, string>,
): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (const [contestant, className] of classes) {
    const running = await arena.start(contestant, { className, figure: 'startToBound' });
    const claim = `sample-${contestant.name}`;
    await arena.workload.createOneByOne([claim], className);
    const pair = await readPair(arena.bench, claim);
    pairs.push(pair, foreignPair(pair));
    await running.stop();
  }
  return pairs;
}
