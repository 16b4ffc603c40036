import { describe, expect, it } from '@jest/globals';

import { impossibleModes, needsManyNodes, offeredModes } from './access-modes.ts';

describe('access modes', () => {
  it('are all given by nfs', () => {
    expect(impossibleModes('nfs', ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany'])).toEqual([]);
    expect(offeredModes('nfs', ['ReadWriteOnce'])).toEqual([
      'ReadWriteOnce',
      'ReadOnlyMany',
      'ReadWriteMany',
    ]);
  });

  it.each(['hostpath', 'local'] as const)('of many nodes are impossible on %s', (type) => {
    expect(impossibleModes(type, ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany'])).toEqual([
      'ReadOnlyMany',
      'ReadWriteMany',
    ]);
    expect(offeredModes(type, ['ReadWriteOnce'])).toEqual(['ReadWriteOnce']);
  });

  it.each(['nfs', 'hostpath', 'local'] as const)('ReadWriteOncePod stands alone on %s', (type) => {
    expect(impossibleModes(type, ['ReadWriteOncePod'])).toEqual([]);
    expect(offeredModes(type, ['ReadWriteOncePod'])).toEqual(['ReadWriteOncePod']);
  });

  it('tell whether several nodes are needed', () => {
    expect(needsManyNodes(['ReadWriteOnce'])).toBe(false);
    expect(needsManyNodes(['ReadWriteOncePod'])).toBe(false);
    expect(needsManyNodes(['ReadWriteOnce', 'ReadWriteMany'])).toBe(true);
    expect(needsManyNodes(['ReadOnlyMany'])).toBe(true);
  });
});
