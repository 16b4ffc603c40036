import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { formatBytes, tryParseQuantity } from './quantity.ts';

describe('a quantity', () => {
  it.each([
    ['1Gi', 1073741824n],
    ['1.5Gi', 1610612736n],
    ['0.5', 1n],
    ['100m', 1n],
    ['1e3', 1000n],
    ['1E3', 1000n],
    ['1E', 10n ** 18n],
    ['12e-1', 2n],
    ['1.', 1n],
    ['.5Ki', 512n],
    ['+5', 5n],
    ['-1Ki', -1024n],
    ['0', 0n],
    ['9007199254740993', 9007199254740993n],
    ['8Ei', 1n << 63n],
    ['1n', 1n],
    ['1000000001n', 2n],
  ])('%s is %s bytes', (text, bytes) => {
    expect(tryParseQuantity(text)).toBe(bytes);
  });

  it.each([
    '',
    ' 1',
    '1 ',
    '1K',
    '1KiB',
    '1GB',
    'Gi',
    '.',
    '1e',
    '--1',
    '0x10',
    '1_000',
    '1,5',
    '1Gi\n',
  ])('%j is refused', (text) => {
    expect(tryParseQuantity(text)).toBeUndefined();
  });

  it('survives being written and read again', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 1n << 63n }), (bytes) => {
        expect(tryParseQuantity(formatBytes(bytes))).toBe(bytes);
      }),
    );
  });

  it('never rounds below what was asked', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(999_999), (whole, fraction) => {
        const text = `${whole}.${fraction.toString().padStart(6, '0')}Mi`;
        const millionths = BigInt(whole) * 1_000_000n + BigInt(fraction);

        const bytes = tryParseQuantity(text);

        expect(bytes !== undefined && bytes * 1_000_000n >= millionths << 20n).toBe(true);
      }),
    );
  });

  it.each([
    [1073741824n, '1Gi'],
    [1610612736n, '1536Mi'],
    [1000n, '1000'],
    [0n, '0'],
  ])('%s bytes are shown as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});
