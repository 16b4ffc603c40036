import { z } from 'zod';

import {
  anyText,
  chmodMode,
  datasets,
  dnsLabel,
  dnsName,
  duration,
  hosts,
  keyPath,
  listenAddress,
  literalTrue,
  oneOf,
  path,
  provisionerName,
  sshUser,
  trueOrFalse,
  wholeNumber,
  words,
} from './setting-kinds.ts';

interface Documentation {
  readonly description: string;
  readonly example: string;
  /** Its value is never shown. */
  readonly secret?: true;
}

interface Defaulted extends Documentation {
  readonly default: string;
}

interface Optional extends Documentation {
  /** What happens when it is not set. */
  readonly unset: string;
}

function setting<T>(
  kind: z.ZodType<T, string>,
  documentation: Defaulted,
): z.ZodPrefault<typeof kind> {
  return kind.prefault(documentation.default).meta({ ...kind.meta(), ...documentation });
}

function optional<T>(
  kind: z.ZodType<T, string>,
  documentation: Optional,
): z.ZodOptional<typeof kind> {
  return kind.optional().meta({ ...kind.meta(), ...documentation });
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
const seconds = (n: number): number => n * 1000;

/** Every environment variable that is read, in the order in which docs/settings.md shows them. */
export const settingsSchema = z
  .object({
    ZFS_PROVISIONER_INSTANCE: setting(provisionerName, {
      default: 'pv.kubernetes.io/zfs',
      example: 'zfs.example.com/production',
      description: 'Name of this provisioner: `provisioner` of its StorageClasses.',
    }),
    POD_NAMESPACE: optional(dnsLabel, {
      unset: "the service account's namespace, else `default`",
      example: 'zfs-system',
      description: 'Namespace of the lease.',
    }),
    ZFS_KUBE_CONFIG_PATH: optional(path, {
      unset: '`KUBECONFIG`, else the service account of the pod',
      example: '/etc/zfs-provisioner/kubeconfig',
      description: 'kubeconfig file of the cluster.',
    }),
    KUBECONFIG: optional(path, {
      unset: 'the service account of the pod',
      example: '/home/me/.kube/config',
      description: 'As kubectl knows it; `ZFS_KUBE_CONFIG_PATH` comes first.',
    }),
    ZFS_LOG_LEVEL: setting(oneOf(logLevels), {
      default: 'info',
      example: 'debug',
      description: 'Least severe level that is logged.',
    }),
    ZFS_METRICS_PORT: setting(wholeNumber(1, 65_534), {
      default: '8080',
      example: '9090',
      description: 'Port of `/metrics`, `/livez` and `/readyz`. The next port serves `/healthz`.',
    }),
    ZFS_METRICS_ADDR: setting(listenAddress, {
      default: '0.0.0.0',
      example: '::',
      description: 'Address that both ports are bound to.',
    }),

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

    ZFS_EXEC_LOCAL: setting(literalTrue(), {
      default: 'false',
      example: 'true',
      description: 'Run the commands on this machine instead of over SSH, whatever the host.',
    }),
    ZFS_BIN: setting(words(), {
      default: 'sudo -H zfs',
      example: '/usr/sbin/zfs',
      description: 'How zfs is called on the host.',
    }),
    ZFS_CHOWN_BIN: setting(words(), {
      default: 'sudo -H chmod',
      example: '/bin/chmod',
      description: "How chmod is called on the host (the name is the classic provisioner's).",
    }),
    ZFS_MOD: setting(chmodMode, {
      default: 'g+w',
      example: '0770',
      description: "Mode given to a new volume's root directory.",
    }),
    ZFS_OP_TIMEOUT: setting(duration({ minMs: 1 }), {
      default: '60s',
      example: '1m30s',
      description: 'Limit for one operation on a host, all its commands together.',
    }),
    ZFS_ALLOWED_PARENTS: setting(datasets(), {
      default: '',
      example: 'tank/kubernetes,ssd/kubernetes',
      description:
        'Datasets below which volumes may live. Empty: wherever a StorageClass of ours says.',
    }),

    ZFS_WORKERS: setting(wholeNumber(1, 64), {
      default: '8',
      example: '4',
      description: 'Claims and volumes worked on at once, per host.',
    }),
    ZFS_WAITING_NOTICE: setting(duration({ minMs: seconds(1) }), {
      default: '30s',
      example: '10s',
      description: 'A claim that waits for its host is told so by an event within this time.',
    }),
    ZFS_ORPHAN_GRACE: setting(duration({ minMs: seconds(1) }), {
      default: '10m',
      example: '1h',
      description: 'Age below which a dataset without claim and volume is left alone.',
    }),
    ZFS_SHUTDOWN_GRACE: setting(duration({ minMs: 1, zero: 'not at all' }), {
      default: '10s',
      example: '25s',
      description: 'How long running work may end after SIGTERM.',
    }),
    ZFS_USAGE_INTERVAL: setting(duration({ minMs: seconds(1), zero: 'only at the start' }), {
      default: '60s',
      example: '5m',
      description: 'How often the sizes of pools and volumes are read, with one command per host.',
    }),
    ZFS_USAGE_MAX_VOLUMES: setting(wholeNumber(0, 100_000), {
      default: '1000',
      example: '200',
      description: 'Volumes that have metrics of their own; the oldest come first.',
    }),

    ZFS_LEADER_ELECTION: setting(trueOrFalse(), {
      default: 'true',
      example: 'false',
      description: 'Whether a lease decides which replica works. `false` only for a single one.',
    }),
    ZFS_LEASE_NAME: optional(dnsName, {
      unset: 'the instance, with `-` for `/`',
      example: 'zfs-provisioner',
      description: 'Name of the lease.',
    }),
    ZFS_LEASE_DURATION: setting(duration({ minMs: seconds(1) }), {
      default: '15s',
      example: '30s',
      description: 'After this long without renewal another replica takes over.',
    }),
    ZFS_LEASE_RENEW_DEADLINE: setting(duration({ minMs: 1 }), {
      default: '10s',
      example: '20s',
      description: 'A leader that could not renew for this long steps down.',
    }),
    ZFS_LEASE_RETRY_PERIOD: setting(duration({ minMs: 1 }), {
      default: '2s',
      example: '4s',
      description: 'Time between attempts to get or renew the lease.',
    }),
  })
  .refine((v) => v.ZFS_LEASE_DURATION > v.ZFS_LEASE_RENEW_DEADLINE, {
    path: ['ZFS_LEASE_DURATION'],
    message: 'more than ZFS_LEASE_RENEW_DEADLINE',
    when: bothAreRight('ZFS_LEASE_DURATION', 'ZFS_LEASE_RENEW_DEADLINE'),
  })
  // The factor is the jitter of client-go's leader election.
  .refine((v) => v.ZFS_LEASE_RENEW_DEADLINE > 1.2 * v.ZFS_LEASE_RETRY_PERIOD, {
    path: ['ZFS_LEASE_RENEW_DEADLINE'],
    message: 'more than 1.2 times ZFS_LEASE_RETRY_PERIOD',
    when: bothAreRight('ZFS_LEASE_RENEW_DEADLINE', 'ZFS_LEASE_RETRY_PERIOD'),
  })
  .refine((v) => dnsName.safeParse(leaseNameOf(v)).success, {
    path: ['ZFS_LEASE_NAME'],
    message: 'a DNS name, since none can be made of ZFS_PROVISIONER_INSTANCE',
    when: bothAreRight('ZFS_LEASE_NAME', 'ZFS_PROVISIONER_INSTANCE'),
  });

/** A rule between two variables is checked once both are right, whatever others are wrong. */
function bothAreRight(a: string, b: string): (payload: z.core.ParsePayload) => boolean {
  return ({ issues }) => !issues.some(({ path: at }) => at?.[0] === a || at?.[0] === b);
}

/** As sig-storage's library names it, so that both products exclude each other. */
export function leaseNameOf(variables: {
  readonly ZFS_LEASE_NAME?: string | undefined;
  readonly ZFS_PROVISIONER_INSTANCE: string;
}): string {
  return variables.ZFS_LEASE_NAME ?? variables.ZFS_PROVISIONER_INSTANCE.replaceAll('/', '-');
}

export type LogLevel = (typeof logLevels)[number];
export type SettingsVariables = z.output<typeof settingsSchema>;
