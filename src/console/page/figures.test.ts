import { describe, expect, it } from '@jest/globals';
import { age, due, latency, momentOf, size, spanText } from './figures.ts';
import { fillBar } from './fill-bar.ts';

const nowMs = Date.UTC(2026, 10, 21, 12);

/** What a person reads. */
function read(shown: { toString(): string }): string {
  return shown
    .toString()
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')
    .replace('&lt;', '<')
    .trim();
}

describe('figures of the console', () => {
  it.each([
    [0, '0 s'],
    [119_000, '119 s'],
    [120_000, '2 min'],
    [7_199_000, '119 min'],
    [7_200_000, '2 h'],
    [172_799_000, '47 h'],
    [3 * 86_400_000, '3 d'],
    [5000 * 86_400_000, '5,000 d'],
  ])('tell a span of %d ms as %s', (ms, words) => {
    expect(spanText(ms)).toBe(words);
  });

  it('tell ages with the moment itself', () => {
    expect(age(nowMs - 3 * 86_400_000, nowMs).toString()).toBe(
      '<time datetime="2026-11-18T12:00:00.000Z" title="2026-11-18T12:00:00.000Z">3 d</time>',
    );
  });

  it('tell what is due, and what is overdue', () => {
    expect(read(due(nowMs + 240_000, nowMs))).toBe('in 4 min');
    expect(read(due(nowMs - 1, nowMs))).toBe('now');
  });

  it.each([undefined, NaN, Infinity, 9e15])('take no moment %s', (atMs) => {
    expect(read(age(atMs, nowMs))).toBe('not known');
    expect(read(due(atMs, nowMs))).toBe('not known');
    expect(read(momentOf(atMs))).toBe('not known');
  });

  it('tell no age below nothing, whatever the clocks of others say', () => {
    expect(read(age(nowMs + 5000, nowMs))).toBe('0 s');
  });

  it('tell sizes for people, and exactly', () => {
    expect(size(1.5 * 2 ** 30).toString()).toBe(
      '<data value="1610612736" title="1,610,612,736 bytes">1.5 GiB</data>',
    );
    expect(read(size(undefined))).toBe('not known');
    expect(read(size(NaN))).toBe('not known');
  });

  it.each([
    [undefined, 'not known'],
    [0.42, '0.4 ms'],
    [12.4, '12 ms'],
    [2410, '2.4 s'],
  ])('tell a latency of %s as %s', (ms, words) => {
    expect(read(latency(ms))).toBe(words);
  });
});

describe('a fill bar', () => {
  const bar = (usedBytes: number | undefined, totalBytes: number | undefined): string =>
    read(fillBar({ usedBytes, totalBytes, label: 'used' }));

  it.each([
    [0, '0 % 0 bytes of 1000 bytes'],
    [5, '< 1 % 5 bytes of 1000 bytes'],
    [800, '80 % 800 bytes of 1000 bytes'],
    [801, '80 % above 80 % 801 bytes of 1000 bytes'],
    [900, '90 % above 80 % 900 bytes of 1000 bytes'],
    [901, '90 % above 90 % 901 bytes of 1000 bytes'],
  ])('of %d in 1000 says %s', (used, words) => {
    expect(bar(used, 1000).replaceAll('&lt;', '<')).toBe(words);
  });

  it('is full when there is more than fits', () => {
    const shown = fillBar({ usedBytes: 3000, totalBytes: 1000, label: 'used' });

    expect(shown.toString()).toMatch(/aria-valuenow="100"/);
    expect(read(shown)).toContain('300 %');
  });

  it('is no bar where nothing holds it, or nothing is known', () => {
    expect(bar(5, 0)).toBe('5 bytes');
    expect(bar(5, undefined)).toBe('5 bytes');
    expect(bar(undefined, 5)).toBe('not known');
  });
});
