import { describe, expect, it } from '@jest/globals';
import { findGrowth } from './growth-limits.ts';

const line = (slope: number, slopeError: number) => ({ slope, slopeError, intercept: 0 });
const flat = {
  ...{ heap: line(100, 50), handles: line(0, 0.01), sockets: line(0.01, 0.02) },
  ...{ eventsPerCycle: 6, eventsBefore: 5000 },
};

describe('what a process holds after each claim', () => {
  it('may differ by less than what a claim is', () => {
    expect(findGrowth(flat)).toEqual([]);
  });

  it('grows when the heap does by more, for certain', () => {
    expect(findGrowth({ ...flat, heap: line(2000, 300) })).toEqual([
      'the heap: grows by 2000.00 ± 300.00 bytes with each claim, and may by 512.00',
    ]);
    expect(findGrowth({ ...flat, heap: line(700, 300) })).toEqual([]);
  });

  it('may grow by the events that are remembered, until that is full', () => {
    const heap = line(12_000, 500);
    expect(findGrowth({ ...flat, heap, eventsBefore: 100 })).toEqual([]);
    expect(findGrowth({ ...flat, heap })).toHaveLength(1);
    expect(findGrowth({ ...flat, heap: line(26_000, 500), eventsBefore: 100 })).toHaveLength(1);
  });

  it('grows when a handle or a socket stays open now and then', () => {
    expect(findGrowth({ ...flat, handles: line(0.2, 0.05) })).toHaveLength(1);
    expect(findGrowth({ ...flat, sockets: line(1, 0.05) })).toHaveLength(1);
  });

  it('is not known where the samples tell nothing', () => {
    expect(findGrowth({ ...flat, heap: line(100, 5000) })[0]).toContain('sample it for longer');
  });
});
