import { closeSync, ftruncateSync, mkdirSync, openSync } from 'node:fs';
import type { Ledger } from '../machine/ledger.ts';
import { runAlone, startZfsFuse } from '../machine/zfs-fuse.ts';

export interface PoolOptions {
  readonly name: string;
  readonly imageFile: string;
  readonly sizeBytes: number;
  readonly mountpoint: string;
  /** Below the pool; the parent of volumes. */
  readonly parent: string;
  readonly ledger: Ledger;
}

/** Makes a pool on a sparse file. Under the machine lock. */
export async function createPool(options: PoolOptions): Promise<void> {
  const { name, imageFile, mountpoint, parent, ledger } = options;
  await startZfsFuse();
  const image = openSync(imageFile, 'w');
  ftruncateSync(image, options.sizeBytes);
  closeSync(image);
  ledger.add({ kind: 'pool', name, mountpoint });
  mkdirSync(mountpoint, { recursive: true });
  // No cache file: after a reboot nobody looks for the pool.
  const pool = ['-o', 'cachefile=none', '-m', mountpoint, name, imageFile];
  await runAlone('zpool', ['create', ...pool]);
  await runAlone('zfs', ['create', parent]);
}
