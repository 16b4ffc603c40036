import { describe, expect, it } from '@jest/globals';
import { Random } from '../chaos/random.ts';
import { fitLine } from './slope.ts';

/** Noise between -1 and 1. */
function noisy(slope: number, count: number, seed: number): { x: number; y: number }[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, x) => ({ x, y: 5 + slope * x + random.between(-1, 1) }));
}

describe('a line through points', () => {
  it('is found exactly where they lie on one', () => {
    const fit = fitLine([0, 1, 2, 3].map((x) => ({ x, y: 3 * x + 2 })));

    expect(fit.slope).toBeCloseTo(3);
    expect(fit.intercept).toBeCloseTo(2);
    expect(fit.slopeError).toBeCloseTo(0);
  });

  it('has the true slope within its error for about 95 of 100 noisy series', () => {
    const held = Array.from({ length: 100 }, (_, seed) => fitLine(noisy(0.3, 30, seed))).filter(
      ({ slope, slopeError }) => Math.abs(slope - 0.3) <= slopeError,
    );

    expect(held.length).toBeGreaterThanOrEqual(90);
  });

  it('is the surer the more points there are', () => {
    const few = fitLine(noisy(0, 10, 1));
    const many = fitLine(noisy(0, 100, 1));

    expect(many.slopeError).toBeLessThan(few.slopeError / 5);
  });

  it('needs three points at more than one place', () => {
    expect(() => fitLine(noisy(1, 2, 1))).toThrow(RangeError);
    expect(() => fitLine([1, 2, 3].map((y) => ({ x: 1, y })))).toThrow(RangeError);
  });
});
