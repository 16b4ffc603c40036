import { describe, expect, it } from '@jest/globals';
import { parsePackages } from './packages.ts';

describe('packages.txt', () => {
  it('reads names, alternatives, conditions and comments', () => {
    const text =
      '# all\n\nopenssl\nbusybox-static | busybox # either\n  zfs-fuse unless /dev/zfs\n';

    expect(parsePackages(text)).toEqual([
      { alternatives: ['openssl'], unlessFile: undefined },
      { alternatives: ['busybox-static', 'busybox'], unlessFile: undefined },
      { alternatives: ['zfs-fuse'], unlessFile: '/dev/zfs' },
    ]);
  });
});
