import { join } from 'node:path';
import { findFreePort } from '../machine/free-port.ts';
import { Daemon } from '../machine/daemon.ts';
import { type Export, readOpenZfsExports } from '../storage-host/exports.ts';
import { accountOptions, sudoersOf } from '../storage-host/host-user.ts';
import {
  StorageHost,
  type HostIdentity,
  type StorageHostOptions,
} from '../storage-host/storage-host.ts';
import { GuestRoot } from './guest-root.ts';
import { GuestSshDaemon } from './guest-ssh-daemon.ts';
import { quoted } from './quoted.ts';
import { VirtualMachine } from './virtual-machine.ts';

/** Port 22 is for the bench. */
const guestPort = 2222;
const pool = 'tank';

/**
 * A storage host that is a machine of its own, with OpenZFS and kernel NFS. Its pool and its state are seen
 * on this machine at the same paths.
 */
export class VirtualHost extends StorageHost {
  readonly machine: VirtualMachine;
  readonly ssh: GuestSshDaemon;
  readonly #root: GuestRoot;
  readonly #options: StorageHostOptions;

  private constructor(options: StorageHostOptions, identity: HostIdentity, parts: HostParts) {
    super(identity);
    this.#options = options;
    this.machine = parts.machine;
    this.#root = parts.root;
    this.ssh = new GuestSshDaemon(
      {
        hostName: this.name,
        listenAddress: '0.0.0.0',
        listenPort: guestPort,
        user: this.user,
        authorizedKeysFile: join(this.stateDir, 'authorized_keys'),
        folder: this.stateDir,
        logFile: join(this.stateDir, 'sshd.log'),
      },
      parts.machine,
    );
  }

  static async start(options: StorageHostOptions): Promise<VirtualHost> {
    const { name, number, ledger } = options;
    const address = `127.0.0.${number + 1}`;
    const port = await findFreePort(address);
    const logFolder = join(options.runDir, 'logs');
    const machine = await VirtualMachine.start({
      name,
      role: 'storage',
      segmentAddress: `192.168.77.${number}`,
      forward: `${address}:${port}-:${guestPort}`,
      poolSizeBytes: options.poolSizeBytes,
      logFolder,
      ledger,
    });
    const identity = {
      name,
      address,
      port,
      user: `zfs-bench-${ledger.id}-${number}`,
      pool,
      mountpoint: `/srv/tank${number}-${ledger.id}`,
      stateDir: join(ledger.stateDir, name),
    };
    await machine.run('sh -eu -s', setUp(identity));
    const root = await GuestRoot.mount(machine, ledger, logFolder);
    root.link(identity.stateDir);
    root.link(identity.mountpoint);
    const host = new VirtualHost(options, identity, { machine, root });
    await machine.copyIn(options.shim, host.zfsProgram);
    options.sshFolder.allowLogin(join(host.stateDir, 'authorized_keys'));
    await host.ssh.makeHostKey();
    await host.ssh.start();
    host.#keepLog();
    return host;
  }

  /** Where NFS clients on the machines of this bench find it. */
  get segmentAddress(): string {
    return this.machine.segmentAddress;
  }

  zfs(...args: string[]): Promise<string> {
    const words = [this.zfsProgram, ...args].map(quoted);
    return this.machine.run(`ZFS_SHIM_FAULTS=off ${words.join(' ')}`);
  }

  async exportPool(): Promise<void> {
    await this.machine.run(`zpool export ${this.pool}`);
  }

  async importPool(): Promise<void> {
    await this.machine.run(`zpool import -d /dev/vdb1 ${this.pool}`);
  }

  /** exportfs(8). */
  readonly exportsFile = '/var/lib/nfs/etab';

  exports(): Export[] {
    return readOpenZfsExports(this.#root.path, this.mountpoint);
  }

  async occupy(folder: string): Promise<() => Promise<void>> {
    const sleeper = `cd ${quoted(folder)} && { sleep 60 </dev/null >/dev/null 2>&1 & echo $!; }`;
    const pid = (await this.machine.run(sleeper)).trim();
    return async () => {
      await this.machine.run(`kill ${pid}; while [ -e /proc/${pid} ]; do sleep 0.01; done`);
    };
  }

  /** A power cut. Resolves when the machine is back and the product may come in. */
  async reboot(): Promise<void> {
    await this.machine.reboot();
    await this.#root.mountAgain();
    await this.ssh.start();
    this.#keepLog();
  }

  /** sshd's log lies in the guest; a copy stays when that is gone. */
  #keepLog(): void {
    const { runDir, ledger } = this.#options;
    const { sshConfig } = this.machine;
    const follow = `exec tail -n +1 -F ${this.stateDir}/sshd.log`;
    Daemon.start({
      name: `log of ${this.name}`,
      program: 'ssh',
      args: ['-F', sshConfig, '-o', 'ControlPath=none', 'vm', follow],
      logFile: join(runDir, 'logs', `sshd-${this.name}.log`),
      cwd: '/',
      ledger,
    });
  }
}

interface HostParts {
  readonly machine: VirtualMachine;
  readonly root: GuestRoot;
}

/** What turns the machine of the template into this host. */
function setUp({ user, mountpoint, stateDir }: HostIdentity): string {
  const zfsProgram = join(stateDir, 'bin/zfs');
  const parts = ['bin', 'exports', 'sharing', 'faults'].map((part) => join(stateDir, part));
  return [
    `mkdir -p ${parts.join(' ')} ${mountpoint}`,
    `useradd ${accountOptions.map(quoted).join(' ')} ${user}`,
    `printf %s ${quoted(sudoersOf({ name: user, zfsProgram, mountpoint }))} >/etc/sudoers.d/${user}`,
    `chmod 440 /etc/sudoers.d/${user}`,
    `zfs set mountpoint=${mountpoint} ${pool}`,
    '',
  ].join('\n');
}
