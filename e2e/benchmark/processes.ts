import { readdirSync, readFileSync } from 'node:fs';

/** A process, as proc_pid_stat(5) tells of it; times in clock ticks. */
export interface ProcessTimes {
  readonly pid: number;
  readonly parentPid: number;
  /** The first 15 characters of its name. */
  readonly name: string;
  readonly ownTicks: number;
  /** Of children that ended and were waited for. */
  readonly childTicks: number;
}

export interface RunningProcess extends ProcessTimes {
  readonly commandLine: string;
}

/** Of all Linux that anybody runs this on: sysconf(_SC_CLK_TCK). */
export const ticksPerSecond = 100;

/** What all processes took of the processors so far. */
export interface CpuSnapshot {
  readonly processes: readonly RunningProcess[];
  /** Of all processors together, also by processes that are gone. */
  readonly busyTicks: number;
  readonly idleTicks: number;
  /** The hypervisor gave them to other machines. */
  readonly stolenTicks: number;
}

export function takeCpuSnapshot(): CpuSnapshot {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  const processes = pids.map(readProcess).filter((each) => each !== undefined);
  return { processes, ...parseCpuLine(readFileSync('/proc/stat', 'utf8')) };
}

/** CPU seconds that a process has taken, without its children's. */
export function cpuSecondsOf(pid: number): number {
  return parseTimes(readFileSync(`/proc/${pid}/stat`, 'utf8')).ownTicks / ticksPerSecond;
}

/** Megabytes (10^6 bytes) that a process holds, and the most that it ever held. */
export function memoryOf(pid: number): { readonly rssMb: number; readonly peakMb: number } {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (field: string): number =>
    (Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) * 1024) / 1e6;
  return { rssMb: megabytes('VmRSS'), peakMb: megabytes('VmHWM') };
}

function readProcess(pid: string): RunningProcess | undefined {
  try {
    const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return { ...parseTimes(readFileSync(`/proc/${pid}/stat`, 'utf8')), commandLine };
  } catch {
    return undefined; // it ended meanwhile
  }
}

/** The name in parentheses may itself hold blanks and parentheses. */
export function parseTimes(text: string): ProcessTimes {
  const end = text.lastIndexOf(')');
  const fields = text.slice(end + 2).split(' ');
  const sum = (first: number): number => Number(fields[first]) + Number(fields[first + 1]);
  return {
    pid: Number.parseInt(text, 10),
    parentPid: Number(fields[1]),
    name: text.slice(text.indexOf('(') + 1, end),
    ownTicks: sum(11),
    childTicks: sum(13),
  };
}

type ProcessorTicks = Omit<CpuSnapshot, 'processes'>;

/** The first line of /proc/stat (proc_stat(5)): user nice system idle iowait irq softirq steal. */
export function parseCpuLine(text: string): ProcessorTicks {
  const [line = ''] = text.split('\n', 1);
  const ticks = line.split(/\s+/).slice(1, 9).map(Number);
  const [stolenTicks = 0] = ticks.splice(7);
  const idleTicks = (ticks[3] ?? 0) + (ticks[4] ?? 0);
  const busyTicks = ticks.reduce((sum, each) => sum + each, 0) - idleTicks;
  return { busyTicks, idleTicks, stolenTicks };
}
