/** How pods reach a volume: over NFS, or as a directory on the node that holds the pool. */
export type VolumeType = 'nfs' | 'hostpath' | 'local';
