import { readdirSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * A process beyond doubt: numbers are used again, so one that is recorded is ended only if it was
 * started when the record says, in the same boot.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks between the boot and the process's start. */
  readonly startTicks: number;
  readonly bootId: string;
}

interface ProcessStat {
  readonly state: string;
  readonly parentPid: number;
  readonly startTicks: number;
}

const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

/** `undefined` when there is no such process. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const stat = readStat(pid);
  return stat === undefined ? undefined : { pid, startTicks: stat.startTicks, bootId };
}

export function isRunning(identity: ProcessIdentity): boolean {
  const stat = readStat(identity.pid);
  return (
    stat !== undefined &&
    (stat.state !== 'Z' || hasMoreThreads(identity.pid)) &&
    stat.startTicks === identity.startTicks &&
    isOfThisBoot(identity)
  );
}

/** A killed process is called a zombie when its first thread has ended; others may still hold its port. */
function hasMoreThreads(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).length > 1;
  } catch {
    return false;
  }
}

/** After a reboot nothing of what was running is left. */
export function isOfThisBoot(identity: ProcessIdentity): boolean {
  return identity.bootId === bootId;
}

/** Sends a signal to exactly this process; false when it is gone. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isRunning(identity)) return false;
  try {
    process.kill(identity.pid, signal);
    return true;
  } catch {
    return false; // it ended in between
  }
}

/** Ends the process at once and waits until it is gone. */
export async function killProcess(identity: ProcessIdentity): Promise<void> {
  signalProcess(identity, 'SIGKILL');
  await waitUntilGone(identity, 10_000);
}

export async function waitUntilGone(identity: ProcessIdentity, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (isRunning(identity)) {
    if (performance.now() > deadline) throw new Error(`process ${identity.pid} does not end`);
    await delay(10);
  }
}

/** Every process below `pid`, children before their own children. */
export function descendantsOf(pid: number): ProcessIdentity[] {
  const children = new Map<number, ProcessIdentity[]>();
  for (const entry of readdirSync('/proc')) {
    const childPid = Number(entry);
    const stat = Number.isInteger(childPid) ? readStat(childPid) : undefined;
    if (stat === undefined) continue;
    const siblings = children.get(stat.parentPid) ?? [];
    siblings.push({ pid: childPid, startTicks: stat.startTicks, bootId });
    children.set(stat.parentPid, siblings);
  }
  const found = [...(children.get(pid) ?? [])];
  for (const identity of found) found.push(...(children.get(identity.pid) ?? []));
  return found;
}

/** Every process of a user, by the number that it has for the kernel. */
export function processesOfUser(userNumber: number): ProcessIdentity[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && ownerOf(entry) === userNumber)
    .map((pid) => identifyProcess(Number(pid)))
    .filter((identity) => identity !== undefined);
}

function ownerOf(pid: string): number | undefined {
  return statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid;
}

function readStat(pid: number): ProcessStat | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return undefined;
  }
}

/** See proc_pid_stat(5); the name in parentheses may itself hold blanks and parentheses. */
export function parseStat(text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return {
    state: fields[0] ?? '',
    parentPid: Number(fields[1]),
    startTicks: Number(fields[19]),
  };
}
