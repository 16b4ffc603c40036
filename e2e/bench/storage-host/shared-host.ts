import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findFreePort } from '../machine/free-port.ts';
import { machineLockFile } from '../machine/ledger.ts';
import { withMachineLock } from '../machine/machine-lock.ts';
import { runCommand } from '../machine/run-command.ts';
import { runAlone } from '../machine/zfs-fuse.ts';
import { type Export, readExports } from './exports.ts';
import { createHostUser, sudoersOf, writeSudoers } from './host-user.ts';
import { createPool } from './pool.ts';
import { SshDaemon } from './ssh-daemon.ts';
import { StorageHost, type StorageHostOptions } from './storage-host.ts';

/** A storage host that shares this machine with all others: its own sshd, user and pool. */
export class SharedHost extends StorageHost {
  readonly ssh: SshDaemon;
  readonly #folder: string;

  private constructor(options: StorageHostOptions, port: number) {
    const { name, number, runDir, ledger } = options;
    const pool = `tank${number}-${ledger.id}`;
    super({
      name,
      address: `127.0.0.${number + 1}`,
      port,
      user: `zfs-bench-${ledger.id}-${number}`,
      pool,
      mountpoint: `/srv/${pool}`,
      stateDir: join(ledger.stateDir, name),
    });
    this.#folder = join(runDir, 'hosts', name);
    this.ssh = new SshDaemon({
      hostName: name,
      listenAddress: this.address,
      listenPort: port,
      user: this.user,
      authorizedKeysFile: join(this.stateDir, 'authorized_keys'),
      folder: this.#folder,
      logFile: join(runDir, 'logs', `sshd-${name}.log`),
      ledger,
    });
  }

  static async start(options: StorageHostOptions): Promise<SharedHost> {
    const { number, ledger, sshFolder } = options;
    const host = new SharedHost(options, await findFreePort(`127.0.0.${number + 1}`));
    mkdirSync(host.#folder, { recursive: true });
    for (const part of ['bin', 'exports', 'sharing']) {
      mkdirSync(join(host.stateDir, part), { recursive: true });
    }
    writeFileSync(join(host.stateDir, 'pool'), host.pool);
    copyFileSync(options.shim, host.zfsProgram);
    sshFolder.allowLogin(join(host.stateDir, 'authorized_keys'));
    const { user, mountpoint, zfsProgram } = host;
    await withMachineLock(machineLockFile, async () => {
      await createHostUser({ name: user, zfsProgram, mountpoint, ledger });
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

  /** sudo asks for a password from now on, or no more. */
  askForPassword(asks: boolean): void {
    const { user, mountpoint, zfsProgram } = this;
    const rules = sudoersOf({ name: user, zfsProgram, mountpoint });
    writeSudoers(user, asks ? rules.replace('NOPASSWD:', 'PASSWD:') : rules);
  }

  zfs(...args: string[]): Promise<string> {
    const env = { ...process.env, ZFS_SHIM_FAULTS: 'off' };
    return runCommand(this.zfsProgram, args, { env });
  }

  async exportPool(): Promise<void> {
    await runCommand('zpool', ['export', this.pool]);
  }

  async importPool(): Promise<void> {
    const options = ['-d', this.#folder, '-o', 'cachefile=none', this.pool];
    await runAlone('zpool', ['import', ...options]);
  }

  /** zfs-shim/table.go. */
  get exportsFile(): string {
    return join(this.stateDir, '../etab');
  }

  exports(): Export[] {
    return readExports(join(this.stateDir, 'exports'), this.mountpoint);
  }

  async occupy(folder: string): Promise<() => Promise<void>> {
    const sleeper = spawn('sleep', ['60'], { cwd: folder, stdio: 'ignore' });
    await once(sleeper, 'spawn');
    return async () => {
      const exit = once(sleeper, 'exit');
      sleeper.kill();
      await exit;
    };
  }
}
