import { describe, expect, it } from '@jest/globals';

import { percentile, summaryOf } from './statistics.ts';

describe('a percentile', () => {
  it.each([
    [50, 3],
    [95, 5],
    [20, 1],
    [21, 2],
    [0, 1],
    [100, 5],
  ])('of %s is a value that was there', (percent, expected) => {
    expect(percentile([5, 3, 1, 4, 2], percent)).toBe(expected);
  });

  it('of nothing is no number', () => {
    expect(percentile([], 50)).toBeNaN();
  });
});

describe('a summary', () => {
  it('has the least, the middle and the most', () => {
    expect(summaryOf([30, 10, 20])).toEqual({ count: 3, min: 10, median: 20, p95: 30, max: 30 });
  });

  it('has its middle halfway between the two middle ones of an even number', () => {
    expect(summaryOf([40, 10, 20, 30]).median).toBe(25);
  });

  it('needs a value', () => {
    expect(() => summaryOf([])).toThrow('nothing to summarize');
  });
});
