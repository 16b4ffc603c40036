import { describe, expect, it } from '@jest/globals';

import { Backoff } from './backoff.ts';

describe('backoff', () => {
  it('doubles up to its limit and starts anew when forgotten', () => {
    const backoff = new Backoff(() => 0.999999);

    const delays = Array.from({ length: 12 }, () =>
      Math.round(backoff.nextDelayMs('a', 'backoff')),
    );
    backoff.forget('a');

    expect(delays.slice(0, 4)).toEqual([500, 1000, 2000, 4000]);
    expect(delays.at(-1)).toBe(300_000);
    expect(backoff.failures('a')).toBe(0);
    expect(Math.round(backoff.nextDelayMs('a', 'backoff'))).toBe(500);
  });

  it('counts each key for itself', () => {
    const backoff = new Backoff(() => 0);
    backoff.nextDelayMs('a', 'backoff');

    expect(backoff.nextDelayMs('b', 'backoff')).toBe(250);
    expect(backoff.nextDelayMs('a', 'backoff')).toBe(500);
  });

  it('spreads keys by up to half of the delay', () => {
    expect(new Backoff(() => 0).nextDelayMs('a', 'slow')).toBe(15_000);
    expect(new Backoff(() => 0.5).nextDelayMs('a', 'slow')).toBe(22_500);
  });

  it('looks again rarely where only a change can help', () => {
    expect(new Backoff(() => 0.999999).nextDelayMs('a', 'on-change')).toBeCloseTo(900_000, -1);
  });
});
