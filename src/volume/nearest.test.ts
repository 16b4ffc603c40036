import { describe, expect, it } from '@jest/globals';

import { nearest, suggestion } from './nearest.ts';

const known = ['compression', 'recordsize', 'atime', 'sync', 'on', 'off'];

describe('the nearest word', () => {
  it.each([
    ['compresion', 'compression'],
    ['comperssion', 'compression'],
    ['Compression', 'compression'],
    ['record_size', 'recordsize'],
    ['atme', 'atime'],
    ['ofd', 'off'],
    ['sync', 'sync'],
  ])('to %s is %s', (word, meant) => {
    expect(nearest(word, known)).toBe(meant);
  });

  it.each(['', 'mountpoint', 'a'.repeat(10_000), '$(reboot)'])('to %j is none', (word) => {
    expect(nearest(word, known)).toBeUndefined();
    expect(suggestion(word, known)).toBe('');
  });

  it('reads as a question', () => {
    expect(suggestion('sinc', known)).toBe(' (did you mean sync?)');
  });
});
