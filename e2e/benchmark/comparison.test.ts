import { describe, expect, it } from '@jest/globals';

import { usualAmounts } from './amounts.ts';
import { compare, round } from './comparison.ts';
import type { FigureName } from './figures.ts';
import type { Measured } from './records.ts';
import { Records } from './records.ts';

type Values = readonly (readonly [Measured, FigureName, ...number[]])[];

function rowsOf(values: Values): ReturnType<typeof compare> {
  const records = new Records();
  for (const [of, figure, ...numbers] of values) records.add(of, figure, ...numbers);
  return compare(records.recorded, usualAmounts);
}

describe('a comparison', () => {
  it('tells the least, the median and the most of both, and how many times better the product is', () => {
    const rows = rowsOf([
      ['product', 'annotationToVolume', 50, 40, 70],
      ['peer', 'annotationToVolume', 400, 300, 500],
    ]);

    expect(rows).toEqual([
      {
        label: 'annotation of a claim to its volume created, ms',
        target: 'under 60 ms',
        verdict: 'met',
        product: '40 / 50 / 70',
        peer: '300 / 400 / 500',
        ratio: '8',
      },
    ]);
  });

  it('takes more for better where it counts by the second', () => {
    const [row] = rowsOf([
      ['product', 'burstRate', 30],
      ['peer', 'burstRate', 3],
    ]);

    expect(row).toMatchObject({ ratio: '10', verdict: 'met' });
  });

  it('says so when the product is worse', () => {
    const [row] = rowsOf([
      ['product', 'memoryAtStart', 90],
      ['peer', 'memoryAtStart', 30],
    ]);

    expect(row).toMatchObject({ ratio: '0.33', verdict: 'missed' });
  });

  it.each([
    [60, 'missed'],
    [59.9, 'met'],
  ])('judges the median: %s ms is %s', (median, verdict) => {
    const [row] = rowsOf([['product', 'annotationToVolume', 1, median, 500]]);

    expect(row?.verdict).toBe(verdict);
  });

  it('does without a peer', () => {
    const [row] = rowsOf([['product', 'growth', 100]]);

    expect(row).toMatchObject({ product: '100', peer: '', ratio: '', verdict: 'met' });
  });

  it('judges nothing of what only a peer did', () => {
    const [row] = rowsOf([['peer', 'growth', 100]]);

    expect(row).toMatchObject({ product: '', peer: '100', verdict: '' });
  });

  it('keeps the order of the figures, whatever was measured first', () => {
    const rows = rowsOf([
      ['product', 'idleGets', 0],
      ['product', 'startToBound', 1],
    ]);

    expect(rows.map(({ label }) => label)).toEqual([
      'start of the process to the first claim bound, ms',
      'idle: GETs a minute',
    ]);
  });

  it('has no ratio to nothing', () => {
    const rows = rowsOf([
      ['product', 'idleGets', 0],
      ['peer', 'idleGets', 45],
      ['product', 'idleExecs', 0],
      ['peer', 'idleExecs', 0],
    ]);

    expect(rows.map(({ ratio }) => ratio)).toEqual(['', '1']);
  });
});

describe('records', () => {
  it('refuse what was not seen', () => {
    expect(() => {
      new Records().add('product', 'growth', 1, NaN);
    }).toThrow('growth of product was not seen: 1, NaN');
  });
});

describe('a number', () => {
  it.each([
    [1234.4, '1,234'],
    [99.94, '99.9'],
    [1.234, '1.23'],
    [3, '3'],
    [0, '0'],
  ])('%s is told as %s', (value, text) => {
    expect(round(value)).toBe(text);
  });
});
