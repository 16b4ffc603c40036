import { join } from 'node:path';

import type { z } from 'zod';

import { optional, setting } from './documented.ts';
import { anyText, hosts, keyPath, literalTrue, path, sshUser, wholeNumber } from './kinds.ts';

/** How storage hosts are reached. */
export const sshVariables = {
  ZFS_SSH_MOUNT_PATH: setting(path, {
    default: '/home/zfs/.ssh',
    example: '/etc/zfs-provisioner/ssh',
    description: 'Directory of private key, `known_hosts` and `config` (as of ssh).',
  }),
  ZFS_SSH_USER: optional(sshUser, {
    unset: '`User` of the ssh config, else `root`',
    example: 'zfs',
    description: 'User to log in as.',
  }),
  ZFS_SSH_PORT: optional(wholeNumber(1, 65_535), {
    unset: '`Port` of the ssh config, else 22',
    example: '2222',
    description: 'Port of sshd on the hosts.',
  }),
  ZFS_SSH_KEY: optional(keyPath, {
    unset: 'the first of `id_ed25519`, `id_ecdsa`, `id_rsa` in the mount path',
    example: '/etc/zfs-provisioner/ssh/id_ed25519',
    description: 'File of the private key. Exactly one key is used.',
    secret: true,
  }),
  ZFS_SSH_KEY_PASSPHRASE: optional(anyText, {
    unset: 'the key is not encrypted',
    example: '(from a Secret)',
    description: 'Passphrase of the private key.',
    secret: true,
  }),
  ZFS_SSH_KNOWN_HOSTS: optional(path, {
    unset: '`known_hosts` in the mount path',
    example: '/etc/ssh/ssh_known_hosts',
    description: 'File of the keys that hosts are known by.',
  }),
  ZFS_SSH_HOSTKEY_TOFU: setting(literalTrue(), {
    default: 'false',
    example: 'true',
    description: 'Believe the key that an unknown host shows first. Not for production.',
  }),
  ZFS_SSH_REQUIRETTY: setting(literalTrue(), {
    default: 'false',
    example: 'true',
    description: 'Ask for a terminal, where sudo on the host insists on one.',
  }),
  ZFS_SSH_CHANNELS: setting(wholeNumber(1, 9), {
    default: '6',
    example: '3',
    description: 'Commands at once per host, on one connection (`MaxSessions` of sshd is 10).',
  }),
  ZFS_ALLOWED_HOSTS: setting(hosts(), {
    default: '',
    example: 'storage-1,storage-2',
    description: 'Hosts that may be talked to besides those that a StorageClass names.',
  }),
  ZFS_HOSTS_FILE: optional(path, {
    unset: 'hosts are what StorageClasses name',
    example: '/etc/zfs-provisioner/hosts/hosts.yaml',
    description:
      'File that describes the storage hosts ([hosts-file.md](hosts-file.md)). Changes count at once.',
  }),
};

type SshVariables = z.output<z.ZodObject<typeof sshVariables>>;

export interface SshSettings {
  readonly mountPath: string;
  /** Undefined: what the ssh config says, else root. */
  readonly user: string | undefined;
  /** Undefined: what the ssh config says, else 22. */
  readonly port: number | undefined;
  /** Undefined: the first of the usual names in the mount path. */
  readonly keyPath: string | undefined;
  readonly keyPassphrase: string | undefined;
  readonly knownHostsPath: string;
  readonly trustOnFirstUse: boolean;
  readonly requireTty: boolean;
  readonly channelsPerHost: number;
  /** Hosts besides those that classes name. */
  readonly allowedHosts: readonly string[];
}

export function sshFrom(v: SshVariables): SshSettings {
  return {
    mountPath: v.ZFS_SSH_MOUNT_PATH,
    user: v.ZFS_SSH_USER,
    port: v.ZFS_SSH_PORT,
    keyPath: v.ZFS_SSH_KEY,
    keyPassphrase: v.ZFS_SSH_KEY_PASSPHRASE,
    knownHostsPath: v.ZFS_SSH_KNOWN_HOSTS ?? join(v.ZFS_SSH_MOUNT_PATH, 'known_hosts'),
    trustOnFirstUse: v.ZFS_SSH_HOSTKEY_TOFU,
    requireTty: v.ZFS_SSH_REQUIRETTY,
    channelsPerHost: v.ZFS_SSH_CHANNELS,
    allowedHosts: v.ZFS_ALLOWED_HOSTS,
  };
}
