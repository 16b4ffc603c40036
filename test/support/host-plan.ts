import type { HostPlan } from '../../src/cli/host-setup/host-plan.ts';
import { usualPrograms } from '../../src/cli/host-setup/host-plan.ts';

/** A host for volumes below tank/k, with Debian's programs by way of sudo. */
export function aHostPlan(overrides: Partial<HostPlan> = {}): HostPlan {
  return {
    os: 'debian',
    user: 'zfs-provisioner',
    publicKey: undefined,
    parents: [{ dataset: 'tank/k', mountpoint: '/tank/k' }],
    commands: {
      zfs: 'sudo -H zfs',
      chmod: 'sudo -H chmod',
      chown: 'sudo -H chown',
      setfacl: 'sudo -H setfacl',
    },
    programs: usualPrograms.debian,
    allowedProperties: [],
    exportsFiles: ['/var/lib/nfs/etab'],
    ...overrides,
  };
}
