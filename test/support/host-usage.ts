import type { DatasetCondition, DatasetUsage, HostUsage } from '../../src/zfs/dataset.ts';
import { instance } from './builders.ts';

const hourMs = 3_600_000;

/** What a survey of a host saw; nothing where the test does not say so. */
export function aHostUsage(change: Partial<HostUsage> = {}): HostUsage {
  return { asked: [], parents: [], pools: [], datasets: [], trash: [], ...change };
}

/** The dataset of the builders' claim `data`, an hour old. */
export function aDatasetUsage(change: Partial<DatasetUsage> = {}): DatasetUsage {
  return {
    host: 'storage-1',
    dataset: 'tank/k8s/pvc-uid-data',
    instance,
    clusterId: 'cluster-1',
    volumeName: 'pvc-uid-data',
    claimNamespace: 'default',
    claimName: 'data',
    reclaimPolicy: 'Delete',
    createdAtMs: Date.UTC(2026, 0, 1) - hourMs,
    usedBytes: 98_304n,
    referencedBytes: 98_304n,
    usedBySnapshotsBytes: 0n,
    refquotaBytes: 1n << 30n,
    retainedAtMs: undefined,
    condition: aCondition(),
    ...change,
  };
}

export function aCondition(change: Partial<DatasetCondition> = {}): DatasetCondition {
  return {
    quotaBytes: 0n,
    refreservationBytes: 1n << 30n,
    sharenfs: 'off',
    notedShare: undefined,
    mounted: true,
    mountpoint: '/tank/k8s/pvc-uid-data',
    readOnly: false,
    keyStatus: undefined,
    ...change,
  };
}
