import { UsageError } from '../usage-error.ts';
import { administratorsProperties } from '../../volume/native-properties.ts';
import { problemWithDatasetName } from '../../volume/dataset-name.ts';
import { shown } from '../../volume/shown.ts';

export const operatingSystems = ['debian', 'freebsd'] as const;
type OperatingSystem = (typeof operatingSystems)[number];

/** The programs that the product runs on a host, by what they are for. */
export const tools = ['zfs', 'chmod', 'chown', 'setfacl'] as const;
export type Tool = (typeof tools)[number];

/** A dataset that volumes are made in, each one level below it. */
export interface ParentPlace {
  readonly dataset: string;
  readonly mountpoint: string;
}

/** What a storage host is to be set up for: the settings of the provisioner, as far as its hosts see them. */
export interface HostPlan {
  readonly os: OperatingSystem;
  /** Whom the provisioner logs in as. */
  readonly user: string;
  /** `ssh-ed25519 AAAA... comment`; undefined: a placeholder is printed. */
  readonly publicKey: string | undefined;
  readonly parents: readonly ParentPlace[];
  /** ZFS_BIN, ZFS_CHOWN_BIN, ZFS_OWNER_BIN, ZFS_ACL_BIN. */
  readonly commands: Readonly<Record<Tool, string>>;
  /** Where the programs are on the host. */
  readonly programs: Readonly<Record<Tool, string>>;
  /** ZFS_ALLOWED_PROPERTIES. */
  readonly allowedProperties: readonly string[];
  /** ZFS_EXPORTS_FILES. */
  readonly exportsFiles: readonly string[];
}

export const usualPrograms: Readonly<Record<OperatingSystem, Readonly<Record<Tool, string>>>> = {
  debian: {
    zfs: '/usr/sbin/zfs',
    chmod: '/usr/bin/chmod',
    chown: '/usr/bin/chown',
    setfacl: '/usr/bin/setfacl',
  },
  freebsd: {
    zfs: '/sbin/zfs',
    chmod: '/bin/chmod',
    chown: '/usr/sbin/chown',
    setfacl: '/bin/setfacl',
  },
};

/** Paths that need no escape in sudoers, in a shell or in a regular expression but for their dots. */
const path = /^(\/[A-Za-z0-9_@+:-][A-Za-z0-9_.@+:-]*)+$/;
const userName = /^[a-z_][a-z0-9_-]{0,31}$/;
const publicKey =
  /^(ssh-ed25519|ecdsa-sha2-nistp\d{3}|ssh-rsa|sk-\S+) [A-Za-z0-9+/]+={0,3}( [^\n\r]*)?$/;

/** @throws UsageError that lists everything in the plan that could mean more than it says */
export function requireSafe(plan: HostPlan): void {
  const problems = [
    ...(userName.test(plan.user) ? [] : [`--user ${shown(plan.user)} is no name of a user`]),
    ...(plan.user === 'root' ? ['--user root needs no setup, and can do everything'] : []),
    ...(plan.publicKey === undefined || publicKey.test(plan.publicKey)
      ? []
      : ['--public-key is no line of an OpenSSH public key']),
    ...(plan.parents.length === 0 ? ['--parent is missing: where volumes are to be made'] : []),
    ...plan.parents.flatMap(problemsWithParent),
    ...tools.flatMap((tool) =>
      path.test(plan.programs[tool])
        ? []
        : [`the path of ${tool} is none that can be written down`],
    ),
    ...plan.allowedProperties.flatMap((name) =>
      administratorsProperties.includes(name)
        ? []
        : [`ZFS_ALLOWED_PROPERTIES names ${shown(name)}, which is none of them`],
    ),
    ...plan.exportsFiles.flatMap((file) =>
      path.test(file) ? [] : [`ZFS_EXPORTS_FILES has ${shown(file)}, which is no plain path`],
    ),
  ];
  if (problems.length > 0) throw new UsageError(problems);
}

function problemsWithParent({ dataset, mountpoint }: ParentPlace): readonly string[] {
  const problem = problemWithDatasetName(dataset);
  if (problem !== undefined) return [`--parent ${shown(dataset)} ${problem}`];
  return path.test(mountpoint)
    ? []
    : [`--parent ${dataset}=${shown(mountpoint)} is no path without blanks`];
}
