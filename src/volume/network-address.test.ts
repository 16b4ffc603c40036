import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isIPv6 } from 'node:net';

import {
  formatBracketed,
  formatNetworkAddress,
  isNetwork,
  isUsableAddress,
  parseNetworkAddress,
} from './network-address.ts';

function normal(text: string): string | undefined {
  const address = parseNetworkAddress(text);
  return address && formatNetworkAddress(address);
}

describe('a network address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.1/32', '192.0.2.1'],
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['FD00:0:0:1::/64', 'fd00:0:0:1::/64'],
    ['[fd00::]/64', 'fd00::/64'],
    ['[fd00::1]', 'fd00::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['::', '::'],
    ['::/0', '::/0'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
    ['1::', '1::'],
    ['::1', '::1'],
    ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
    ['1:0:3:0:5:0:7:0', '1:0:3:0:5:0:7:0'],
  ])('%s is %s', (text, expected) => {
    expect(normal(text)).toBe(expected);
  });

  it.each([
    '',
    '/',
    '10.0.0.0/33',
    '10.0.0.0/08',
    '10.0.0.0/-1',
    '10.0.0.1/8',
    '10.0.0/8',
    '010.0.0.0/8',
    '10.0.0.0/255.0.0.0',
    'fd00::1/64',
    'fd00::/129',
    'fe80::1%eth0',
    '::ffff:192.0.2.1',
    '[192.0.2.1]',
    '[fd00::',
    'fd00::]',
    '[fd00::]/64:[::]/0',
    '[]',
    '[]/0',
    '@10.0.0.0/8',
    '*',
    'storage-1',
    '10.0.0.0/8 ',
    '10.0.0.0/8\n*(rw)',
  ])('is none: %j', (text) => {
    expect(parseNetworkAddress(text)).toBeUndefined();
  });

  it('is a network or a single one', () => {
    const all = ['10.0.0.0/8', '10.0.0.1', 'fd00::/127', '::', '0.0.0.0'];
    const parsed = all
      .map((text) => parseNetworkAddress(text))
      .filter((each) => each !== undefined);

    expect(parsed.map(isNetwork)).toEqual([true, false, true, false, false]);
    expect(parsed.map(isUsableAddress)).toEqual([false, true, false, false, false]);
  });
});

const fourBits = fc.bigInt({ min: 0n, max: (1n << 32n) - 1n });
// As many short ones as long ones, for runs of zeros.
const sixBits = fc
  .array(fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 0xffffn })), {
    minLength: 8,
    maxLength: 8,
  })
  .map((groups) => groups.reduce((bits, group) => (bits << 16n) | group, 0n));

const networks = fc.oneof(
  fc.tuple(fourBits, fc.integer({ min: 0, max: 32 })).map(([bits, prefix]) => {
    const free = BigInt(32 - prefix);
    return { family: 4 as const, bits: (bits >> free) << free, prefix };
  }),
  fc
    .tuple(sixBits, fc.integer({ min: 0, max: 128 }))
    .map(([bits, prefix]) => {
      const free = BigInt(128 - prefix);
      return { family: 6 as const, bits: (bits >> free) << free, prefix };
    })
    .filter(({ bits }) => bits >> 32n !== 0xffffn),
);

describe('every network address', () => {
  it('is read back from what is written', () => {
    fc.assert(
      fc.property(networks, (network) => {
        expect(parseNetworkAddress(formatNetworkAddress(network))).toEqual(network);
        expect(parseNetworkAddress(formatBracketed(network))).toEqual(network);
      }),
    );
  });

  it('has brackets around each colon when it is one of IPv6', () => {
    fc.assert(
      fc.property(networks, (network) => {
        const outside = formatBracketed(network).replace(
          /^\[([0-9a-f:]+)\]/,
          (_all, inner: string) => (isIPv6(inner) ? '' : 'wrong:'),
        );

        expect(outside).toMatch(network.family === 4 ? /^[0-9./]+$/ : /^(\/[0-9]+)?$/);
      }),
    );
  });

  it('is the only thing that is read, whatever is written', () => {
    const alphabet = fc.constantFrom(...'0123456789abcdef.:/[]%@*, \n-'.split(''));
    fc.assert(
      fc.property(fc.string({ unit: alphabet, maxLength: 24 }), (text) => {
        const read = parseNetworkAddress(text);

        expect(read === undefined || /^[0-9a-f.:/[\]]+$/.test(text)).toBe(true);
        expect(read === undefined || normal(formatNetworkAddress(read)) !== undefined).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
