import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

import { statusOf } from '../image/process-figures.ts';

/** The kernel counts in hundredths of a second. */
const ticksPerSecond = 100;

/** CPU time of a process so far, its threads included. */
export function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // proc_pid_stat(5): the 14th and 15th field; the second may have blanks in it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** What it read so far, sockets included, in bytes. */
export function bytesReadBy(pid: number): number {
  return Number(/^rchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1] ?? NaN);
}

export function socketsOf(pid: number): number {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).filter((name) => isSocket(`${folder}/${name}`)).length;
}

function isSocket(path: string): boolean {
  try {
    return readlinkSync(path).startsWith('socket:');
  } catch {
    return false; // closed meanwhile
  }
}

/** Resident, now and at most, in MB (10^6 bytes). */
export function memoryOf(pid: number): { readonly rssMB: number; readonly peakMB: number } {
  const status = statusOf(pid);
  const megabytes = (name: string): number =>
    (Number(/^(\d+) kB$/.exec(status.get(name) ?? '')?.[1] ?? NaN) * 1024) / 1e6;
  return { rssMB: megabytes('VmRSS'), peakMB: megabytes('VmHWM') };
}
