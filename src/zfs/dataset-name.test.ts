import { describe, expect, it } from '@jest/globals';
import { DatasetNotOwnedError } from './dataset-errors.ts';
import { requireNameOf } from './dataset-name.ts';

const identity = { instance: 'i', clusterId: 'c', volumeName: 'pvc-1' };

describe('the name of a volume’s dataset', () => {
  it.each(['tank/pvc-1', 'tank/k/pvc-1', 'Tank.1/a_b:c-d/pvc-1'])('may be %j', (dataset) => {
    expect(() => {
      requireNameOf(identity, { host: 'nas', dataset });
    }).not.toThrow();
  });

  it.each([
    ['pvc-1', 'that of a pool'],
    ['tank/k', 'not that of the volume'],
    ['tank/pvc-1/below', 'not that of the volume'],
    ['tank/pvc-10', 'not that of the volume'],
    ['tank/pvc-1@s', 'may only contain'],
    ['tank/../pvc-1', '".."'],
    ['-r/pvc-1', 'letter'],
    ['', 'empty'],
  ])('may not be %j', (dataset, problem) => {
    const require = (): void => {
      requireNameOf(identity, { host: 'nas', dataset });
    };

    expect(require).toThrow(DatasetNotOwnedError);
    expect(require).toThrow(problem);
  });
});
