import { join } from 'node:path';
import type { Bench, BenchOptions } from '../bench.ts';
import type { Ledger } from '../machine/ledger.ts';
import { buildBusyboxImage } from './images.ts';
import { startNode } from './node.ts';

/** Starts the nodes that a bench is asked for, all at once. */
export async function startNodes(
  bench: Bench,
  kubelets: NonNullable<BenchOptions['kubelets']>,
  ledger: Ledger,
): Promise<void> {
  const wanted = Object.entries(kubelets);
  if (wanted.length === 0) return;
  const { runDir, controlPlane: plane, binaries } = bench;
  const image = await buildBusyboxImage(join(runDir, 'nodes', 'image'));
  const starting = wanted.map(([name, hosts]) => {
    const sees = hosts.map((host) => bench.host(host).mountpoint);
    return startNode({ name, sees, runDir, kubelet: binaries.kubelet, image, plane, ledger });
  });
  // As with hosts: what starts late must be removed as well.
  await Promise.allSettled(starting);
  await Promise.all(starting);
}
