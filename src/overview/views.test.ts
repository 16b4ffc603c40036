import { describe, expect, it } from '@jest/globals';

import { aVolume, instance } from '../../test/support/builders.ts';
import { comparisonOf, parentsOf } from '../../test/support/comparison.ts';
import { aDatasetUsage, aHostUsage } from '../../test/support/host-usage.ts';
import { aTrashedDataset } from '../../test/support/trashed.ts';
import { findingViews } from './finding-views.ts';
import { poolViews } from './pool-views.ts';
import { trashViews } from './trash-views.ts';
import type { FindingView } from './views.ts';

const bound = aVolume({ phase: 'Bound' });

function findingsOf(what: Parameters<typeof comparisonOf>[0]): readonly FindingView[] {
  return findingViews(new Map([['storage-1', comparisonOf(what)]]));
}

describe('pool views', () => {
  it('tell sizes and parents, and of a pool that could not be read its health alone', () => {
    const host = 'storage-1';
    const usage = aHostUsage({
      ...parentsOf('tank/k8s'),
      pools: [
        {
          ...{ host, pool: 'tank', health: 'DEGRADED' },
          ...{ sizeBytes: 100n, allocatedBytes: 40n, freeBytes: 60n },
        },
      ],
      unread: [{ pool: 'flash', health: 'SUSPENDED' }],
    });

    expect(poolViews(new Map([[host, usage]]))).toEqual([
      {
        ...{ host, pool: 'tank', health: 'DEGRADED' },
        ...{ sizeBytes: 100, allocatedBytes: 40, freeBytes: 60 },
        parents: [{ dataset: 'tank/k8s', availableBytes: 2 ** 40, isReadOnly: false }],
      },
      { host, pool: 'flash', health: 'SUSPENDED', parents: [] },
    ]);
  });
});

describe('trash views', () => {
  it('tell what is ours, and nothing of others', () => {
    const trash = [
      aTrashedDataset(),
      aTrashedDataset({ dataset: 'tank/k8s/.trash/x', clusterId: 'other' }),
    ];
    const owner = { instance, clusterId: 'cluster-1' };

    expect(trashViews(new Map([['storage-1', aHostUsage({ trash })]]), owner)).toEqual([
      {
        host: 'storage-1',
        dataset: 'tank/k8s/.trash/pvc-uid-data-20260101T000000Z',
        ...{ volume: 'pvc-uid-data', namespace: 'default', claim: 'data', usedBytes: 4096 },
        ...{ trashedAtMs: Date.UTC(2026, 0, 1), expiresAtMs: Date.UTC(2026, 0, 8) },
      },
    ]);
  });
});

describe('finding views', () => {
  const ofClaim = { volume: 'pvc-uid-data', namespace: 'default', claim: 'data' };

  it('tell of a dataset that is missing where it is instead', () => {
    const trash = [aTrashedDataset({ dataset: 'tank/k8s/.trash/found' })];

    expect(findingsOf({ volumes: [bound], datasets: [], usage: { trash } })).toEqual([
      {
        ...{ kind: 'missing', host: 'storage-1', dataset: 'tank/k8s/pvc-uid-data', ...ofClaim },
        expected: 'dataset=tank/k8s/pvc-uid-data',
        actual: 'no dataset; its own is tank/k8s/.trash/found',
        remedy: 'zfs rename tank/k8s/.trash/found tank/k8s/pvc-uid-data',
      },
    ]);
  });

  it('tell drift with what mends it', () => {
    expect(
      findingsOf({ volumes: [bound], datasets: [aDatasetUsage({ refquotaBytes: 5n })] }),
    ).toContainEqual({
      ...{ kind: 'quota', host: 'storage-1', dataset: 'tank/k8s/pvc-uid-data', ...ofClaim },
      ...{ expected: 'refquota=1073741824', actual: 'refquota=5' },
      remedy: 'zfs set refquota=1073741824 tank/k8s/pvc-uid-data',
    });
  });

  it('tell of orphans why they stay, of what is retained, and of strangers', () => {
    const orphan = aDatasetUsage({ usedBySnapshotsBytes: 1n });
    const retained = aDatasetUsage({
      dataset: 'tank/k8s/kept',
      volumeName: 'kept',
      retainedAtMs: 1,
    });
    const nobodys = { instance: undefined, clusterId: undefined, volumeName: undefined };
    const stranger = aDatasetUsage({ dataset: 'tank/k8s/by-hand', ...nobodys });

    const findings = findingsOf({ datasets: [orphan, retained, stranger] });

    expect(findings.map(({ kind, dataset }) => [kind, dataset])).toEqual([
      ['orphan', 'tank/k8s/pvc-uid-data'],
      ['retained', 'tank/k8s/kept'],
      ['stranger', 'tank/k8s/by-hand'],
    ]);
    expect(findings[0]?.actual).toBe('none, and it stays: it has snapshots');
  });

  it('tell of a volume whose annotations cannot be', () => {
    const annotations = { 'zfs.pv.kubernetes.io/zfs-dataset-path': 'tank/k8s/another' };

    const findings = findingsOf({
      volumes: [aVolume({ phase: 'Bound', annotations })],
      datasets: [],
    });

    expect(findings).toMatchObject([
      { kind: 'unclear', dataset: 'tank/k8s/another', remedy: 'kubectl edit pv pvc-uid-data' },
    ]);
  });
});
