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
