import { describe, expect, it } from '@jest/globals';
import { aVolume } from '../../test/support/builders.ts';
import { planGrowth } from './volume-growth.ts';

const without = (key: string) => {
  const volume = aVolume();
  const annotations = Object.entries(volume.metadata.annotations ?? {});
  const others = Object.fromEntries(annotations.filter(([name]) => name !== key));
  return { ...volume, metadata: { ...volume.metadata, annotations: others } };
};

describe('the growth of a volume', () => {
  it('follows its annotations', () => {
    expect(planGrowth(aVolume(), 5n, [])).toEqual({
      host: 'storage-1',
      dataset: 'tank/k8s/pvc-uid-data',
      volumeName: 'pvc-uid-data',
      mountpoint: '/tank/k8s/pvc-uid-data',
      sizeBytes: 5n,
      quota: 'refquota',
      reservation: 'thick',
    });
  });

  it.each([
    ['false', 'thin'],
    ['perhaps', 'as-it-is'],
  ])('with reserve-space "%s" is %s', (value, reservation) => {
    const annotations = { 'zfs.pv.kubernetes.io/reserve-space': value };

    expect(planGrowth(aVolume({ annotations }), 5n, [])).toMatchObject({ reservation });
  });

  it('of early releases of the classic provisioner is as the dataset is', () => {
    const volume = without('zfs.pv.kubernetes.io/reserve-space');

    expect(planGrowth(volume, 5n, [])).toMatchObject({ reservation: 'as-it-is' });
  });

  it.each(['refquota', 'quota', 'both'])('raises %s where that holds it', (quota) => {
    const annotations = { 'zfs-provisioner.io/quota': quota };

    expect(planGrowth(aVolume({ annotations }), 5n, [])).toMatchObject({ quota });
  });

  it('is refused for a quota that there is not', () => {
    const annotations = { 'zfs-provisioner.io/quota': 'sharenfs' };

    expect(() => planGrowth(aVolume({ annotations }), 5n, [])).toThrow(
      'annotation zfs-provisioner.io/quota is "sharenfs", which is none of refquota, quota, both; nothing was changed',
    );
  });

  it('is refused where the annotations name another dataset', () => {
    const annotations = { 'zfs.pv.kubernetes.io/zfs-dataset-path': 'tank/k8s/pvc-another' };

    expect(() => planGrowth(aVolume({ annotations }), 5n, [])).toThrow(
      'not the dataset of volume pvc-uid-data; nothing was changed on the host',
    );
  });

  it('is refused outside the allowed parents', () => {
    expect(() => planGrowth(aVolume(), 5n, ['tank/other'])).toThrow('outside the allowed parents');
  });
});
