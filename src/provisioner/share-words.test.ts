import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { worldExport } from './share-words.ts';

describe('a value of sharenfs', () => {
  it.each([
    ['on', '"on"'],
    ['rw', '"rw" without clients'],
    ['sec=sys,ro,no_root_squash', '"ro" without clients'],
    ['ro=@10.0.0.0/8,rw', '"rw" without clients'],
    ['rw=', 'empty client'],
    ['rw=@', 'empty client'],
    ['rw=10.0.0.0/8:', 'empty client'],
    ['rw=@fd00:77::/64', 'brackets'],
    ['rw=@192.0.2.0/24:@fd00:77::/64,no_root_squash', 'rw=[fd00::]/64'],
    ['rw=@[fd00::]/64', 'empty client'],
    ['rw=[]', 'empty client'],
    ['rw=*', 'client "*"'],
    ['rw=host:*.*', 'client "*.*"'],
    ['rw=@0.0.0.0/0', 'client "@0.0.0.0/0"'],
    ['rw=0.0.0.0/0.0.0.0', 'is everyone'],
    ['ro=[::]/0', 'client "::/0"'],
    ['rw=[fd00::]/64:[::]/00:a', 'client "::/00"'],
    // FreeBSD
    ['ro', 'without clients'],
    ['-maproot=root', 'names no host'],
    ['sec=sys', 'names no host'],
    ['-maproot=root -alldirs', 'names no host'],
    ['-network=10.0.0.0/8;-ro', '"-ro" names no host'],
    ['-maproot=0,-network=0.0.0.0/0', 'is everyone'],
    ['-network 10.0.0.0 -mask=0.0.0.0', 'mask 0'],
  ])('%j exports to everyone', (value, reason) => {
    expect(worldExport(value)).toContain(reason);
  });

  it.each([
    'rw=@10.0.0.0/8,no_root_squash',
    'no_root_squash,rw=10.0.0.0/8:[fd00::]/64:[fd00::1]:host.example',
    'sec=krb5,ro=@192.0.2.0/24',
    'rw=*.example.com',
    'ro=A,rw=B',
    'rw=10.0.0.0/10:10.64.0.0/20',
    'crossmnt',
    // FreeBSD
    '-maproot=root -network=10.0.0.0/8',
    '-maproot=root -network 10.0.0.0/8',
    '-network=10.0.0.0,-mask=255.0.0.0,-sec=sys',
    '-maproot=0,host-1 host-2',
    ' ; -ro -network=fd00::/64; -maproot=0 192.0.2.1;',
  ])('%j does not', (value) => {
    expect(worldExport(value)).toBeUndefined();
  });

  it('exports to everyone as soon as one of its clients is everyone', () => {
    const harmless = fc.constantFrom(
      '10.0.0.0/8',
      '[fd00::]/64',
      '@192.0.2.0/24',
      'host',
      '[fd00::1]',
    );
    const everyone = fc.constantFrom('', '@', '*', '0.0.0.0/0', '[::]/0', 'fd00::1');
    const list = fc.array(harmless, { maxLength: 4 });
    fc.assert(
      fc.property(list, everyone, list, (before, bad, after) => {
        const value = (clients: readonly string[]): string =>
          `sec=sys,rw=${clients.join(':')},sync`;

        expect(worldExport(value([...before, bad, ...after]))).toBeDefined();
        expect(before.length === 0 ? undefined : worldExport(value(before))).toBeUndefined();
      }),
    );
  });
});
