import { homedir } from 'node:os';
import { join } from 'node:path';

/** The user's cache folder, shared by all checkouts: ZFS_PROVISIONER_CACHE, else XDG's. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const given = env['ZFS_PROVISIONER_CACHE'];
  if (given !== undefined && given !== '') return given;
  const xdg = env['XDG_CACHE_HOME'];
  return join(xdg === undefined || xdg === '' ? join(homedir(), '.cache') : xdg, 'zfs-provisioner');
}

/** Where a program of a version lies once it is built. */
export function binaryPath(name: string, version: string): string {
  return join(cacheFolder(), 'bin', `${name}-${version}-${goArchitecture()}`, name);
}

export function goArchitecture(): string {
  const names: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', arm64: 'arm64' };
  const name = names[process.arch];
  if (name === undefined) throw new Error(`the bench does not run on ${process.arch}`);
  return name;
}
