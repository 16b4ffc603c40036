import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { formatGoDuration, parseGoDuration } from './go-duration.ts';

describe('a Go duration', () => {
  it.each([
    ['60s', 60_000],
    ['1m30s', 90_000],
    ['1.5h', 5_400_000],
    ['1h15m30.918s', 4_530_918],
    ['250ms', 250],
    ['.5s', 500],
    ['1.s', 1000],
    ['0', 0],
    ['0s', 0],
    ['100us', 1],
    ['100µs', 1],
    ['100μs', 1],
    ['1000001ns', 2],
    ['0.1s0.2s', 300],
    ['2.007s', 2007],
  ])('%s is %d ms', (text, expectedMs) => {
    expect(parseGoDuration(text)).toBe(expectedMs);
  });

  it.each([
    '',
    '60',
    '1 m',
    '-5s',
    '+5s',
    '1d',
    's',
    '.s',
    '1m30',
    's5',
    '1S',
    ' 1s',
    '1s\n',
    '1e3s',
  ])('%j is none', (text) => {
    expect(parseGoDuration(text)).toBeUndefined();
  });

  it('reads back what it spells', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 - 1 }), (durationMs) => {
        expect(parseGoDuration(formatGoDuration(durationMs))).toBe(durationMs);
      }),
    );
  });

  it('never throws and never gives a negative or fractional number', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const parsed = parseGoDuration(text);
        expect(parsed === undefined || parsed >= 0).toBe(true);
      }),
    );
  });
});
