import { describe, expect, it } from '@jest/globals';

import { parseHostUsage } from '../../src/zfs/host-usage.ts';
import { datasetRows, hostOf, namesOf, parent, volumesOn } from './population.ts';

describe('a population', () => {
  const population = { volumes: 7, hosts: 3 };

  it('has every volume on one host, the one that it says', () => {
    const all = [1, 2, 3].flatMap((host) => volumesOn(host, population));

    expect(all.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    for (const host of [1, 2, 3]) {
      for (const volume of volumesOn(host, population)) {
        expect(hostOf(volume, population)).toBe(host);
      }
    }
  });

  it('is spread evenly, also where there are more hosts than volumes', () => {
    expect(volumesOn(3, population)).toEqual([3, 6]);
    expect(volumesOn(3, { volumes: 2, hosts: 3 })).toEqual([]);
  });
});

describe('the rows of a dataset', () => {
  it('are read by a scan as the dataset of its volume', () => {
    const keys = ['type', 'creation', 'used', 'referenced', 'zfs-provisioner.io:volume', 'mounted'];
    const frames = datasetRows(3, keys)
      .trimEnd()
      .split('\n')
      .map((line) => ({ kind: 'dataset', fields: line.split('\t') }));

    const { datasets } = parseHostUsage('storage-1', [parent], frames);

    expect(datasets).toMatchObject([
      { dataset: `${parent}/${namesOf(3).volume}`, volumeName: namesOf(3).volume },
    ]);
    expect(datasets[0]?.condition.mounted).toBe(true);
  });
});
