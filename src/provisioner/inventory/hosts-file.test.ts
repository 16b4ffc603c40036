import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { stringify } from 'yaml';

import { HostsFileError, parseHostsFile } from './hosts-file.ts';

const key = `ssh-ed25519 ${'A'.repeat(68)}`;

const whole = {
  name: 'storage-1',
  labels: { tier: 'fast', 'topology.kubernetes.io/zone': 'a' },
  ssh: {
    address: '10.0.0.1',
    port: 2222,
    user: 'zfs',
    keyFile: '/etc/keys/id_ed25519',
    knownHostKey: key,
  },
  escalation: 'doas',
  zfs: '/sbin/zfs',
  nfs: { address: 'fd00::1' },
  node: 'node-1',
  parents: [
    { dataset: 'tank/k8s', classes: ['fast'], limits: { overcommit: 2.5, fullness: 90 } },
    { dataset: 'ssd/k8s' },
  ],
};

function problemsOf(text: string): readonly string[] {
  try {
    parseHostsFile(text);
  } catch (error) {
    if (error instanceof HostsFileError) return error.problems;
    throw error;
  }
  return [];
}

const problemsOfHost = (change: object): readonly string[] =>
  problemsOf(stringify({ hosts: [{ name: 'storage-1', ...change }] }));

describe('a hosts file', () => {
  it('says everything of a host', () => {
    expect(parseHostsFile(stringify({ hosts: [whole] }))).toEqual([whole]);
  });

  it('may be JSON, and may have no hosts', () => {
    expect(parseHostsFile(JSON.stringify({ hosts: [] }))).toEqual([]);
  });

  it('tells every problem at once, each with its path', () => {
    const text = stringify({
      hosts: [
        {
          ...whole,
          prot: 22,
          ssh: { port: 0, user: 'a b', keyFile: 'id', knownHostKey: 'ssh-dss x' },
        },
        { name: '-rf', escalation: 'su', parents: [{ dataset: '/tank' }, { dataset: 'a/../b' }] },
        { name: 'c', parents: [{ dataset: 'tank', limits: { fullness: 101, overcommit: 0 } }] },
      ],
    });

    const told = problemsOf(text);

    expect(told).toHaveLength(11);
    expect(told).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^hosts\[0\]: .*prot/),
        expect.stringMatching(/^hosts\[0\]\.ssh\.port: /),
        expect.stringMatching(/^hosts\[0\]\.ssh\.user: must be a user name/),
        expect.stringMatching(/^hosts\[0\]\.ssh\.keyFile: must be an absolute path/),
        expect.stringMatching(/^hosts\[0\]\.ssh\.knownHostKey: must be a public key/),
        expect.stringMatching(/^hosts\[1\]\.name: must be a host name/),
        expect.stringMatching(/^hosts\[1\]\.escalation: /),
        expect.stringMatching(/^hosts\[1\]\.parents\[0\]\.dataset: must not start or end/),
        expect.stringMatching(/^hosts\[1\]\.parents\[1\]\.dataset: must not contain/),
        expect.stringMatching(/^hosts\[2\]\.parents\[0\]\.limits\.fullness: /),
        expect.stringMatching(/^hosts\[2\]\.parents\[0\]\.limits\.overcommit: /),
      ]),
    );
  });

  it.each([
    ['two of one name', [{ name: 'a' }, { name: 'a' }], 'hosts[1].name'],
    [
      'two names of one machine',
      [
        { name: 'a', ssh: { address: '10.0.0.1' } },
        { name: 'b', ssh: { address: '10.0.0.1' } },
      ],
      'hosts[1].ssh: address and port are those of host "a"',
    ],
    ['a login for the machine itself', [{ name: 'localhost', ssh: { port: 2 } }], 'hosts[0].ssh'],
    [
      'a parent twice',
      [{ name: 'a', parents: [{ dataset: 'tank/x' }, { dataset: 'tank/x' }] }],
      'hosts[0].parents[1].dataset',
    ],
  ])('refuses %s', (_case, hosts, path) => {
    expect(problemsOf(stringify({ hosts }))).toEqual([expect.stringContaining(path)]);
  });

  it.each([
    ['nothing', ''],
    ['another kind of value', '42'],
    ['a list', '- a'],
    ['no YAML', 'hosts: [a'],
    ['a tab', 'hosts:\n\t- name: a'],
    ['a key twice', 'hosts: []\nhosts: []'],
    ['an unknown tag', 'hosts: !!js/function "x"'],
    ['several documents', 'hosts: []\n---\nhosts: []'],
    ['too much', `hosts: []\n#${'x'.repeat(1 << 20)}`],
    [
      'aliases without end',
      'a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nhosts: [*c,*c]',
    ],
  ])('refuses %s', (_case, text) => {
    expect(problemsOf(text)).not.toEqual([]);
  });

  it.each(['name', 'node', 'zfs', 'escalation'])('takes no hostile value for %s', (field) => {
    for (const value of hostile) expect(problemsOfHost({ [field]: value })).not.toEqual([]);
  });

  it.each(['address', 'user', 'keyFile', 'knownHostKey'])(
    'takes no hostile value for ssh.%s',
    (field) => {
      for (const value of hostile) {
        expect(problemsOfHost({ ssh: { [field]: value } })).not.toEqual([]);
      }
    },
  );

  it('takes no hostile label, dataset or class', () => {
    for (const value of hostile.filter((text) => text !== '')) {
      expect(problemsOfHost({ labels: { tier: value } })).not.toEqual([]);
      expect(problemsOfHost({ labels: { [value]: 'x' } })).not.toEqual([]);
      expect(problemsOfHost({ parents: [{ dataset: value }] })).not.toEqual([]);
      expect(problemsOfHost({ parents: [{ dataset: 'tank', classes: [value] }] })).not.toEqual([]);
    }
  });

  it('is either read or refused with problems, whatever it holds', () => {
    const check = fc.check(
      fc.property(fc.oneof(fc.string(), fc.json(), hostsOfAnything), (text) => {
        try {
          return Array.isArray(parseHostsFile(text));
        } catch (error) {
          return error instanceof HostsFileError && error.problems.length > 0;
        }
      }),
    );

    expect(check.failed).toBe(false);
  });
});

const hostile = [
  '',
  '$(reboot)',
  '`id`',
  'a;b',
  "it's",
  '"',
  'a\nb',
  'a b',
  '-oProxyCommand=x',
  '../x',
  'x'.repeat(10_000),
  'a\0b',
  'hôte',
];

const hostsOfAnything = fc
  .array(fc.record({ name: fc.anything(), ssh: fc.anything(), parents: fc.array(fc.anything()) }), {
    maxLength: 3,
  })
  .map((hosts) => JSON.stringify({ hosts }));
