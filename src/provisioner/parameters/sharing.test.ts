import { describe, expect, it } from '@jest/globals';

import { parseClassParameters } from '../class-parameters.ts';

type Raw = Readonly<Record<string, string>>;

const place = { parentDataset: 'tank/k', hostname: 'nas-1' };

function problemsOf(raw: Raw): readonly string[] {
  return parseClassParameters({ ...place, type: 'nfs', ...raw }).problems;
}

describe('the parameters of sharing', () => {
  it('may all be left out but for the clients', () => {
    const raw = { ...place, type: 'nfs', shareClients: '@nodes' };

    expect(parseClassParameters(raw).parameters).toMatchObject({
      shareClients: [{ kind: 'nodes' }],
      shareMode: 'rw',
      squash: 'none',
      security: ['sys'],
      fsid: 'none',
      share: 'explicit',
    });
  });

  it('may all be there', () => {
    const raw = {
      ...{ shareClients: 'everyone', shareMode: 'ro', squash: 'all', anonuid: '0' },
      ...{ anongid: '4294967294', security: 'krb5:krb5p', fsid: 'auto', share: 'explicit' },
      ...{ nfsServer: 'fd00::1', nfsPathPrefix: '/tank=/' },
    };

    expect(problemsOf(raw)).toEqual([]);
    expect(parseClassParameters({ ...place, type: 'auto', ...raw }).parameters).toMatchObject({
      anonuid: 0,
      anongid: 4_294_967_294,
      security: ['krb5', 'krb5p'],
      nfsPathPrefix: { from: '/tank', to: '/' },
    });
  });

  it.each<[string, string, string]>([
    ['shareClients', '10.0.0.1/8', 'bits beyond'],
    ['shareClients', 'rw=@10.0.0.0/8', 'no network'],
    ['shareClients', '', 'empty'],
    ['shareMode', 'RW', 'rw, ro'],
    ['squash', 'no_root_squash', 'root, none, all'],
    ['security', 'none', 'sys, krb5'],
    ['security', 'sys:sys', 'sys, krb5'],
    ['security', 'sys,rw', 'sys, krb5'],
    ['security', '', 'sys, krb5'],
    ['fsid', '0', 'auto, none'],
    ['share', 'off', 'explicit, inherit'],
    ['nfsServer', '-oport=1', 'host name'],
    ['nfsServer', 'a b', 'host name'],
    ['nfsPathPrefix', '/tank', 'two absolute paths'],
    ['nfsPathPrefix', '/tank=/a/../b', 'two absolute paths'],
  ])('are checked each: %s=%j', (name, value, problem) => {
    const others = name === 'shareClients' || name === 'share' ? {} : { shareClients: '@nodes' };
    const problems = problemsOf({ ...others, [name]: value });

    expect(problems).toEqual([expect.stringContaining(`parameter ${name}`)]);
    expect(problems[0]).toContain(problem);
  });

  it.each(['nobody', '-1', '1e3', '0x10', '007', '4294967295', '99999999999', ''])(
    'have numbers for users: not %j',
    (anonuid) => {
      expect(problemsOf({ shareClients: '@nodes', squash: 'all', anonuid })).toEqual([
        expect.stringContaining('parameter anonuid'),
      ]);
    },
  );

  it.each<[Raw, readonly string[]]>([
    [{ squash: 'all' }, ['shareClients is required with squash']],
    [
      { shareClients: '@nodes', anonuid: '1', anongid: '1' },
      ['anonuid needs squash', 'anongid needs squash'],
    ],
    [{ shareClients: '@nodes', squash: 'none', anonuid: '1' }, ['anonuid needs squash']],
    [
      { shareProperties: 'rw=a', shareMode: 'ro', fsid: 'auto' },
      ['shareMode and shareProperties', 'fsid and shareProperties'],
    ],
    [{ shareProperties: 'rw=a', shareClients: 'b' }, ['can only be "everyone"']],
    [{ shareProperties: 'rw', shareClients: 'everyone' }, []],
    [{ share: 'inherit' }, []],
    [
      { share: 'inherit', shareClients: 'a', shareProperties: 'rw=a', squash: 'root' },
      ['shareClients says', 'squash says', 'shareProperties says'],
    ],
    [
      { type: 'local', shareClients: 'a', nfsServer: 'b' },
      ['shareClients is for types nfs', 'nfsServer is for types nfs'],
    ],
    [{ type: 'HostPath', share: 'inherit' }, ['share is for types nfs']],
    [{ type: 'hostpath', shareProperties: 'on' }, []],
  ])('are checked together: %j', (raw, expected) => {
    const found = problemsOf(raw);

    expect(found).toHaveLength(expected.length);
    for (const [index, text] of expected.entries()) expect(found[index]).toContain(text);
  });
});
