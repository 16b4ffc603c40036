import type { CreateDataset, Sharing } from '../../src/zfs/dataset.ts';
import { anIdentity } from './fake-zfs.ts';

/** Shared by the same words on every operating system, unchecked. */
export function sharedWith(options: string): Sharing {
  return { kind: 'on', options: { linux: options, freebsd: options }, clients: undefined };
}

/** A thick, shared dataset of 1 GiB. */
export function aCreation(changes: Partial<CreateDataset> = {}): CreateDataset {
  return {
    host: 'nas-1',
    dataset: 'tank/k/pvc-1',
    identity: anIdentity,
    sizeBytes: 1073741824n,
    quota: 'refquota',
    refreservationBytes: 1073741824n,
    spaceLimits: { maxFullnessPercent: undefined, maxOvercommit: undefined },
    sharing: sharedWith('rw=@192.0.2.0/24,no_root_squash'),
    nativeProperties: {},
    userProperties: { 'io.kubernetes.pv.zfs:reclaim_policy': 'Delete' },
    ownership: { mode: 'g+w', uid: undefined, gid: undefined, acl: [] },
    ...changes,
  };
}
