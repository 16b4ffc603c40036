import { setTimeout as delay } from 'node:timers/promises';
import type { Arena, Way } from './arena.ts';
import { measureBareCreates } from './bare-create.ts';
import { hasLargeBurst, measureBurst, measureLargeBurst, measureRate } from './burst-phase.ts';
import { measureCeilings } from './ceiling-phase.ts';
import type { Contestant } from './contestant.ts';
import type { FigureName } from './figures.ts';
import { measureIdle } from './idle-phase.ts';
import { memoryOf } from './processes.ts';
import { measureScale } from './scale-phase.ts';
import type { Turn } from './single-phase.ts';
import { measureSingles } from './single-phase.ts';
import { openSlowLine } from './slow-line.ts';

/** Many deletions at once are meant here, and one exec is to be one verb. */
const workEnv = { ZFS_MAX_DESTROYS_PER_MINUTE: '0', ZFS_USAGE_INTERVAL: '0' };

/** Parts of a run that can be had alone. */
export const phases = {
  claims: measureClaims,
  ceiling: measureCeilings,
  large: measureLarge,
  hosts: measureHosts,
  distance: measureDistances,
  idle: measureIdleness,
  scale: measureScale,
} as const satisfies Readonly<Record<string, (arena: Arena) => Promise<void>>>;

export type PhaseName = keyof typeof phases;

let turns = 0;

/** Starts a contestant afresh, lets it do something, ends it and takes away what it made. */
async function takeTurn(
  arena: Arena,
  contestant: Contestant,
  { ways, env = workEnv, act }: TurnOptions,
): Promise<void> {
  const classNames = await arena.prepare(contestant, ways);
  const [className = ''] = classNames;
  const running = await arena.start(contestant, { className, figure: 'startToBound', env });
  const turn = { arena, contestant, running, classNames, prefix: `turn-${++turns}` };
  const left = await act(turn);
  await running.stop();
  if (left.length > 0) await arena.workload.discard(left);
  await arena.clear(contestant, ways);
}

interface TurnOptions {
  readonly ways: readonly Way[];
  readonly env?: Readonly<Record<string, string>>;
  /** @returns claims that it leaves */
  readonly act: (turn: Turn) => Promise<readonly string[]>;
}

async function measureClaims(arena: Arena): Promise<void> {
  const { amounts, bench, contestants, records, say } = arena;
  const ways = [arena.wayTo(arena.firstHost)];
  for (let round = 1; round <= amounts.rounds; round++) {
    for (const contestant of contestants) {
      say(`round ${round} of ${amounts.rounds}: ${contestant.name}`);
      const act = async (turn: Turn): Promise<readonly string[]> => {
        await delay(2000);
        records.add(contestant.name, 'memoryAtStart', memoryOf(turn.running.pid).rssMb);
        await measureSingles(turn);
        if (contestant.name === 'product' || round <= amounts.peerBursts) await measureBurst(turn);
        return [];
      };
      await takeTurn(arena, contestant, { ways, act });
    }
    records.add('bare', 'bareCreate', ...(await measureBareCreates(bench, amounts.singles)));
  }
  const { product = {}, bare = {} } = records.recorded.figures;
  const remoteMs = product['remoteCreate']?.median ?? NaN;
  records.add('product', 'remoteToBare', remoteMs / (bare['bareCreate']?.median ?? NaN));
}

async function measureLarge(arena: Arena): Promise<void> {
  const ways = [arena.wayTo(arena.firstHost)];
  for (const contestant of arena.contestants) {
    if (!hasLargeBurst({ arena, contestant })) continue;
    arena.say(`${arena.amounts.largeBurst} claims at once: ${contestant.name}`);
    await takeTurn(arena, contestant, { ways, act: measureLargeBurst });
  }
}

async function measureHosts(arena: Arena): Promise<void> {
  const ways = arena.bench.hosts.map((host) => arena.wayTo(host));
  for (const contestant of arena.contestants) {
    arena.say(`${ways.length} hosts: ${contestant.name}`);
    const act = (turn: Turn): Promise<readonly string[]> =>
      measureRate(turn, arena.amounts.hostsBurst, 'hostsRate');
    await takeTurn(arena, contestant, { ways, act });
  }
}

async function measureDistances(arena: Arena): Promise<void> {
  const { amounts, bench, records, say } = arena;
  const rates: readonly FigureName[] = ['nearRate', 'farRate'];
  for (const [index, figure] of rates.entries()) {
    const delayMs = amounts.distancesMs[index] ?? 0;
    const line = await openSlowLine(arena.firstHost, delayMs, bench.runDir);
    records.note(`Hosts that are far away: ${line.how}.`);
    try {
      for (const contestant of arena.contestants) {
        say(`${delayMs} ms away: ${contestant.name}`);
        const act = (turn: Turn): Promise<readonly string[]> =>
          measureRate(turn, amounts.distantBurst, figure);
        await takeTurn(arena, contestant, { ways: [line.way], act });
      }
    } finally {
      await line.end();
    }
  }
}

/** With settings as they are. */
async function measureIdleness(arena: Arena): Promise<void> {
  const ways = [arena.wayTo(arena.firstHost)];
  for (const contestant of arena.contestants) {
    arena.say(`idle: ${contestant.name}`);
    const act = async ({ running }: Turn): Promise<readonly string[]> => {
      await measureIdle(arena, contestant, running);
      return [];
    };
    await takeTurn(arena, contestant, { ways, env: {}, act });
  }
}
