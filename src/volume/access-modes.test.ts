import { describe, expect, it } from '@jest/globals';

import { impossibleModes, needsManyNodes, offeredModes } from './access-modes.ts';

const many = { isForManyNodes: true };
const one = { isForManyNodes: false };

describe('access modes', () => {
  it('are all given by what many nodes can use', () => {
    expect(impossibleModes(many, ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany'])).toEqual([]);
    expect(offeredModes(many, ['ReadWriteOnce'])).toEqual([
      'ReadWriteOnce',
      'ReadOnlyMany',
      'ReadWriteMany',
    ]);
  });

  it('of many nodes are impossible on one', () => {
    expect(impossibleModes(one, ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany'])).toEqual([
      'ReadOnlyMany',
      'ReadWriteMany',
    ]);
    expect(offeredModes(one, ['ReadWriteOnce'])).toEqual(['ReadWriteOnce']);
  });

  it.each([many, one])('ReadWriteOncePod stands alone on %j', (reach) => {
    expect(impossibleModes(reach, ['ReadWriteOncePod'])).toEqual([]);
    expect(offeredModes(reach, ['ReadWriteOncePod'])).toEqual(['ReadWriteOncePod']);
  });

  it('tell whether several nodes are needed', () => {
    expect(needsManyNodes(['ReadWriteOnce'])).toBe(false);
    expect(needsManyNodes(['ReadWriteOncePod'])).toBe(false);
    expect(needsManyNodes(['ReadWriteOnce', 'ReadWriteMany'])).toBe(true);
    expect(needsManyNodes(['ReadOnlyMany'])).toBe(true);
  });
});
