import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../eventually.ts';

/** Where cgroups of version 2 are, beside those of version 1 or alone. */
function topFolder(): string {
  const beside = '/sys/fs/cgroup/unified';
  return existsSync(join(beside, 'cgroup.procs')) ? beside : '/sys/fs/cgroup';
}

/** Folder of the cgroup that holds every process of a node, and only those. */
export function cgroupOf(benchId: string, nodeName: string): string {
  return join(topFolder(), `zfs-bench-${benchId}-${nodeName}`);
}

export function makeCgroup(cgroup: string): void {
  mkdirSync(cgroup);
}

/** Ends all processes in the cgroup, wherever they have gone, and removes it. It may be gone already. */
export async function endCgroup(cgroup: string): Promise<void> {
  if (!existsSync(cgroup)) return;
  writeFileSync(join(cgroup, 'cgroup.kill'), '1');
  const isEmpty = (): boolean =>
    readFileSync(join(cgroup, 'cgroup.events'), 'utf8').includes('populated 0');
  await eventually(`no process is left in ${cgroup}`, isEmpty, { intervalMs: 5 });
  removeTree(cgroup);
}

/** Its files are the kernel's: only folders can be removed, the innermost first. */
function removeTree(cgroup: string): void {
  for (const entry of readdirSync(cgroup, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(join(cgroup, entry.name));
  }
  rmdirSync(cgroup);
}
