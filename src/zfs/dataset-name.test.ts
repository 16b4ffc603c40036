import { describe, expect, it } from '@jest/globals';
import { leafOf, parentOf, problemOfDatasetName } from './dataset-name.ts';

describe('the name of a dataset', () => {
  it.each([
    'tank/k',
    'tank/k/pvc-1',
    'Tank.1/a_b:c-d',
    'tank/a b/c',
    'tank/9',
    `tank/${'x'.repeat(250)}`,
  ])('may be %j', (name) => {
    expect(problemOfDatasetName(name)).toBeUndefined();
  });

  it.each([
    ['', 'pool'],
    ['tank', 'pool'],
    ['tank/', 'no name'],
    ['/tank/k', 'no name'],
    ['tank//k', 'no name'],
    ['tank/k@s', 'no name'],
    ['tank/k#b', 'no name'],
    ['tank/k%r', 'no name'],
    ['tank/k\n', 'no name'],
    ['tank/k\tx', 'no name'],
    ['tank/ k', 'no name'],
    ['tank/k ', 'no name'],
    ["tank/k'", 'no name'],
    ['tank/$k', 'no name'],
    ['tank/é', 'no name'],
    ['tank/../k', 'component'],
    ['tank/./k', 'component'],
    ['-r/k', 'letter'],
    ['9tank/k', 'letter'],
    [`tank/${'x'.repeat(251)}`, 'longer'],
  ])('may not be %j', (name, problem) => {
    expect(problemOfDatasetName(name)).toContain(problem);
  });

  it('has a parent and a leaf', () => {
    expect([parentOf('tank/k/pvc-1'), leafOf('tank/k/pvc-1')]).toEqual(['tank/k', 'pvc-1']);
  });
});
