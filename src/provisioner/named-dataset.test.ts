import { describe, expect, it } from '@jest/globals';

import { aVolume } from '../../test/support/builders.ts';
import { datasetOf } from './volume-dataset.ts';

const key = 'zfs.pv.kubernetes.io/zfs-dataset-path';

function named(dataset: string, path: string): ReturnType<typeof datasetOf> {
  const spec = { nfs: { server: 'storage-1', path } };
  return datasetOf(aVolume({ annotations: { [key]: dataset }, spec }), [], 'nothing was done');
}

describe('a dataset that is not called after its volume', () => {
  it('is found where the volume’s source ends in its name', () => {
    expect(named('tank/k8s/team-a_data', '/tank/k8s/team-a_data')).toMatchObject({
      dataset: 'tank/k8s/team-a_data',
      volumeName: 'pvc-uid-data',
      mountpoint: '/tank/k8s/team-a_data',
    });
  });

  it.each([
    ['tank/k8s/team-b_data', '/tank/k8s/team-a_data'],
    ['tank/k8s', '/tank/k8s/team-a_data'],
    ['tank/k8s/team-a_data', '/tank/k8s/team-a_data/'],
    ['team-a_data', '/tank/k8s/team-a_data'],
  ])('is not %s where the source is %s', (dataset, path) => {
    expect(() => named(dataset, path)).toThrow('not the dataset of volume pvc-uid-data');
  });

  it('is not its volume’s where only the annotation is called after that', () => {
    expect(() => named('tank/k8s/pvc-uid-data', '/tank/k8s/team-a_data')).toThrow(
      'does not end in pvc-uid-data',
    );
  });
});
