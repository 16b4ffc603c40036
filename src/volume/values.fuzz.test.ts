import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { mutationsOf, soon } from '../../test/support/mutations.ts';
import { parseLabels } from './labels.ts';
import { formatPathPrefix, parsePathPrefix } from './path-prefix.ts';
import { formatBytes, tryParseQuantity } from './quantity.ts';
import { parseRetention } from './retention.ts';
import { parseTemplate } from './template.ts';

const quantities = [
  '1Gi',
  '1.5Gi',
  '1e9',
  '100m',
  '.5Ki',
  '+1.',
  '-2E',
  '1234567890123456789012n',
  '0',
];

describe('a quantity', () => {
  it('is a number of bytes, or none, and soon', () => {
    fc.assert(
      fc.property(mutationsOf(quantities), (text) => {
        const bytes = soon(() => tryParseQuantity(text));
        expect(bytes === undefined || typeof bytes === 'bigint').toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('comes back from the words that people see', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 1n << 80n }), (bytes) => {
        expect(tryParseQuantity(formatBytes(bytes))).toBe(bytes);
        expect(tryParseQuantity(`${bytes}`)).toBe(bytes);
      }),
    );
  });
});

describe('other values', () => {
  it.each<[string, readonly string[], (text: string) => unknown]>([
    ['labels', ['a=b,c/d=e', 'x='], parseLabels],
    ['path prefixes', ['/tank=/mnt/tank', '/a=/'], parsePathPrefix],
    ['times', ['7d', '36h', '1d12h', '0d'], parseRetention],
    ['templates', ['{{claim.name}}-{{ claim.labels.x }}', '{{', '}}'], parseTemplate],
  ])('such as %s are read, or are none, and soon', (_what, seeds, parse) => {
    fc.assert(
      fc.property(mutationsOf(seeds), (text) => {
        expect(() => soon(() => parse(text))).not.toThrow();
      }),
      { numRuns: 1000 },
    );
  });

  it('such as prefixes are written as they are read', () => {
    fc.assert(
      fc.property(mutationsOf(['/tank=/mnt/tank', '/a/b=/c']), (text) => {
        const prefix = parsePathPrefix(text);
        if (prefix === undefined) return;
        expect(parsePathPrefix(formatPathPrefix(prefix))).toEqual(prefix);
      }),
      { numRuns: 1000 },
    );
  });
});
