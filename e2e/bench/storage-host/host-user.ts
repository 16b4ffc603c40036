import { renameSync, rmSync, writeFileSync } from 'node:fs';
import type { Ledger } from '../machine/ledger.ts';
import { runCommand } from '../machine/run-command.ts';

export interface HostUserRights {
  readonly name: string;
  readonly zfsProgram: string;
  /** Below it the user may change owners and permissions. */
  readonly mountpoint: string;
}

export interface HostUserOptions extends HostUserRights {
  readonly ledger: Ledger;
}

/** Without a password, but not locked: sshd without PAM refuses a locked account. */
export const accountOptions = [
  '--no-create-home',
  '--home-dir=/',
  '--shell=/bin/sh',
  '--password=*',
];

/** An unprivileged user that may run zfs, and change owners and modes in the pool's tree, as root. Under the machine lock. */
export async function createHostUser(options: HostUserOptions): Promise<void> {
  const { name, ledger } = options;
  ledger.add({ kind: 'user', name });
  await runCommand('useradd', [...accountOptions, name]);
  const file = `/etc/sudoers.d/${name}`;
  ledger.add({ kind: 'file', path: file });
  ledger.add({ kind: 'file', path: `${file}.new` }); // sudo ignores names with a dot
  writeFileSync(`${file}.new`, sudoersOf(options), { mode: 0o440 });
  await runCommand('visudo', ['--check', '--quiet', '--file', `${file}.new`]);
  renameSync(`${file}.new`, file);
}

/** Replaces the rules of a user that createHostUser made. */
export function writeSudoers(name: string, rules: string): void {
  const file = `/etc/sudoers.d/${name}`;
  rmSync(`${file}.new`, { force: true });
  writeFileSync(`${file}.new`, rules, { mode: 0o440 });
  renameSync(`${file}.new`, file);
}

/** secure_path makes `sudo zfs` the host's shim; all else is sudo as Debian sets it up. */
export function sudoersOf({ name, zfsProgram, mountpoint }: HostUserRights): string {
  const owned = ['chmod', 'chown', 'setfacl'].map((tool) => `/usr/bin/${tool} * ${mountpoint}/*`);
  const shimFolder = zfsProgram.slice(0, zfsProgram.lastIndexOf('/'));
  return [
    `Defaults:${name} secure_path="${shimFolder}:/usr/sbin:/usr/bin:/sbin:/bin"`,
    `${name} ALL=(root) NOPASSWD: ${[zfsProgram, ...owned].join(', ')}`,
    '',
  ].join('\n');
}
