import { readFileSync } from 'node:fs';

/** What /proc/PID/status tells, by its names: `Uid`, `CapEff`, `Seccomp`, `VmRSS`, ... */
export function statusOf(pid: number): ReadonlyMap<string, string> {
  const lines = readFileSync(`/proc/${pid}/status`, 'utf8').trim().split('\n');
  return new Map(
    lines.map((line) => {
      const [name = '', ...words] = line.split(/:?\s+/);
      return [name, words.join(' ')];
    }),
  );
}

/** How long ago a process was started, in ms; the kernel counts in hundredths of a second. */
export function ageOf(pid: number): number {
  const [uptime = ''] = readFileSync('/proc/uptime', 'utf8').split(' ');
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // proc_pid_stat(5): the 22nd field; the second may have blanks in it.
  const started = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  return Number(uptime) * 1000 - started * 10;
}
