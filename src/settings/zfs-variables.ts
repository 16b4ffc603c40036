import type { z } from 'zod';

import { optional, setting } from './documented.ts';
import {
  absolutePaths,
  chmodMode,
  datasets,
  duration,
  factor,
  literalTrue,
  propertyNames,
  trueOrFalse,
  wholeNumber,
  words,
} from './kinds.ts';

/** What is done on storage hosts, and within which bounds. */
export const zfsVariables = {
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
  ZFS_OWNER_BIN: setting(words(), {
    default: 'sudo -H chown',
    example: '/usr/sbin/chown',
    description: 'How chown is called on the host, for classes with `uid` or `gid`.',
  }),
  ZFS_ACL_BIN: setting(words(), {
    default: 'sudo -H setfacl',
    example: '/usr/bin/setfacl',
    description: 'How setfacl is called on the host, for classes with `acl`.',
  }),
  ZFS_EXPORTS_FILES: setting(absolutePaths(), {
    default: '/var/lib/nfs/etab,/etc/exports.d/zfs.exports,/etc/zfs/exports',
    example: '/var/lib/nfs/etab',
    description:
      'Where a host keeps what it exports over NFS: the first file that can be read there proves to whom a volume is exported.',
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
  ZFS_EXPORT_TO_EVERYONE: setting(trueOrFalse(), {
    default: 'false',
    example: 'true',
    description:
      'Whether StorageClasses may export NFS volumes to everyone without saying so, as the default of the classic provisioner (`shareProperties: "on"`) does.',
  }),
  ZFS_ALLOWED_PARENTS: setting(datasets(), {
    default: '',
    example: 'tank/kubernetes,ssd/kubernetes',
    description:
      'Datasets below which volumes may live. Empty: wherever a StorageClass of ours says.',
  }),
  ZFS_ALLOWED_PROPERTIES: setting(propertyNames(), {
    default: '',
    example: 'special_small_blocks,overlay',
    description:
      'Properties that reach beyond a volume, or keep it from being mounted on some hosts, and that StorageClasses may set all the same.',
  }),
  ZFS_MAX_OVERCOMMIT: optional(factor(1, 1000), {
    unset: 'no limit',
    example: '3',
    description:
      "How often a parent dataset's space may be promised: a claim is refused when the quotas of all volumes below would exceed this many times that space.",
  }),
  ZFS_MAX_POOL_FULLNESS: optional(wholeNumber(1, 100), {
    unset: 'no limit',
    example: '90',
    description: 'Percentage of a pool in use above which it gets no new volumes.',
  }),
};

type ZfsVariables = z.output<z.ZodObject<typeof zfsVariables>>;

export interface ZfsSettings {
  readonly executeLocally: boolean;
  readonly zfsCommand: readonly string[];
  readonly chmodCommand: readonly string[];
  readonly chownCommand: readonly string[];
  readonly setfaclCommand: readonly string[];
  readonly exportsFiles: readonly string[];
  readonly permissionsMode: string;
  readonly operationTimeoutMs: number;
  /** Empty: any parent that a class names. */
  readonly allowedParents: readonly string[];
  /** Classes need no consent of their own for it. */
  readonly exportToEveryone: boolean;
  /** Native properties that classes may set besides those that anyone may. */
  readonly allowedProperties: readonly string[];
  /** Undefined: no limit. */
  readonly spaceLimits: {
    readonly maxFullnessPercent: number | undefined;
    readonly maxOvercommit: number | undefined;
  };
}

export function zfsFrom(v: ZfsVariables): ZfsSettings {
  return {
    executeLocally: v.ZFS_EXEC_LOCAL,
    zfsCommand: v.ZFS_BIN,
    chmodCommand: v.ZFS_CHOWN_BIN,
    chownCommand: v.ZFS_OWNER_BIN,
    setfaclCommand: v.ZFS_ACL_BIN,
    exportsFiles: v.ZFS_EXPORTS_FILES,
    permissionsMode: v.ZFS_MOD,
    operationTimeoutMs: v.ZFS_OP_TIMEOUT,
    allowedParents: v.ZFS_ALLOWED_PARENTS,
    exportToEveryone: v.ZFS_EXPORT_TO_EVERYONE,
    allowedProperties: v.ZFS_ALLOWED_PROPERTIES,
    spaceLimits: {
      maxFullnessPercent: v.ZFS_MAX_POOL_FULLNESS,
      maxOvercommit: v.ZFS_MAX_OVERCOMMIT,
    },
  };
}
