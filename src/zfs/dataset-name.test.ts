import { describe, expect, it } from '@jest/globals';
import { DatasetNotOwnedError } from './dataset-errors.ts';
import { requireName } from './dataset-name.ts';

describe('the name of a volume’s dataset', () => {
  it.each(['tank/pvc-1', 'tank/k/pvc-1', 'tank/k/shop.data', 'Tank.1/a_b:c-d/pvc-1'])(
    'may be %j',
    (dataset) => {
      expect(() => {
        requireName({ host: 'nas', dataset });
      }).not.toThrow();
    },
  );

  it.each([
    ['pvc-1', 'that of a pool'],
    ['tank/pvc-1@s', 'may only contain'],
    ['tank/../pvc-1', '".."'],
    ['-r/pvc-1', 'letter'],
    ['', 'empty'],
  ])('may not be %j', (dataset, problem) => {
    const require = (): void => {
      requireName({ host: 'nas', dataset });
    };

    expect(require).toThrow(DatasetNotOwnedError);
    expect(require).toThrow(problem);
  });
});
