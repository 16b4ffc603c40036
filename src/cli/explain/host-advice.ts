/** Errors of storage hosts, of the way to them, and of the choice among them. */
import type { Advice } from './advice.ts';

export const hostAdvice: Readonly<Record<string, Advice>> = {
  COMMAND_FAILED: {
    cause: 'A command on the host failed in a way that has no name of its own.',
    remedy: ['Read what it printed, in the message, and run it by hand on the host.'],
  },
  HOST_AUTHENTICATION: {
    cause: 'The key is not in authorized_keys, is encrypted, or sshd does not take its kind.',
    remedy: [
      'Try the same by hand: ssh -i KEY USER@HOST true.',
      'kubectl zfs host-setup --print authorized-keys prints the line for the host.',
      'Look at the log of sshd, and at who may write the folders above authorized_keys.',
    ],
  },
  HOST_KEY: {
    cause: 'The host is new, was installed again, or another machine answers to its name.',
    remedy: [
      'Find out on the host what its key is: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub.',
      'Write that, and nothing that only the network says, into known_hosts.',
    ],
  },
  HOST_NOT_ALLOWED: {
    cause: 'The volume names a host that no StorageClass and no hosts file names any longer.',
    remedy: [
      'Name the host in a class, in the hosts file, or by ZFS_ALLOWED_HOSTS.',
      'If nobody should know that host, see who wrote the volume: its annotation may be forged.',
    ],
  },
  HOST_OUTPUT: {
    cause: 'The command printed more than is accepted, mostly by a shell profile or a loop.',
    remedy: ["See what the user's shell prints at login without a terminal: ssh USER@HOST true."],
  },
  HOST_PERMISSION: {
    cause: 'sudoers, doas.conf, `zfs allow` or file modes do not let the user do it.',
    remedy: [
      'kubectl zfs host-setup prints all that the user needs.',
      'Try the same by hand as that user: sudo -n zfs list.',
    ],
  },
  HOST_SKIPPED: {
    cause: 'Of several hosts, the one that was chosen stopped answering or has no room left.',
    remedy: ['Nothing: another host is tried. kubectl zfs hosts shows how they are.'],
  },
  HOST_UNREACHABLE: {
    cause: 'The host is down, its sshd refuses, or nothing gets through on the way.',
    remedy: [
      'kubectl zfs hosts shows which host and why; kubectl zfs doctor tries each step on the way.',
      "See the host, its firewall, and the cluster's network policies for port 22.",
    ],
  },
  HOSTS_NOT_SURVEYED: {
    cause: 'The provisioner has just started, and has not seen how full the hosts are.',
    remedy: ['Nothing, if it goes away within a minute. Else: kubectl zfs hosts.'],
  },
  NO_HOST: {
    cause: 'No host that the class allows answers, has room, and has what the class asks for.',
    remedy: [
      'The message says of each host why not.',
      'kubectl zfs hosts shows pools and their room; add a host, or free space.',
    ],
  },
  OUTCOME_UNKNOWN: {
    cause: 'The line broke, or the deadline passed, while the command ran: it may be done.',
    remedy: [
      'Nothing: before it is repeated, the host is asked what became of it.',
      'Where it happens often, look at the pool (zpool status) and at ZFS_OP_TIMEOUT.',
    ],
  },
  OUTPUT_UNREADABLE: {
    cause: 'Something between us and zfs changes its output: a wrapper, a shell profile, a gate.',
    remedy: [
      'See what ZFS_BIN runs, and what the host prints: ssh USER@HOST "zfs list".',
      'A gate of another version: kubectl zfs host-setup --gate --gate-before OLD.',
    ],
  },
  POOL_UNAVAILABLE: {
    cause: 'The pool is suspended, faulted or not imported.',
    remedy: [
      'Look at it on the host: zpool status -x. Bring back what is gone, then zpool clear POOL.',
    ],
  },
  STILL_RUNNING: {
    cause: 'A zfs command hangs on the host, mostly because its pool does not answer.',
    remedy: [
      'Look on the host: ps -ef | grep zfs, zpool status. Bring the pool back, or restart the host.',
    ],
  },
};
