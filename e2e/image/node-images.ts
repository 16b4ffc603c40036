import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Bench } from '../bench/bench.ts';
import { runCommand } from '../bench/machine/run-command.ts';
import { cgroupOf } from '../bench/node/cgroup.ts';

/** Gives the containerd of a bench's node an image, as if it had pulled it. */
export async function importImage(bench: Bench, node: string, archive: string): Promise<void> {
  const processes = readFileSync(join(cgroupOf(bench.id, node), 'node/cgroup.procs'), 'utf8');
  const [pid = ''] = processes.split('\n');
  // Each node has a /run of its own.
  const socket = `/proc/${pid}/root/run/containerd/containerd.sock`;
  await runCommand('ctr', [
    ...['--address', socket, '--namespace', 'k8s.io'],
    ...['images', 'import', archive],
  ]);
}
