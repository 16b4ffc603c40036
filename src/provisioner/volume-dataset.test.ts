import { describe, expect, it } from '@jest/globals';

import { aVolume } from '../../test/support/builders.ts';
import { datasetOf } from './volume-dataset.ts';

const key = 'zfs-provisioner.io/host-path-prefix';

function onNodes(path: string, prefix?: string): ReturnType<typeof aVolume> {
  return aVolume({
    annotations: prefix === undefined ? {} : { [key]: prefix },
    spec: { nfs: undefined, hostPath: { path, type: 'Directory' } } as object,
  });
}

describe('the dataset of a volume whose path is another on the nodes', () => {
  it('is mounted where the recorded prefix says', () => {
    const volume = onNodes('/mnt/tank/k8s/pvc-uid-data', '/tank=/mnt/tank');

    expect(datasetOf(volume, [], 'nothing was destroyed')).toMatchObject({
      dataset: 'tank/k8s/pvc-uid-data',
      mountpoint: '/tank/k8s/pvc-uid-data',
    });
  });

  it('is mounted at the path itself where none is recorded', () => {
    expect(datasetOf(onNodes('/tank/k8s/pvc-uid-data'), [], 'x').mountpoint).toBe(
      '/tank/k8s/pvc-uid-data',
    );
  });

  it.each(['/tank=/elsewhere', 'nonsense', '/tank=/mnt/../mnt/tank', ''])(
    'is not known when the annotation is edited to %j',
    (prefix) => {
      const volume = onNodes('/mnt/tank/k8s/pvc-uid-data', prefix);

      expect(() => datasetOf(volume, [], 'nothing was destroyed')).toThrow(
        /host-path-prefix.*does not fit.*nothing was destroyed/,
      );
    },
  );

  it('still has to end in the name of the dataset', () => {
    const volume = onNodes('/mnt/tank/k8s/pvc-other', '/tank=/mnt/tank');

    expect(() => datasetOf(volume, [], 'nothing was destroyed')).toThrow('pvc-other');
  });

  it('does not follow the annotation where the volume is no hostPath', () => {
    const volume = aVolume({ annotations: { [key]: '/tank=/mnt/tank' } });

    expect(datasetOf(volume, [], 'x').mountpoint).toBe('/tank/k8s/pvc-uid-data');
  });
});
