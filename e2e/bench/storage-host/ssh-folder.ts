import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../machine/run-command.ts';

export interface SshTarget {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly hostPublicKey: string;
}

/**
 * The folder that the product mounts (ZFS_SSH_MOUNT_PATH): key, known_hosts and config. People use it
 * as well: `ssh -F <folder>/config storage-1`.
 */
export class SshFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** The public key to let in. */
  get publicKeyFile(): string {
    return `${this.#keyFile}.pub`;
  }

  async makeKey(): Promise<void> {
    mkdirSync(this.path, { recursive: true, mode: 0o700 });
    if (existsSync(this.#keyFile)) return;
    const options = ['-q', '-t', 'ed25519', '-N', '', '-C', 'zfs-provisioner-bench'];
    await runCommand('ssh-keygen', [...options, '-f', this.#keyFile]);
  }

  /** Writes config and known_hosts, which trusts the keys that the hosts have now. */
  trust(targets: readonly SshTarget[]): void {
    writeFileSync(join(this.path, 'known_hosts'), targets.map(knownHostsLine).join(''));
    const common = [
      'Host *',
      `  IdentityFile ${this.#keyFile}`,
      '  IdentitiesOnly yes',
      `  UserKnownHostsFile ${join(this.path, 'known_hosts')}`,
      '',
    ].join('\n');
    writeFileSync(join(this.path, 'config'), targets.map(configBlock).join('') + common);
  }

  allowLogin(authorizedKeysFile: string): void {
    copyFileSync(this.publicKeyFile, authorizedKeysFile);
  }

  get #keyFile(): string {
    return join(this.path, 'id_ed25519');
  }
}

/** By name and by address: clients look up one or the other. */
function knownHostsLine({ name, address, port, hostPublicKey }: SshTarget): string {
  return `${name},[${name}]:${port},[${address}]:${port} ${hostPublicKey}\n`;
}

function configBlock({ name, address, port, user }: SshTarget): string {
  return `Host ${name}\n  HostName ${address}\n  Port ${port}\n  User ${user}\n\n`;
}
