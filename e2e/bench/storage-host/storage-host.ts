import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ledger } from '../machine/ledger.ts';
import type { Export } from './exports.ts';
import { Faults } from './faults.ts';
import type { SshFolder, SshTarget } from './ssh-folder.ts';
import type { SshServer } from './ssh-server.ts';

export interface StorageHostOptions {
  readonly name: string;
  /** From 1: gives the address (127.0.0.2 for the first), the mountpoint and the user's name. */
  readonly number: number;
  readonly runDir: string;
  readonly shim: string;
  readonly sshFolder: SshFolder;
  readonly ledger: Ledger;
  readonly poolSizeBytes: number;
}

/** A dataset as `zfs get` tells it: values by property; `-` where there is none. */
export type DatasetProperties = Readonly<Record<string, string>>;

export interface HostIdentity {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly pool: string;
  /** Where the pool is mounted, on the host as on this machine. */
  readonly mountpoint: string;
  /** What the zfs-shim obeys and writes lies here, on the host as on this machine. */
  readonly stateDir: string;
}

/** A machine to the product: an address with sshd, a user that may sudo zfs, and a pool. */
export abstract class StorageHost {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly pool: string;
  /** Dataset that volumes are made below. */
  readonly parentDataset: string;
  readonly mountpoint: string;
  readonly faults: Faults;
  abstract readonly ssh: SshServer;
  protected readonly stateDir: string;

  protected constructor(identity: HostIdentity) {
    this.name = identity.name;
    this.address = identity.address;
    this.port = identity.port;
    this.user = identity.user;
    this.pool = identity.pool;
    this.parentDataset = `${identity.pool}/kubernetes`;
    this.mountpoint = identity.mountpoint;
    this.stateDir = identity.stateDir;
    this.faults = new Faults(join(identity.stateDir, 'faults'));
  }

  /** Runs zfs on the host directly: as root, not over the product's SSH, not counted, untouched by faults. */
  abstract zfs(...args: string[]): Promise<string>;

  /** The pool is not there, as after a failed import at boot. */
  abstract exportPool(): Promise<void>;

  abstract importPool(): Promise<void>;

  /** What is exported over NFS now. */
  abstract exports(): Export[];

  /** For ZFS_EXPORTS_FILES: the file on the host that tells to whom. */
  abstract readonly exportsFile: string;

  /** A process on the host that keeps a folder in use; resolves with what ends it. */
  abstract occupy(folder: string): Promise<() => Promise<void>>;

  get sshTarget(): SshTarget {
    const { name, address, port, user } = this;
    return { name, address, port, user, hostPublicKey: this.ssh.hostPublicKey };
  }

  /** Every dataset below the parent with the properties asked for, by name. */
  async datasets(...properties: string[]): Promise<Map<string, DatasetProperties>> {
    const wanted =
      properties.length === 0 ? 'refquota,refreservation,sharenfs,mounted' : properties.join(',');
    const scope = ['-Hp', '-r', '-t', 'filesystem', '-o', 'name,property,value'];
    const found = new Map<string, Record<string, string>>();
    for (const line of (await this.zfs('get', ...scope, wanted, this.parentDataset)).split('\n')) {
      const [name, property, value] = line.split('\t');
      if (name === undefined || property === undefined || name === this.parentDataset) continue;
      found.set(name, { ...found.get(name), [property]: value ?? '' });
    }
    return found;
  }

  /** Every zfs command that came over SSH, oldest first. */
  journal(): string[] {
    const file = join(this.stateDir, 'journal');
    if (!existsSync(file)) return [];
    return readFileSync(file, 'utf8').split('\n').slice(0, -1);
  }

  /** Makes a dataset as an administrator would, below the parent; resolves with its full name. */
  async createByHand(
    name: string,
    properties: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const dataset = `${this.parentDataset}/${name}`;
    const options = Object.entries(properties).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
    await this.zfs('create', ...options, dataset);
    return dataset;
  }

  async snapshot(dataset: string, name: string): Promise<string> {
    await this.zfs('snapshot', `${dataset}@${name}`);
    return `${dataset}@${name}`;
  }

  /** Holds a snapshot, so that nobody can destroy it. */
  async hold(snapshot: string, tag = 'bench'): Promise<void> {
    await this.zfs('hold', tag, snapshot);
  }

  async release(snapshot: string, tag = 'bench'): Promise<void> {
    await this.zfs('release', tag, snapshot);
  }

  /** Whoever has this key may log in from now on, and nobody else. */
  letInOnly(publicKeyFile: string): void {
    copyFileSync(publicKeyFile, join(this.stateDir, 'authorized_keys'));
  }

  /** Where the host's zfs is: the bench's own (zfs-shim), which passes on to the real one. */
  get zfsProgram(): string {
    return join(this.stateDir, 'bin', 'zfs');
  }
}
