import { setTimeout as delay } from 'node:timers/promises';
import type { ApiRequest } from '../audit-log.ts';
import { numbered } from '../many-claims.ts';
import type { CpuShares } from './cpu-shares.ts';
import { cpuSharesBetween } from './cpu-shares.ts';
import type { FigureName } from './figures.ts';
import { cpuSecondsOf, takeCpuSnapshot } from './processes.ts';
import type { Turn } from './single-phase.ts';
import { countByKind, Timeline } from './timeline.ts';

/** Of a burst of a thousand, at three in a second. */
const timeoutMs = 600_000;

/** Many claims at once, and then away with them. */
export async function measureBurst(turn: Turn): Promise<void> {
  const { arena, contestant, prefix } = turn;
  const names = numbered(`${prefix}-burst`, arena.amounts.burst);
  const { log } = arena.firstHost.ssh;
  const logMark = log.mark();
  const { requests, cpuS, shares } = await create(turn, names, 'burstRate');
  arena.records.add(contestant.name, 'execsPerBurst', log.execsSince(logMark) / names.length);
  arena.records.addBurst(contestant.name, shares);
  if (!hasLargeBurst(turn)) {
    arena.records.add(contestant.name, 'cpuPerThousand', (cpuS * 1000) / names.length);
    arena.records.note(
      `CPU per 1,000 claims of the ${contestant.name}: from ${names.length} claims.`,
    );
  }
  recordCalls(turn, 'callsPerCreate', { requests, count: names.length });
  await measureDeletions(turn, names);
}

/** So many that short waits do not count. */
export async function measureLargeBurst(turn: Turn): Promise<string[]> {
  const { arena, contestant, prefix } = turn;
  const names = numbered(`${prefix}-large`, arena.amounts.largeBurst);
  const { cpuS } = await create(turn, names, 'largeBurstRate');
  arena.records.add(contestant.name, 'cpuPerThousand', (cpuS * 1000) / names.length);
  return names;
}

/** @returns the claims, which are bound */
export async function measureRate(
  turn: Turn,
  count: number,
  figure: FigureName,
): Promise<string[]> {
  const names = numbered(`${turn.prefix}-burst`, count);
  const warmUp = turn.classNames.map((_, index) => `${turn.prefix}-warm-${index + 1}`);
  await turn.arena.workload.create(warmUp, ...turn.classNames);
  await turn.arena.workload.untilBound(warmUp, timeoutMs);
  await create(turn, names, figure);
  return [...warmUp, ...names];
}

export function hasLargeBurst({ arena, contestant }: Pick<Turn, 'arena' | 'contestant'>): boolean {
  const { largeBurst, isPeerPatient } = arena.amounts;
  return largeBurst > 0 && (contestant.name === 'product' || isPeerPatient);
}

interface Created {
  readonly requests: readonly ApiRequest[];
  /** Of the provisioner, also for what it wrote a little later. */
  readonly cpuS: number;
  /** Until the last was bound. */
  readonly shares: CpuShares;
}

async function create(
  { arena, contestant, running, classNames }: Turn,
  names: readonly string[],
  figure: FigureName,
): Promise<Created> {
  const mark = arena.mark();
  const cpuBefore = cpuSecondsOf(running.pid);
  const [before, startedAt] = [takeCpuSnapshot(), performance.now()];
  await arena.workload.create(names, ...classNames);
  await arena.workload.untilBound(names, timeoutMs);
  const shares = cpuSharesBetween(before, takeCpuSnapshot(), {
    provisionerPid: running.pid,
    benchmarkPid: process.pid,
    runDir: arena.bench.runDir,
    wallS: (performance.now() - startedAt) / 1000,
  });
  await delay(300);
  const requests = await arena.requestsSince(mark);
  const cpuS = cpuSecondsOf(running.pid) - cpuBefore;
  arena.records.add(contestant.name, figure, new Timeline(requests).boundPerSecond(names));
  return { requests, cpuS, shares };
}

async function measureDeletions(turn: Turn, names: readonly string[]): Promise<void> {
  const { arena, contestant } = turn;
  const mark = arena.mark();
  const volumes = await arena.workload.delete(names, timeoutMs);
  await delay(300);
  const requests = await arena.requestsSince(mark);
  const seen = new Timeline(requests);
  const first = Math.min(...names.map((name) => seen.claimDeleted(name)));
  const last = Math.max(...volumes.map((name) => seen.volumeGone(name)));
  arena.records.add(contestant.name, 'deletionRate', (names.length * 1000) / (last - first));
  recordCalls(turn, 'callsPerDelete', { requests, count: names.length });
}

function recordCalls(
  { arena, contestant }: Turn,
  figure: 'callsPerCreate' | 'callsPerDelete',
  { requests, count }: { readonly requests: readonly ApiRequest[]; readonly count: number },
): void {
  // Leases are renewed whether or not there is work: they are counted when idle.
  const own = requests.filter(
    ({ user, resource }) => user === contestant.user && !resource.endsWith('leases'),
  );
  arena.records.add(contestant.name, figure, own.length / count);
  arena.records.addRequests(contestant.name, figure, countByKind(own));
}
