import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export interface Export {
  readonly mountpoint: string;
  /** sharenfs as it was set, or the options as exportfs has them. */
  readonly options: string;
}

/** What a host of this machine exports below a mountpoint: by the shim's registry, or by OpenZFS's own. */
export function readExports(registryFolder: string, below: string): Export[] {
  const all = existsSync('/dev/zfs') ? openZfsExports('/') : shimExports(registryFolder);
  return exportsBelow(below, all);
}

/** What OpenZFS exports below a mountpoint, where the host's root directory is seen at `root`. */
export function readOpenZfsExports(root: string, below: string): Export[] {
  return exportsBelow(below, openZfsExports(root));
}

function exportsBelow(below: string, all: readonly Export[]): Export[] {
  return all
    .filter(({ mountpoint }) => mountpoint.startsWith(`${below}/`))
    .sort((a, b) => a.mountpoint.localeCompare(b.mountpoint));
}

/** zfs-shim/sharing.go: a file per mountpoint (query-escaped), holding `dataset<TAB>options`. */
function shimExports(folder: string): Export[] {
  return readdirSync(folder).map((name) => ({
    mountpoint: decodeURIComponent(name.replaceAll('+', '%20')),
    options: readFileSync(join(folder, name), 'utf8').split('\t')[1] ?? '',
  }));
}

/** OpenZFS 2.x on Linux keeps its exports in a file for exportfs(8). */
function openZfsExports(root: string): Export[] {
  const file = join(root, 'etc/exports.d/zfs.exports');
  return existsSync(file) ? parseExportsFile(readFileSync(file, 'utf8')) : [];
}

/** Lines `path client(options) client(options)`, see exports(5). */
export function parseExportsFile(text: string): Export[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('/'))
    .map((line) => {
      const blank = line.indexOf(' ');
      const mountpoint = line.slice(0, blank).replaceAll('\\040', ' ');
      return { mountpoint, options: line.slice(blank + 1) };
    });
}
