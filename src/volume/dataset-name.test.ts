import { describe, expect, it } from '@jest/globals';

import { isWithin, leafOf, parentOf, problemWithDatasetName } from './dataset-name.ts';

describe('a dataset name', () => {
  it.each([
    'tank',
    'tank/k8s',
    'tank/k8s/pvc-1',
    'Tank-1_a.b:c/x',
    'tank/0',
    `t/${'a'.repeat(253)}`,
  ])('%s is accepted', (name) => {
    expect(problemWithDatasetName(name)).toBeUndefined();
  });

  it.each([
    ['', 'empty'],
    ['/tank', 'start or end'],
    ['tank/', 'start or end'],
    ['tank//a', 'empty component'],
    ['tank/../a', '..'],
    ['tank/.', '..'],
    ['tank/a..b', '..'],
    ['1tank/a', 'letter'],
    ['-tank', 'letter'],
    ['tank/a b', 'letters'],
    ['tank/a@snap', 'letters'],
    ['tank/a#mark', 'letters'],
    ['tank/a%b', 'letters'],
    ['tank/$(id)', 'letters'],
    ["tank/'", 'letters'],
    ['tank/a\nb', 'letters'],
    ['tank/\u0000', 'letters'],
    ['tank/é', 'letters'],
    [`tank/${'a'.repeat(10_000)}`, 'longer'],
  ])('%j is refused', (name, problem) => {
    expect(problemWithDatasetName(name)).toContain(problem);
  });

  it('has a leaf and a parent', () => {
    expect(leafOf('tank/k8s/pvc-1')).toBe('pvc-1');
    expect(parentOf('tank/k8s/pvc-1')).toBe('tank/k8s');
    expect(leafOf('tank')).toBe('tank');
    expect(parentOf('tank')).toBe('');
  });

  it('lies within its parents and not within their namesakes', () => {
    expect(isWithin('tank/k8s/pvc-1', 'tank/k8s')).toBe(true);
    expect(isWithin('tank/k8s', 'tank/k8s')).toBe(true);
    expect(isWithin('tank/k8s-other/pvc-1', 'tank/k8s')).toBe(false);
    expect(isWithin('tank', 'tank/k8s')).toBe(false);
  });
});
