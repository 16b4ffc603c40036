import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { StorageHost } from '../bench/storage-host/storage-host.ts';

const fileName = 'whose';

/**
 * Writes into a dataset whose it is, as its pod would. Hosts share this machine's file systems.
 * @returns false when it is not mounted: then nothing is written
 */
export async function leaveMark(
  host: StorageHost,
  dataset: string,
  claim: string,
): Promise<boolean> {
  const mountpoint = (await host.zfs('get', '-Hp', '-o', 'value', 'mountpoint', dataset)).trim();
  if (!isMountpoint(mountpoint)) return false;
  writeFileSync(join(mountpoint, fileName), claim);
  return true;
}

/** What leaveMark wrote; undefined: nothing is there. */
export function readMark(mountpoint: string): string | undefined {
  const file = join(mountpoint, fileName);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

function isMountpoint(path: string): boolean {
  return existsSync(path) && statSync(path).dev !== statSync(dirname(path)).dev;
}
