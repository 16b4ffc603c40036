import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A package of package-lock.json. */
export interface LockedPackage {
  /** Its folder: `node_modules/a/node_modules/b`. */
  readonly path: string;
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly integrity: string;
  /** Only tests and tools need it: it is not in the product. */
  readonly isDevelopment: boolean;
}

interface LockEntry {
  readonly version?: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
}

/** Packages whose `licenses` are in a form that npm does not put into the lock file: as their LICENSE says. */
const oldForms: Readonly<Record<string, string>> = {
  buildcheck: 'MIT',
  'cpu-features': 'MIT',
  ssh2: 'MIT',
};

export function lockedPackages(): readonly LockedPackage[] {
  const text = readFileSync(join(import.meta.dirname, '../package-lock.json'), 'utf8');
  const { packages } = JSON.parse(text) as { packages: Readonly<Record<string, LockEntry>> };
  return Object.entries(packages)
    .filter(([path]) => path !== '')
    .map(([path, { version = '', license, integrity = '', ...entry }]) => {
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
      return {
        ...{ path, name, version, integrity },
        licence: license ?? oldForms[name] ?? '',
        isDevelopment: entry.dev === true || entry.devOptional === true,
      };
    });
}
