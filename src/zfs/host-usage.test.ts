import { describe, expect, it } from '@jest/globals';

import type { Frame } from './frames.ts';
import { parseHostUsage } from './host-usage.ts';

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
