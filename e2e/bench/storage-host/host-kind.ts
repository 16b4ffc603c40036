/**
 * What storage hosts are made of: `shared`, a pool and an sshd on this machine (zfs-fuse where it has no
 * OpenZFS); `openzfs`, a virtual machine each, with OpenZFS and kernel NFS.
 */
export type HostKind = 'shared' | 'openzfs';

/** ZFS_BENCH_HOST runs scenarios on the other kind. */
export function defaultHostKind(env: NodeJS.ProcessEnv = process.env): HostKind {
  const kind = env['ZFS_BENCH_HOST'] ?? 'shared';
  if (kind === 'shared' || kind === 'openzfs') return kind;
  throw new Error(`ZFS_BENCH_HOST is shared or openzfs, not ${kind}`);
}
