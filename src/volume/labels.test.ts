import { describe, expect, it } from '@jest/globals';

import { hasLabels, isLabelKey, isLabelValue, parseLabels } from './labels.ts';

describe('labels', () => {
  it('are read from a selector', () => {
    expect(parseLabels('tier=fast, topology.kubernetes.io/zone=a,empty=')).toEqual({
      tier: 'fast',
      'topology.kubernetes.io/zone': 'a',
      empty: '',
    });
  });

  it.each([
    '',
    'tier',
    'tier=fast,',
    'tier=fast,tier=slow',
    'tier==fast',
    'tier=fa st',
    '-tier=fast',
    'Upper.Example/x=1',
    'a/b/c=1',
    'tier=$(id)',
    'tier=fast\n',
    `tier=${'x'.repeat(64)}`,
    'tïer=x',
    'tier=\0',
  ])('%j are none', (text) => {
    expect(parseLabels(text)).toBeUndefined();
  });

  it('have keys and values as Kubernetes wants them', () => {
    expect(isLabelKey('example.com/x_y.z-1')).toBe(true);
    expect(isLabelKey('__proto__')).toBe(false);
    expect(isLabelKey(`${'x'.repeat(254)}/a`)).toBe(false);
    expect(isLabelValue('')).toBe(true);
    expect(isLabelValue('-')).toBe(false);
  });

  it('are wanted all', () => {
    expect(hasLabels({ a: '1', b: '2' }, { a: '1' })).toBe(true);
    expect(hasLabels({ a: '1' }, { a: '1', b: '2' })).toBe(false);
    expect(hasLabels({ a: '1' }, {})).toBe(true);
    expect(hasLabels({}, { constructor: 'x' })).toBe(false);
  });
});
