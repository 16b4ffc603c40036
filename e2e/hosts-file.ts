import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { StorageHost } from './bench/storage-host/storage-host.ts';

/** A hosts file as a ConfigMap mounts it: a link into a folder that is swapped as a whole. */
export class MountedHostsFile {
  readonly path: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'hosts-file-'));
  #version = 0;

  constructor() {
    this.path = join(this.#folder, 'hosts.yaml');
    symlinkSync('..data/hosts.yaml', this.path);
  }

  /** As the kubelet's AtomicWriter: another folder, a new link to it, renamed over the old one. */
  write(hosts: readonly object[]): void {
    this.writeText(stringify({ hosts }));
  }

  writeText(text: string): void {
    const version = `..version-${++this.#version}`;
    mkdirSync(join(this.#folder, version));
    writeFileSync(join(this.#folder, version, 'hosts.yaml'), text);
    const next = join(this.#folder, '..data_tmp');
    symlinkSync(version, next);
    renameSync(next, join(this.#folder, '..data'));
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** All that is needed to reach a host of the bench, under a name that no ssh_config knows. */
export function describeHost(host: StorageHost, name: string, more: object = {}): object {
  const [type = '', key = ''] = host.ssh.hostPublicKey.split(' ');
  const { address, port, user } = host;
  return {
    name,
    ssh: { address, port, user, knownHostKey: `${type} ${key}` },
    parents: [{ dataset: host.parentDataset }],
    ...more,
  };
}
