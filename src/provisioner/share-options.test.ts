import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { KnownClient } from './share-clients.ts';
import { parseShareClients } from './share-clients.ts';
import type { ShareTerms } from './share-options.ts';
import { exportedTo, fsidOf, shareOptions } from './share-options.ts';
import { worldExport } from './share-words.ts';

const terms: ShareTerms = { shareMode: 'rw', squash: 'none', security: ['sys'], fsid: undefined };

function clients(text: string): readonly KnownClient[] {
  return parseShareClients(text).clients.filter((client) => client.kind !== 'nodes');
}

describe('the options of a share', () => {
  it.each<[string, string, Partial<ShareTerms>, { linux: string; freebsd: string }]>([
    [
      'a network',
      '10.0.0.0/8',
      {},
      {
        linux: 'sec=sys,rw=@10.0.0.0/8,no_root_squash',
        freebsd: '-sec=sys,-maproot=0,-network=10.0.0.0/8',
      },
    ],
    [
      'networks of both families',
      '10.0.0.0/8,fd00::/64',
      {},
      {
        linux: 'sec=sys,rw=@10.0.0.0/8:[fd00::]/64,no_root_squash',
        freebsd: '-sec=sys,-maproot=0,-network=10.0.0.0/8;-sec=sys,-maproot=0,-network=fd00::/64',
      },
    ],
    [
      'addresses and names',
      '192.0.2.1,fd00::1,nas.example.com',
      {},
      {
        linux: 'sec=sys,rw=192.0.2.1:[fd00::1]:nas.example.com,no_root_squash',
        freebsd: '-sec=sys,-maproot=0,192.0.2.1,fd00::1,nas.example.com',
      },
    ],
    [
      'a network and an address',
      '192.0.2.1,10.0.0.0/8',
      { squash: 'root' },
      {
        linux: 'sec=sys,rw=192.0.2.1:@10.0.0.0/8,root_squash',
        freebsd:
          '-sec=sys,-maproot=65534:65533,-network=10.0.0.0/8;-sec=sys,-maproot=65534:65533,192.0.2.1',
      },
    ],
    [
      'everyone',
      'everyone',
      { squash: 'root' },
      { linux: 'sec=sys,rw,root_squash', freebsd: '-sec=sys,-maproot=65534:65533' },
    ],
    [
      'all squashed, read-only',
      '10.0.0.0/8',
      { shareMode: 'ro', squash: 'all', anonuid: 1000, anongid: 2000 },
      {
        linux: 'sec=sys,ro=@10.0.0.0/8,all_squash,anonuid=1000,anongid=2000',
        freebsd: '-sec=sys,-ro,-mapall=1000:2000,-network=10.0.0.0/8',
      },
    ],
    [
      'Kerberos',
      '10.0.0.0/8',
      { security: ['krb5i', 'krb5p'], squash: 'root', anonuid: 99 },
      {
        linux: 'sec=krb5i:krb5p,rw=@10.0.0.0/8,root_squash,anonuid=99',
        freebsd: '-sec=krb5i:krb5p,-maproot=99:65533,-network=10.0.0.0/8',
      },
    ],
    [
      'a number of its own',
      '10.0.0.0/8',
      { fsid: '0a0b0c0d-0000-4000-8000-000000000001' },
      {
        linux: 'sec=sys,rw=@10.0.0.0/8,no_root_squash,fsid=0a0b0c0d-0000-4000-8000-000000000001',
        freebsd: '-sec=sys,-maproot=0,-network=10.0.0.0/8',
      },
    ],
  ])('are those of each operating system: %s', (_title, who, how, options) => {
    expect(shareOptions(clients(who), { ...terms, ...how })).toEqual(options);
  });

  it('are none for nobody, who would be everyone', () => {
    expect(() => shareOptions([], terms)).toThrow('nobody');
  });

  it('are never for everyone unless everyone is named', () => {
    const word = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.domain(),
      fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })).map(([ip, n]) => `${ip}/${n}`),
      fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 })).map(([ip, n]) => `${ip}/${n}`),
    );
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
        const named = words.flatMap((each) => clients(each));
        fc.pre(named.length > 0);
        const { linux, freebsd } = shareOptions(named, terms);

        expect(worldExport(linux)).toBeUndefined();
        expect(worldExport(freebsd)).toBeUndefined();
        expect(exportedTo(named)).not.toContain('*');
      }),
      { numRuns: 500 },
    );
    expect(worldExport(shareOptions(clients('everyone'), terms).linux)).toBeDefined();
    expect(worldExport(shareOptions(clients('everyone'), terms).freebsd)).toBeDefined();
  });

  it('come with the names that the exports file will have', () => {
    expect(exportedTo(clients('10.0.0.0/8,fd00::/64,FD00::1,host'))).toEqual([
      '10.0.0.0/8',
      'fd00::/64',
      'fd00::1',
      'host',
    ]);
    expect(exportedTo(clients('everyone'))).toEqual(['*']);
  });
});

describe("a volume's own number for NFS", () => {
  it("is the uid in its name, or made of another name's every letter", () => {
    const uid = '0a0b0c0d-1111-4222-8333-444455556666';

    expect(fsidOf(`pvc-${uid}`)).toBe(uid);
    expect(fsidOf('data-1')).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(fsidOf('data-1')).toBe(fsidOf('data-1'));
    expect(fsidOf('data-1')).not.toBe(fsidOf('data-2'));
  });
});
