import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bytesOf, localValue, parsePropertyRows } from './property-rows.ts';

describe('property rows', () => {
  it('keep values together with their source', () => {
    const rows = parsePropertyRows([
      'a/b\trefquota\t5\tlocal',
      'a/b\tx:y\tz\tinherited from a',
      'a\tguid\t1\t-',
    ]);

    expect(rows.get('a/b')?.get('x:y')).toMatchObject({ value: 'z', source: 'inherited from a' });
    expect(rows.get('a')?.get('guid')).toMatchObject({ value: '1', source: '-' });
  });

  it.each([
    ['a sentence', "cannot open 'a': dataset does not exist"],
    ['a row cut short', 'a\tx:y\tz'],
    ['nothing', ''],
  ])('leave out %s', (_title, line) => {
    expect(parsePropertyRows([line]).size).toBe(0);
  });

  it('keep an empty value, blanks and tabs', () => {
    fc.assert(
      fc.property(
        fc.string().filter((value) => !/[\r\n]/.test(value)),
        (value) => {
          const properties =
            parsePropertyRows([`a\tx:y\t${value}\tlocal`]).get('a') ?? new Map<string, never>();

          expect(localValue(properties, 'x:y')).toBe(value);
        },
      ),
    );
  });

  it('believe neither of two rows that differ', () => {
    const rows = [
      'a\tx:y\tours\tlocal',
      'a\tx:y\ttheirs\tlocal',
      'a\tx:z\tsame\tlocal',
      'a\tx:z\tsame\tlocal',
    ];
    const properties = parsePropertyRows(rows).get('a') ?? new Map<string, never>();

    expect(localValue(properties, 'x:y')).toBeUndefined();
    expect(localValue(properties, 'x:z')).toBe('same');
  });

  it.each([
    ['18446744073709551615', 18446744073709551615n],
    ['0', 0n],
    ['', undefined],
    ['-', undefined],
    ['1.5G', undefined],
    ['-5', undefined],
    ['123456789012345678901', undefined],
  ])('read %j as bytes', (value, bytes) => {
    expect(bytesOf(parsePropertyRows([`a\tused\t${value}\t-`]).get('a'), 'used')).toBe(bytes);
  });
});
