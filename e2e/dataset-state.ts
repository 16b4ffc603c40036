import { randomBytes } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StorageHost } from './bench/storage-host/storage-host.ts';

/** What a person would miss if a destroy that failed had cost something. */
export interface DatasetState {
  readonly guid: string;
  readonly mounted: string;
  readonly sharenfs: string;
  readonly refquota: string;
  readonly isExported: boolean;
  readonly snapshots: readonly string[];
  readonly files: readonly string[];
}

/** @throws when there is no such dataset */
export async function stateOf(host: StorageHost, dataset: string): Promise<DatasetState> {
  const names = ['guid', 'mounted', 'sharenfs', 'refquota', 'mountpoint'];
  const lines = await host.zfs('get', '-Hp', '-o', 'value', names.join(','), dataset);
  const [guid = '', mounted = '', sharenfs = '', refquota = '', mountpoint = ''] =
    lines.split('\n');
  const all = await host.zfs('list', '-H', '-r', '-t', 'snapshot', '-o', 'name', dataset);
  const snapshots = all.split('\n').filter((name) => name.startsWith(`${dataset}@`));
  const isExported = host.exports().some((each) => each.mountpoint === mountpoint);
  const files = readdirSync(mountpoint).sort();
  return { guid, mounted, sharenfs, refquota, isExported, snapshots, files };
}

export async function mountpointOf(host: StorageHost, dataset: string): Promise<string> {
  return (await host.zfs('get', '-Hp', '-o', 'value', 'mountpoint', dataset)).trim();
}

/** As a pod would; resolves with the file's path. */
export async function writeFileInto(
  host: StorageHost,
  dataset: string,
  bytes = 16,
): Promise<string> {
  const file = join(await mountpointOf(host, dataset), 'precious');
  // What is to take space must not be compressible.
  writeFileSync(file, bytes > 1024 ? randomBytes(bytes) : Buffer.alloc(bytes, 'x'));
  return file;
}
