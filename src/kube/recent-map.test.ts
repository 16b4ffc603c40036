import { describe, expect, it } from '@jest/globals';

import { RecentMap } from './recent-map.ts';

describe('recent map', () => {
  it('forgets what was not used for longest', () => {
    const map = new RecentMap<number>(2);
    map.set('a', 1);
    map.set('b', 2);
    map.get('a');

    map.set('c', 3);

    expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([1, undefined, 3]);
  });

  it('replaces without forgetting', () => {
    const map = new RecentMap<number>(2);
    map.set('a', 1);
    map.set('b', 2);

    map.set('a', 3);

    expect([map.get('a'), map.get('b')]).toEqual([3, 2]);
  });
});
