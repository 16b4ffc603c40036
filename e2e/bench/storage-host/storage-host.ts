import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findFreePort } from '../machine/free-port.ts';
import { type Ledger, machineLockFile } from '../machine/ledger.ts';
import { withMachineLock } from '../machine/machine-lock.ts';
import { runCommand } from '../machine/run-command.ts';
import { runAlone } from '../machine/zfs-fuse.ts';
import { type Export, readExports } from './exports.ts';
import { Faults } from './faults.ts';
import { createHostUser } from './host-user.ts';
import { createPool } from './pool.ts';
import { SshDaemon } from './ssh-daemon.ts';
import type { SshFolder, SshTarget } from './ssh-folder.ts';

export interface StorageHostOptions {
  readonly name: string;
  /** From 1: gives the address (127.0.0.2 for the first), the pool's and the user's name. */
  readonly number: number;
  readonly runDir: string;
  readonly shim: string;
  readonly sshFolder: SshFolder;
  readonly ledger: Ledger;
  readonly poolSizeBytes: number;
}

/** A dataset as `zfs get` tells it: values by property; `-` where there is none. */
export type DatasetProperties = Readonly<Record<string, string>>;

/** A machine to the product: an address with sshd, a user that may sudo zfs, and a pool. */
export class StorageHost {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly pool: string;
  /** Dataset that volumes are made below. */
  readonly parentDataset: string;
  /** Where the pool is mounted. */
  readonly mountpoint: string;
  readonly ssh: SshDaemon;
  readonly faults: Faults;
  readonly #stateDir: string;
  readonly #folder: string;

  private constructor(options: StorageHostOptions, port: number) {
    const { name, number, runDir, ledger } = options;
    this.name = name;
    this.address = `127.0.0.${number + 1}`;
    this.port = port;
    this.user = `zfs-bench-${ledger.id}-${number}`;
    this.pool = `tank${number}-${ledger.id}`;
    this.parentDataset = `${this.pool}/kubernetes`;
    this.mountpoint = `/srv/${this.pool}`;
    this.#stateDir = join(ledger.stateDir, name);
    this.#folder = join(runDir, 'hosts', name);
    this.faults = new Faults(join(this.#stateDir, 'faults'));
    this.ssh = new SshDaemon({
      hostName: name,
      address: this.address,
      port,
      user: this.user,
      authorizedKeysFile: join(this.#stateDir, 'authorized_keys'),
      folder: this.#folder,
      logFile: join(runDir, 'logs', `sshd-${name}.log`),
      ledger,
    });
  }

  static async start(options: StorageHostOptions): Promise<StorageHost> {
    const { number, ledger, sshFolder } = options;
    const host = new StorageHost(options, await findFreePort(`127.0.0.${number + 1}`));
    mkdirSync(host.#folder, { recursive: true });
    for (const part of ['bin', 'exports', 'sharing']) {
      mkdirSync(join(host.#stateDir, part), { recursive: true });
    }
    writeFileSync(join(host.#stateDir, 'pool'), host.pool);
    copyFileSync(options.shim, host.#zfsProgram);
    sshFolder.allowLogin(join(host.#stateDir, 'authorized_keys'));
    const { user, mountpoint } = host;
    await withMachineLock(machineLockFile, async () => {
      await createHostUser({ name: user, zfsProgram: host.#zfsProgram, mountpoint, ledger });
      await createPool({
        name: host.pool,
        imageFile: join(host.#folder, 'pool.img'),
        sizeBytes: options.poolSizeBytes,
        mountpoint,
        parent: host.parentDataset,
        ledger,
      });
    });
    await host.ssh.makeHostKey();
    await host.ssh.start();
    return host;
  }

  get sshTarget(): SshTarget {
    const { name, address, port, user } = this;
    return { name, address, port, user, hostPublicKey: this.ssh.hostPublicKey };
  }

  /** Runs zfs on the host directly: as root, not over SSH, not counted, untouched by faults. */
  zfs(...args: string[]): Promise<string> {
    const env = { ...process.env, ZFS_SHIM_FAULTS: 'off' };
    return runCommand(this.#zfsProgram, args, { env });
  }

  /** The pool is not there, as after a failed import at boot. */
  async exportPool(): Promise<void> {
    await runCommand('zpool', ['export', this.pool]);
  }

  async importPool(): Promise<void> {
    const options = ['-d', this.#folder, '-o', 'cachefile=none', this.pool];
    await runAlone('zpool', ['import', ...options]);
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
    const file = join(this.#stateDir, 'journal');
    if (!existsSync(file)) return [];
    return readFileSync(file, 'utf8').split('\n').slice(0, -1);
  }

  /** What is exported over NFS now. */
  exports(): Export[] {
    return readExports(join(this.#stateDir, 'exports'), this.mountpoint);
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
    copyFileSync(publicKeyFile, join(this.#stateDir, 'authorized_keys'));
  }

  get #zfsProgram(): string {
    return join(this.#stateDir, 'bin', 'zfs');
  }
}
