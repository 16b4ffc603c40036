import { setTimeout as delay } from 'node:timers/promises';
import type { ProvisionerProcess } from '../bench/provisioner-process.ts';
import type { Arena } from './arena.ts';
import type { Contestant } from './contestant.ts';
import { cpuSecondsOf } from './processes.ts';
import { countByKind } from './timeline.ts';

/** What it costs to have it, while nobody wants anything. */
export async function measureIdle(
  arena: Arena,
  contestant: Contestant,
  running: ProvisionerProcess,
): Promise<void> {
  const { records } = arena;
  await delay(settleMs);
  const { log } = arena.firstHost.ssh;
  const logMark = log.mark();
  const cpuBefore = cpuSecondsOf(running.pid);
  const calls = await countIdleCalls(arena, contestant);
  const { perMinute } = calls;
  const gets = Object.entries(calls.byKind).filter(([kind]) => kind.startsWith('get '));
  records.add(contestant.name, 'idleCalls', calls.total * perMinute);
  records.add(contestant.name, 'idleGets', sum(gets.map(([, count]) => count)) * perMinute);
  records.add(contestant.name, 'idleExecs', log.execsSince(logMark) * perMinute);
  records.add(contestant.name, 'idleCpu', (cpuSecondsOf(running.pid) - cpuBefore) * perMinute);
  records.addRequests(contestant.name, 'idle', calls.byKind);
}

/** What follows a start is over by then. */
export const settleMs = 5000;

interface IdleCalls {
  readonly total: number;
  readonly byKind: Readonly<Record<string, number>>;
  readonly perMinute: number;
}

export async function countIdleCalls(
  { amounts: { idleS }, ...arena }: Pick<Arena, 'amounts' | 'audit'>,
  { user }: Contestant,
): Promise<IdleCalls> {
  const mark = arena.audit.mark();
  await delay(idleS * 1000);
  const requests = arena.audit.since(mark).filter((each) => each.user === user);
  return { total: requests.length, byKind: countByKind(requests), perMinute: 60 / idleS };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, each) => total + each, 0);
}
