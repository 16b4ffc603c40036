import { describe, expect, it } from '@jest/globals';
import { aVolume } from '../../test/support/builders.ts';
import { Inventory } from './inventory/inventory.ts';
import type { GrowthRules } from './volume-growth.ts';
import { planGrowth } from './volume-growth.ts';

const rules: GrowthRules = {
  allowedParents: [],
  spaceLimits: { maxFullnessPercent: undefined, maxOvercommit: undefined },
  inventory: new Inventory(),
};

const without = (key: string) => {
  const volume = aVolume();
  const annotations = Object.entries(volume.metadata.annotations ?? {});
  const others = Object.fromEntries(annotations.filter(([name]) => name !== key));
  return { ...volume, metadata: { ...volume.metadata, annotations: others } };
};

describe('the growth of a volume', () => {
  it('follows its annotations', () => {
    expect(planGrowth(aVolume(), 5n, rules)).toEqual({
      host: 'storage-1',
      dataset: 'tank/k8s/pvc-uid-data',
      volumeName: 'pvc-uid-data',
      mountpoint: '/tank/k8s/pvc-uid-data',
      sizeBytes: 5n,
      quota: 'refquota',
      reservation: 'thick',
      maxOvercommit: undefined,
    });
  });

  it.each([
    ['false', 'thin'],
    ['perhaps', 'as-it-is'],
  ])('with reserve-space "%s" is %s', (value, reservation) => {
    const annotations = { 'zfs.pv.kubernetes.io/reserve-space': value };

    expect(planGrowth(aVolume({ annotations }), 5n, rules)).toMatchObject({ reservation });
  });

  it('of early releases of the classic provisioner is as the dataset is', () => {
    const volume = without('zfs.pv.kubernetes.io/reserve-space');

    expect(planGrowth(volume, 5n, rules)).toMatchObject({ reservation: 'as-it-is' });
  });

  it.each(['refquota', 'quota', 'both'])('raises %s where that holds it', (quota) => {
    const annotations = { 'zfs-provisioner.io/quota': quota };

    expect(planGrowth(aVolume({ annotations }), 5n, rules)).toMatchObject({ quota });
  });

  it('is refused for a quota that there is not', () => {
    const annotations = { 'zfs-provisioner.io/quota': 'sharenfs' };

    expect(() => planGrowth(aVolume({ annotations }), 5n, rules)).toThrow(
      'annotation zfs-provisioner.io/quota is "sharenfs", which is none of refquota, quota, both; nothing was changed',
    );
  });

  it('is refused where the annotations name another dataset', () => {
    const annotations = { 'zfs.pv.kubernetes.io/zfs-dataset-path': 'tank/k8s/pvc-another' };

    expect(() => planGrowth(aVolume({ annotations }), 5n, rules)).toThrow(
      'not the dataset of volume pvc-uid-data; nothing was changed on the host',
    );
  });

  it('is refused outside the allowed parents', () => {
    expect(() => planGrowth(aVolume(), 5n, { ...rules, allowedParents: ['tank/other'] })).toThrow(
      'outside the allowed parents',
    );
  });

  it('keeps within the strictest limit of the settings and of the hosts file', () => {
    const inventory = new Inventory();
    const limits = { overcommit: 2 };
    inventory.replace([{ name: 'storage-1', parents: [{ dataset: 'tank/k8s', limits }] }]);
    const limitedTo = (maxOvercommit: number | undefined) => {
      const spaceLimits = { maxFullnessPercent: undefined, maxOvercommit };
      return planGrowth(aVolume(), 5n, { ...rules, inventory, spaceLimits }).maxOvercommit;
    };

    expect([undefined, 1.5, 3].map(limitedTo)).toEqual([2, 1.5, 2]);
  });
});
