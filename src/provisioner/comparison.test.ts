import { describe, expect, it } from '@jest/globals';
import { aVolume } from '../../test/support/builders.ts';
import type { VolumeOptions } from '../../test/support/builders.ts';
import { comparisonOf, parentsOf } from '../../test/support/comparison.ts';
import { aCondition, aDatasetUsage } from '../../test/support/host-usage.ts';
import type { DatasetUsage } from '../zfs/dataset.ts';

const bound = (options: VolumeOptions = {}): ReturnType<typeof aVolume> =>
  aVolume({ phase: 'Bound', ...options });
const shared = aDatasetUsage({ condition: aCondition({ sharenfs: 'rw', notedShare: 'rw' }) });

describe('a volume and its dataset', () => {
  it('that are as they should be are no finding', () => {
    expect(comparisonOf({ volumes: [bound()], datasets: [shared] })).toEqual({
      ...{
        compared: new Set(['pvc-uid-data']),
        orphans: [],
        retained: [],
        missing: [],
        drifted: [],
        strangers: [],
      },
      unclear: [],
    });
  });

  it('that differ are one, whoever has the volume', () => {
    const kept = aVolume({ spec: { persistentVolumeReclaimPolicy: 'Retain' } });
    const datasets = [{ ...shared, refquotaBytes: 1n }];

    for (const volume of [bound(), kept]) {
      const { drifted } = comparisonOf({ volumes: [volume], datasets });
      expect(drifted).toMatchObject([{ volume, drifts: [{ kind: 'quota' }] }]);
      expect(drifted[0]?.location.dataset).toBe('tank/k8s/pvc-uid-data');
    }
  });

  it('of the classic provisioner are compared by name and instance', () => {
    const classic = { clusterId: undefined, volumeName: undefined };
    const dataset = aDatasetUsage({ ...classic, refquotaBytes: 1n });

    const { drifted } = comparisonOf({ volumes: [bound()], datasets: [dataset] });

    expect(drifted).toHaveLength(1);
  });

  it.each<[string, VolumeOptions]>([
    ['is released and goes', { phase: 'Released' }],
    ['could not be deleted', { phase: 'Failed' }],
    ['is being deleted', { deletionTimestamp: '2026-01-01T00:00:00Z' }],
    ['is of another instance', { annotations: { 'pv.kubernetes.io/provisioned-by': 'other' } }],
    ['is on another host', { annotations: { 'zfs.pv.kubernetes.io/zfs-host': 'storage-2' } }],
  ])('are none where the volume %s', (_case, options) => {
    const volume = bound(options);

    const drifting = comparisonOf({
      volumes: [volume],
      datasets: [{ ...shared, refquotaBytes: 1n }],
    });
    const missing = comparisonOf({ volumes: [volume], datasets: [] });

    expect([drifting, missing]).toMatchObject([
      { compared: new Set(), drifted: [], missing: [] },
      { compared: new Set(), drifted: [], missing: [] },
    ]);
  });

  it('are left to people where the volume’s annotations contradict each other', () => {
    const moved = bound({ spec: { nfs: { server: 'storage-1', path: '/tank/k8s/other' } } });
    const odd = bound({ annotations: { 'zfs-provisioner.io/quota': 'much' } });
    const outside = { volumes: [bound()], rules: { allowedParents: ['dozer'] } };

    for (const what of [{ volumes: [moved] }, { volumes: [odd] }, outside]) {
      const { unclear, missing, drifted } = comparisonOf({ ...what, datasets: [] });
      expect({ unclear: unclear.length, missing, drifted }).toEqual({
        ...{ unclear: 1, missing: [], drifted: [] },
      });
      expect(unclear[0]?.reason).toMatch(/not looked at|nothing was changed/);
    }
  });
});

describe('a volume whose dataset is not there', () => {
  it('misses it, where its parent was seen', () => {
    const volume = bound();

    const { missing } = comparisonOf({ volumes: [volume], datasets: [] });

    expect(missing).toMatchObject([{ volume, isTaken: false, foundAs: undefined }]);
  });

  it('misses it below a parent of parents, too', () => {
    const name = 'pvc-uid-data';
    const annotations = { 'zfs.pv.kubernetes.io/zfs-dataset-path': `tank/k8s/team/${name}` };

    const { missing } = comparisonOf({ volumes: [bound({ annotations })], datasets: [] });

    expect(missing).toHaveLength(1);
  });

  it('says nothing where its parent was not seen', () => {
    for (const seen of [[], ['tank/k8'], ['dozer/k8s']]) {
      const usage = { ...parentsOf(...seen), asked: ['tank/k8s', ...seen] };
      expect(comparisonOf({ volumes: [bound()], datasets: [], usage })).toMatchObject({
        ...{ missing: [], compared: new Set() },
      });
    }
  });

  it('says nothing where its parent was told, but the pool could not be read', () => {
    const usage = { ...parentsOf('tank/k8s'), asked: [] };

    expect(comparisonOf({ volumes: [bound()], datasets: [], usage }).missing).toEqual([]);
  });

  it('says nothing where it was written while the host was looked at', () => {
    const volume = bound();
    const namesake = { ...volume, metadata: { ...volume.metadata, uid: 'before' } };

    for (const before of [[], [namesake]]) {
      expect(comparisonOf({ volumes: [volume], before, datasets: [] }).missing).toEqual([]);
    }
  });

  it('says nothing where it went while the host was looked at', () => {
    expect(comparisonOf({ volumes: [], before: [bound()], datasets: [] }).missing).toEqual([]);
  });

  it.each<[string, Partial<DatasetUsage>]>([
    ['another volume’s', { volumeName: 'pvc-other' }],
    ['another cluster’s', { clusterId: 'cluster-2' }],
    ['another instance’s', { instance: 'other' }],
    ['nobody’s', { instance: undefined, clusterId: undefined, volumeName: undefined }],
    ['half a classic one', { clusterId: undefined }],
  ])('misses it where one of its name is %s', (_case, change) => {
    const { missing, drifted } = comparisonOf({
      volumes: [bound()],
      datasets: [aDatasetUsage({ ...change, refquotaBytes: 1n })],
    });

    expect(missing).toMatchObject([{ isTaken: true }]);
    expect(drifted).toEqual([]);
  });

  it('is told where the dataset went', () => {
    const renamed = aDatasetUsage({ dataset: 'tank/k8s/renamed' });
    const { instance, clusterId, volumeName } = renamed;
    const trashed = {
      ...{ host: 'storage-1', dataset: 'tank/k8s/.trash/pvc-uid-data-1' },
      ...{ instance, clusterId, volumeName, claimNamespace: undefined, claimName: undefined },
      ...{ storageClass: undefined, record: undefined, trashedFrom: undefined },
      ...{ trashedAtMs: 1, expiresAtMs: 2, usedBytes: 1n, usedBySnapshotsBytes: 0n },
    };
    const volumes = [bound()];

    expect(comparisonOf({ volumes, datasets: [renamed] }).missing).toMatchObject([
      { foundAs: 'tank/k8s/renamed' },
    ]);
    expect(
      comparisonOf({ volumes, datasets: [], usage: { trash: [trashed] } }).missing,
    ).toMatchObject([{ foundAs: 'tank/k8s/.trash/pvc-uid-data-1' }]);
  });
});

describe('a dataset of ours without volume', () => {
  it('is an orphan, and apart from those that are to stay', () => {
    const retained = aDatasetUsage({
      ...{ dataset: 'tank/k8s/pvc-kept', volumeName: 'pvc-kept', retainedAtMs: 1 },
    });

    const found = comparisonOf({ datasets: [aDatasetUsage(), retained] });

    expect(found.orphans.map(({ dataset }) => dataset)).toEqual(['tank/k8s/pvc-uid-data']);
    expect(found.retained.map(({ dataset }) => dataset)).toEqual(['tank/k8s/pvc-kept']);
  });
});

it('ten thousand volumes are compared within moments, however many drift', () => {
  const names = Array.from({ length: 10_000 }, (_, index) => `pvc-${index}`);
  const volumes = names.map((name) => bound({ name }));
  const datasets = names.map((name, index) => {
    const isLost = index % 10 === 0;
    const dataset = `tank/k8s/${name}`;
    return { ...shared, dataset, volumeName: isLost ? undefined : name, refquotaBytes: 1n };
  });
  const rules = { isKnown: () => true };
  const before = process.cpuUsage();

  const { drifted, missing } = comparisonOf({ volumes, datasets, rules });

  expect([drifted.length, missing.length]).toEqual([9000, 1000]);
  expect(process.cpuUsage(before).user / 1000).toBeLessThan(2000);
});
