import { describe, expect, it } from '@jest/globals';

import { aVolume, instance } from '../../test/support/builders.ts';
import { comparisonOf } from '../../test/support/comparison.ts';
import { aCondition, aDatasetUsage, aHostUsage } from '../../test/support/host-usage.ts';
import type { Volume, VolumeSpec } from '../volume/objects.ts';
import type { DatasetUsage } from '../zfs/dataset.ts';
import type { VolumeView } from './views.ts';
import { volumeViews } from './volume-views.ts';

const gibibyte = 2 ** 30;

const bound = aVolume({ phase: 'Bound' });

function viewsOf(
  volumes: readonly Volume[],
  datasets: readonly DatasetUsage[] = [],
): readonly VolumeView[] {
  const usages = new Map([['storage-1', aHostUsage({ datasets })]]);
  const comparisons = new Map([['storage-1', comparisonOf({ volumes, datasets })]]);
  return volumeViews(volumes, instance, { usages, comparisons });
}

describe('volume views', () => {
  it('tell what the volume says and what its dataset takes', () => {
    const volume = aVolume({ phase: 'Bound' });
    const metadata = { ...volume.metadata, creationTimestamp: '2026-01-01T00:00:00Z' };

    expect(viewsOf([{ ...volume, metadata }], [aDatasetUsage()])).toEqual([
      {
        volume: 'pvc-uid-data',
        phase: 'Bound',
        namespace: 'default',
        claim: 'data',
        storageClass: 'fast',
        type: 'nfs',
        host: 'storage-1',
        dataset: 'tank/k8s/pvc-uid-data',
        capacityBytes: gibibyte,
        usedBytes: 98_304,
        quotaBytes: gibibyte,
        usedBySnapshotsBytes: 0,
        share: 'off',
        accessModes: ['ReadWriteOnce'],
        reclaimPolicy: 'Delete',
        createdAtMs: Date.UTC(2026, 0, 1),
        // The builder's dataset is shared with nobody.
        drift: ['share'],
      },
    ]);
  });

  it('tell of a volume whose host was not looked at what is known without', () => {
    const [view] = volumeViews([aVolume()], instance, {
      usages: new Map(),
      comparisons: new Map(),
    });

    expect(view).not.toHaveProperty('usedBytes');
    expect(view).toMatchObject({ volume: 'pvc-uid-data', phase: 'Released', drift: [] });
  });

  it('leave out the volumes of others', () => {
    const annotations = { 'pv.kubernetes.io/provisioned-by': 'example.com/other' };

    expect(viewsOf([aVolume({ phase: 'Bound', annotations })])).toEqual([]);
  });

  it('count snapshots as use only where the quota that is nearest does, and never a reservation', () => {
    const usage = { referencedBytes: 100n, usedBySnapshotsBytes: 50n, usedBytes: 1n << 30n };
    const held = (refquotaBytes: bigint, quotaBytes: bigint): Partial<VolumeView> => {
      const condition = aCondition({ quotaBytes });
      const [view] = viewsOf([bound], [aDatasetUsage({ ...usage, refquotaBytes, condition })]);
      return { usedBytes: view?.usedBytes ?? NaN, quotaBytes: view?.quotaBytes ?? NaN };
    };

    expect(held(1000n, 0n)).toEqual({ usedBytes: 100, quotaBytes: 1000 });
    expect(held(0n, 900n)).toEqual({ usedBytes: 150, quotaBytes: 900 });
    expect(held(1000n, 900n)).toEqual({ usedBytes: 150, quotaBytes: 900 });
    expect(held(1000n, 1000n)).toEqual({ usedBytes: 100, quotaBytes: 1000 });
    expect(held(0n, 0n)).toEqual({ usedBytes: 150, quotaBytes: 0 });
  });

  it('say that a dataset is missing, and tell no figures of what is in its place', () => {
    const stranger = aDatasetUsage({ instance: 'example.com/other' });

    const [view] = viewsOf([bound], [stranger]);

    expect(view).toMatchObject({ drift: ['missing'] });
    expect(view).not.toHaveProperty('usedBytes');
  });

  it.each([
    [{ hostPath: { path: '/tank/k8s/x' } }, 'hostpath'],
    [{ local: { path: '/tank/k8s/x' } }, 'local'],
  ])('know the type of a volume with %j', (source, type) => {
    const spec: { -readonly [key in keyof VolumeSpec]: VolumeSpec[key] } = { ...bound.spec };
    delete spec.nfs;

    expect(viewsOf([{ ...bound, spec: { ...spec, ...source } }])).toMatchObject([{ type }]);
  });
});
