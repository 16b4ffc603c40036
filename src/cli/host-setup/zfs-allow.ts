import type { HostPlan } from './host-plan.ts';
import { permissionsOf } from './zfs-forms.ts';

/**
 * `zfs allow` for each parent: what the table does, as far as ZFS lets users do it. Enough where users may mount and share:
 * FreeBSD with vfs.usermount, for volumes that nobody mounts by NFS. Linux lets none of them mount.
 */
export function zfsAllowOf(plan: HostPlan): string {
  const permissions = permissionsOf(plan).join(',');
  return plan.parents
    .map(({ dataset }) => `zfs allow -u ${plan.user} ${permissions} ${dataset}\n`)
    .join('');
}
