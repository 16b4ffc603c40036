import { z } from 'zod';

import { consoleVariables, hasConsoleToken } from './console-variables.ts';
import { bothAreRight, dnsName } from './kinds.ts';
import { leaseNameOf, leaseVariables } from './lease-variables.ts';
import { processVariables } from './process-variables.ts';
import { sshVariables } from './ssh-variables.ts';
import { workVariables } from './work-variables.ts';
import { zfsVariables } from './zfs-variables.ts';

/** Every environment variable that is read, in the order in which docs/settings.md shows them. */
export const settingsSchema = z
  .object({
    ...processVariables,
    ...sshVariables,
    ...zfsVariables,
    ...workVariables,
    ...leaseVariables,
    ...consoleVariables,
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
  })
  .refine(hasConsoleToken, {
    path: ['ZFS_CONSOLE_TOKEN'],
    message:
      'a token that opens the status page, since ZFS_CONSOLE_PORT is set and ZFS_CONSOLE_AUTH is token (none: everybody who reaches the port may see it)',
    when: bothAreRight('ZFS_CONSOLE_TOKEN', 'ZFS_CONSOLE_AUTH'),
  });

export type SettingsVariables = z.output<typeof settingsSchema>;
