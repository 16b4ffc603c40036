import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { defaultRetention, parseRetention } from './retention.ts';

const hourMs = 3_600_000;

describe('how long something stays in the trash', () => {
  it.each([
    ['7d', 168 * hourMs],
    ['36h', 36 * hourMs],
    ['1d12h', 36 * hourMs],
    ['90m', 1.5 * hourMs],
    ['1d1h1m1s', 25 * hourMs + 61_000],
    ['1s', 1000],
    ['3650d', 3650 * 24 * hourMs],
  ])('%s', (text, expected) => {
    expect(parseRetention(text)).toBe(expected);
  });

  it.each([
    '',
    '7',
    'd',
    '0d',
    '0s',
    '-1d',
    '1.5d',
    '1h1d',
    '1d1d',
    ' 1d',
    '1D',
    '1w',
    '3651d',
    '1d ',
    '∞',
  ])('is not %j', (text) => {
    expect(parseRetention(text)).toBeUndefined();
  });

  it('has a default', () => {
    expect(parseRetention(defaultRetention)).toBe(168 * hourMs);
  });

  it('is whole milliseconds between a second and ten years, or nothing', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9dhms]{0,12}$/), (text) => {
        const parsed = parseRetention(text);
        if (parsed === undefined) return;
        expect(parsed % 1000).toBe(0);
        expect(parsed).toBeGreaterThan(0);
        expect(parsed).toBeLessThanOrEqual(3650 * 24 * hourMs);
      }),
    );
  });
});
