import type { z } from 'zod';

import { optional, setting } from './documented.ts';
import { dnsName, duration, trueOrFalse } from './kinds.ts';

const seconds = (n: number): number => n * 1000;

/** Which of several replicas works. */
export const leaseVariables = {
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
};

type LeaseVariables = z.output<z.ZodObject<typeof leaseVariables>>;

export interface LeaseSettings {
  readonly enabled: boolean;
  readonly name: string;
  readonly durationMs: number;
  readonly renewDeadlineMs: number;
  readonly retryPeriodMs: number;
}

/** What the lease is named after. */
interface Instance {
  readonly ZFS_PROVISIONER_INSTANCE: string;
}

export function leaseFrom(v: LeaseVariables & Instance): LeaseSettings {
  return {
    enabled: v.ZFS_LEADER_ELECTION,
    name: leaseNameOf(v),
    durationMs: v.ZFS_LEASE_DURATION,
    renewDeadlineMs: v.ZFS_LEASE_RENEW_DEADLINE,
    retryPeriodMs: v.ZFS_LEASE_RETRY_PERIOD,
  };
}

/** As sig-storage's library names it, so that both products exclude each other. */
export function leaseNameOf(v: Pick<LeaseVariables, 'ZFS_LEASE_NAME'> & Instance): string {
  return v.ZFS_LEASE_NAME ?? v.ZFS_PROVISIONER_INSTANCE.replaceAll('/', '-');
}
