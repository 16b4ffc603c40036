import type { CpuSnapshot, ProcessTimes, RunningProcess } from './processes.ts';
import { ticksPerSecond } from './processes.ts';

/** CPU seconds by who took them, and what was left over. */
export interface CpuShares {
  readonly wallS: number;
  readonly seconds: Readonly<Record<string, number>>;
  readonly idleS: number;
  /** What the hypervisor gave to other machines meanwhile. */
  readonly stolenS: number;
}

export interface Measured {
  readonly provisionerPid: number;
  readonly benchmarkPid: number;
  /** Of the bench: its processes name it in their arguments. */
  readonly runDir: string;
}

const commands = 'commands on the host: sh, sudo, zfs';
const others = 'other processes';
/** Too short-lived to be seen, and nobody waited for them; or the kernel's own, for nobody in particular. */
const unseen = 'all else';

/** Who took the processors between two moments. */
export function cpuSharesBetween(
  before: CpuSnapshot,
  after: CpuSnapshot,
  measured: Measured & { readonly wallS: number },
): CpuShares {
  const ticks = new Map<string, number>();
  const add = (who: string, more: number): void => {
    ticks.set(who, (ticks.get(who) ?? 0) + more);
  };
  const earlier = new Map(before.processes.map((each) => [each.pid, each]));
  const whoIs = namerOf(after.processes, measured);
  for (const each of after.processes) {
    const { own, children } = whoIs(each);
    const was = earlier.get(each.pid);
    add(own, each.ownTicks - (was?.ownTicks ?? 0));
    add(children, each.childTicks - (was?.childTicks ?? 0));
  }
  const busy = after.busyTicks - before.busyTicks;
  const known = [...ticks.values()].reduce((sum, count) => sum + count, 0);
  ticks.set(unseen, Math.max(0, busy - known));
  const shares = [...ticks].map(([who, count]) => [who, count / ticksPerSecond] as const);
  return {
    wallS: measured.wallS,
    seconds: Object.fromEntries(shares.sort(([, a], [, b]) => b - a)),
    idleS: (after.idleTicks - before.idleTicks) / ticksPerSecond,
    stolenS: (after.stolenTicks - before.stolenTicks) / ticksPerSecond,
  };
}

interface Names {
  readonly own: string;
  /** Whose the time is of children that are gone. */
  readonly children: string;
}

/** kthreadd: the parent of all of the kernel's threads. */
const kernelPid = 2;

const components = ['kube-apiserver', 'kube-controller', 'kube-scheduler', 'etcd'];

function namerOf(
  processes: readonly RunningProcess[],
  { provisionerPid, benchmarkPid, runDir }: Measured,
): (process: RunningProcess) => Names {
  const byPid = new Map(processes.map((each) => [each.pid, each]));
  const isOfBench = ({ commandLine }: RunningProcess): boolean => commandLine.includes(runDir);
  const isBelowSshd = (process: RunningProcess): boolean => {
    const line = ancestry(process, byPid);
    return line.some((each) => each.name.startsWith('sshd') && isOfBench(each));
  };
  return (process) => {
    const { pid, name } = process;
    const one = (who: string): Names => ({ own: who, children: who });
    if (pid === provisionerPid) return one('the provisioner');
    if (pid === benchmarkPid) return { own: 'the benchmark', children: others };
    if (name === 'zfs-fuse') return one('zfs-fuse');
    if (isBelowSshd(process)) {
      return name.startsWith('sshd') ? { own: 'sshd', children: commands } : one(commands);
    }
    if (process.parentPid === kernelPid) return one('kernel threads');
    const component = components.find((each) => each === name && isOfBench(process));
    return one(component ?? others);
  };
}

function ancestry(
  process: RunningProcess,
  byPid: ReadonlyMap<number, RunningProcess>,
): readonly RunningProcess[] {
  const line: RunningProcess[] = [];
  for (let next: RunningProcess | undefined = process; next !== undefined;) {
    line.push(next);
    next = byPid.get((next satisfies ProcessTimes).parentPid);
  }
  return line;
}
