import { setTimeout as delay } from 'node:timers/promises';
import type { ApiRequest } from '../audit-log.ts';
import { numbered } from '../many-claims.ts';
import type { ProvisionerProcess } from '../bench/provisioner-process.ts';
import type { Arena } from './arena.ts';
import type { Contestant } from './contestant.ts';
import { execSeconds } from './exec-seconds.ts';
import { Timeline } from './timeline.ts';

const grownSize = '8Mi';

export interface Turn {
  readonly arena: Arena;
  readonly contestant: Contestant;
  readonly running: ProvisionerProcess;
  readonly classNames: readonly string[];
  /** Begins the names of claims that no other turn has. */
  readonly prefix: string;
}

/** Claims one by one: what a person waits for. */
export async function measureSingles(turn: Turn): Promise<void> {
  const { arena, contestant, classNames, prefix } = turn;
  const { singles, growths, peerGrowths } = arena.amounts;
  const [className = ''] = classNames;
  const warmUp = numbered(`${prefix}-warm`, 3);
  await arena.workload.createOneByOne(warmUp, className);
  await arena.workload.deleteOneByOne(warmUp);
  const names = numbered(`${prefix}-single`, singles);
  const grown = names.slice(0, contestant.name === 'peer' ? peerGrowths : growths);
  await measureCreates(turn, names, className);
  await measureGrowths(turn, grown);
  await measureDeletes(turn, names);
}

async function measureCreates(
  turn: Turn,
  names: readonly string[],
  className: string,
): Promise<void> {
  const { arena, contestant } = turn;
  const { records, workload } = arena;
  const remoteBefore = await remotePart(turn);
  const { requests, execs } = await watch(arena, () => workload.createOneByOne(names, className));
  const remote = await remotePart(turn);
  const volumes = await workload.volumesOf(names);
  const seen = new Timeline(requests);
  for (const [index, name] of names.entries()) {
    const volumeMs = seen.volumeCreated(volumes[index] ?? '');
    records.add(contestant.name, 'annotationToVolume', volumeMs - seen.claimAnnotated(name));
    records.add(contestant.name, 'createdToBound', seen.claimBound(name) - seen.claimCreated(name));
  }
  records.add(contestant.name, 'execsPerCreate', execs / names.length);
  if (remote !== undefined && remoteBefore !== undefined) {
    const seconds = remote.seconds - remoteBefore.seconds;
    const meanMs = (seconds * 1000) / (remote.count - remoteBefore.count);
    records.add(contestant.name, 'remoteCreate', meanMs);
  }
}

async function measureGrowths(
  { arena, contestant }: Turn,
  names: readonly string[],
): Promise<void> {
  const work = (): Promise<void> => arena.workload.growOneByOne(names, grownSize);
  const { requests, execs } = await watch(arena, work);
  const seen = new Timeline(requests);
  for (const name of names) {
    const toldMs = seen.growthTold(name, contestant.user);
    arena.records.add(contestant.name, 'growth', toldMs - seen.growthAsked(name));
  }
  arena.records.add(contestant.name, 'execsPerGrowth', execs / names.length);
}

async function measureDeletes(
  { arena, contestant }: Turn,
  names: readonly string[],
): Promise<void> {
  const {
    result: volumes,
    requests,
    execs,
  } = await watch(arena, () => arena.workload.deleteOneByOne(names));
  const seen = new Timeline(requests);
  for (const [index, name] of names.entries()) {
    const goneMs = seen.volumeGone(volumes[index] ?? '');
    arena.records.add(contestant.name, 'deletion', goneMs - seen.claimDeleted(name));
  }
  arena.records.add(contestant.name, 'execsPerDelete', execs / names.length);
}

interface Watched<T> {
  readonly result: T;
  readonly requests: readonly ApiRequest[];
  readonly execs: number;
}

async function watch<T>(arena: Arena, work: () => Promise<T>): Promise<Watched<T>> {
  const { log } = arena.firstHost.ssh;
  const [logMark, mark] = [log.mark(), arena.mark()];
  const result = await work();
  const execs = log.execsSince(logMark);
  await delay(500);
  return { result, execs, requests: await arena.requestsSince(mark) };
}

async function remotePart({ contestant, running }: Turn): ReturnType<typeof execSeconds> {
  return contestant.name === 'product' ? execSeconds(running, 'create') : undefined;
}
