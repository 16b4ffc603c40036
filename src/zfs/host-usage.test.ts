import { describe, expect, it } from '@jest/globals';

import type { Frame } from './frames.ts';
import { parseHostUsage, requireScanned } from './host-usage.ts';

const row = (kind: string, ...fields: readonly string[]): Frame => ({ kind, fields });

function healthTold(...lines: readonly (readonly string[])[]): string | undefined {
  const frames = [
    row('pool', 'tank', 'used', '10', '-'),
    row('pool', 'tank', 'available', '90', '-'),
    ...lines.map((fields) => row('health', ...fields)),
  ];
  return parseHostUsage('nas', ['tank/k8s'], frames).pools[0]?.health;
}

describe("a pool's health", () => {
  it.each(['ONLINE', 'DEGRADED', 'SUSPENDED', 'FAULTED', 'UNAVAIL'])('is %s', (state) => {
    expect(healthTold(['other', 'ONLINE'], ['tank', state])).toBe(state);
  });

  it.each([[[]], [[['tank']]], [[['tank', 'all is well']]], [[['cannot open tank']]]])(
    'is not known from %j',
    (lines) => {
      expect(healthTold(...lines)).toBeUndefined();
    },
  );
});

describe('a scan of two pools of which one is suspended', () => {
  const parents = ['ill/k8s', 'tank/k8s'];
  const location = { host: 'nas', dataset: parents.join(', ') };
  // As OpenZFS 2.3.9 tells it.
  const complaints = [
    row('dataset', "cannot open 'ill/k8s': pool I/O is currently suspended"),
    row('pool', "cannot open 'ill/k8s': pool I/O is currently suspended"),
    row('pool', "cannot open 'ill': pool I/O is currently suspended"),
  ];
  const others = [
    row('exit', 'dataset', '1'),
    row('pool', 'tank', 'used', '10', '-'),
    row('pool', 'tank', 'available', '90', '-'),
    row('pool', 'tank/k8s', 'available', '90', '-'),
    row('exit', 'pool', '1'),
  ];

  it.each([
    ['as zpool tells it', [row('health', 'ill', 'SUSPENDED'), row('health', 'tank', 'ONLINE')]],
    ['where zpool tells nothing', []],
  ])('knows all of the other, and that nothing is known of the one, %s', (_, health) => {
    const frames = [...complaints, ...others, ...health];
    expect(() => {
      requireScanned(location, parents, frames);
    }).not.toThrow();

    const usage = parseHostUsage('nas', parents, frames);
    expect(usage.unread).toEqual([{ pool: 'ill', health: 'SUSPENDED' }]);
    expect(usage.asked).toEqual(['tank/k8s']);
    expect(usage.parents.map(({ dataset }) => dataset)).toEqual(['tank/k8s']);
    expect(usage.pools.map(({ pool }) => pool)).toEqual(['tank']);
  });

  it('excuses nothing of a pool that is well', () => {
    const frames = [
      row('dataset', "cannot open 'tank/k8s': permission denied"),
      ...others,
      row('health', 'tank', 'ONLINE'),
    ];

    expect(() => {
      requireScanned(location, parents, frames);
    }).toThrow();
    expect(parseHostUsage('nas', parents, frames).unread).toEqual([]);
  });
});
