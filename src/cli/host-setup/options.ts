import type { Command } from 'commander';
import { Option } from 'commander';

import { operatingSystems } from './host-plan.ts';
import { waysToRights } from './steps.ts';

export const parts = [
  'steps',
  'sudoers',
  'doas',
  'guard',
  'zfs-allow',
  'gate',
  'authorized-keys',
] as const;

/** Options of what is printed. */
export function withParts(command: Command): Command {
  return command
    .option('--os <NAME>', `what the host runs: ${operatingSystems.join(', ')}`, 'debian')
    .option(
      '--rights <WAY>',
      `how it gets its rights: ${waysToRights.join(', ')} (default: sudo on debian, doas on freebsd)`,
    )
    .option('--public-key <FILE>', "the public half of the provisioner's key")
    .option('--gate', 'let the key run nothing but the scripts of this version')
    .option('--gate-before <FILE>', 'the gate that is there now: what it knows stays known')
    .option('--print <PART>', `only this: ${parts.join(', ')}`, 'steps');
}

/** Options that are settings of the provisioner: their variables count where they are set. */
export function withSettings(command: Command): Command {
  const settings: readonly (readonly [flags: string, what: string, env: string, value: string])[] =
    [
      ['--user <NAME>', 'whom it logs in as', 'ZFS_SSH_USER', 'zfs-provisioner'],
      ['--zfs-bin <WORDS>', 'how zfs is called', 'ZFS_BIN', 'sudo -H zfs'],
      ['--chmod-bin <WORDS>', 'how chmod is called', 'ZFS_CHOWN_BIN', 'sudo -H chmod'],
      ['--chown-bin <WORDS>', 'how chown is called', 'ZFS_OWNER_BIN', 'sudo -H chown'],
      ['--setfacl-bin <WORDS>', 'how setfacl is called', 'ZFS_ACL_BIN', 'sudo -H setfacl'],
      [
        '--exports-files <PATHS>',
        'files that tell what is exported',
        'ZFS_EXPORTS_FILES',
        '/var/lib/nfs/etab,/etc/exports.d/zfs.exports,/etc/zfs/exports',
      ],
      ['--allowed-parents <NAMES>', 'where no --parent is given', 'ZFS_ALLOWED_PARENTS', ''],
      ['--allowed-properties <NAMES>', 'as the setting', 'ZFS_ALLOWED_PROPERTIES', ''],
    ];
  for (const [flags, what, env, value] of settings) {
    command.addOption(new Option(flags, what).env(env).default(value));
  }
  return command
    .option('--zfs-program <PATH>', 'where zfs is on the host')
    .option(
      '--parent <DATASET[=MOUNTPOINT]>',
      'where volumes are made, each one level below (may be given several times)',
      (value: string, before: readonly string[]) => [...before, value],
      [],
    );
}
