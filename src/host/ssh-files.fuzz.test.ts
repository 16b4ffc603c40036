import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { mutationsOf, soon } from '../../test/support/mutations.ts';
import { knownHostsName, knownKeysOf, parseKnownHosts } from './known-hosts.ts';
import { parseSshConfig, settingsOfHost } from './ssh-config.ts';

const key = 'AAAAC3NzaC1lZDI1NTE5AAAAIIbWy1UVHBUBXmgXCXZVNmKaxdSJBqbQDHgHZbIQXzZa';
const knownHosts = [
  `nas-1 ssh-ed25519 ${key} comment\n`,
  `nas-1,[192.0.2.1]:2222,!nas-2,nas-* ssh-ed25519 ${key}\n# remark\n\n@revoked * ssh-ed25519 ${key}\n`,
  `|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= ssh-ed25519 ${key}\n`,
  `@cert-authority *.example.com ssh-ed25519 ${key}\n`,
];
const configs = [
  'Host nas-1 nas-2 !nas-3\n  HostName %h.example.com\n  Port 2222\n  User "storage user"\n\nHost *\n  IdentityFile ~/.ssh/id\n',
  'Hostname=x\nMatch host y exec "false"\n User z\nHOST *\n\tPort = 22 # standard\n',
  'constructor x\ntoString y\nHost __proto__\n  User z\n',
];
const name = fc.stringMatching(/^[a-z0-9][a-z0-9.-]{0,20}$/);
const port = fc.integer({ min: 1, max: 65_535 });

describe('known_hosts', () => {
  it('is read whatever is in it, and knows no key that it does not hold', () => {
    fc.assert(
      fc.property(mutationsOf(knownHosts), (text) => {
        const parsed = soon(() => parseKnownHosts(text));
        for (const host of ['nas-1', '192.0.2.1', '__proto__', '']) {
          const { accepted } = soon(() => knownKeysOf(parsed, host, 2222));
          expect(accepted.every(({ type, blob }) => blob.includes(type))).toBe(true);
        }
        expect(parsed.badLines).toBeLessThanOrEqual(text.split('\n').length);
      }),
      { numRuns: 1000 },
    );
  });

  it('finds what ssh would have written', () => {
    fc.assert(
      fc.property(name, port, name, (address, at, other) => {
        fc.pre(other !== address);
        const line = `${knownHostsName(address, at)} ssh-ed25519 ${key}\n`;
        const parsed = parseKnownHosts(line);
        expect(knownKeysOf(parsed, address, at).accepted).toHaveLength(1);
        expect(knownKeysOf(parsed, other, at).accepted).toHaveLength(0);
      }),
    );
  });

  it('is not held up by patterns that could match in many ways', () => {
    const hosts = `${'*a'.repeat(200)}b`;
    const parsed = parseKnownHosts(`${hosts} ssh-ed25519 ${key}\n`);

    expect(soon(() => knownKeysOf(parsed, 'a'.repeat(250), 22)).accepted).toEqual([]);
  });
});

describe('ssh_config', () => {
  it('is read whatever is in it, and says only what it is asked', () => {
    fc.assert(
      fc.property(mutationsOf(configs), fc.oneof(name, fc.constant('__proto__')), (text, host) => {
        const settings = soon(() => settingsOfHost(parseSshConfig(text), host));
        expect(Object.values(settings).every((value) => typeof value === 'string')).toBe(true);
        const known = ['hostName', 'user', 'port', 'identityFile'];
        expect(Object.keys(settings).filter((each) => !known.includes(each))).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  it('says of a host what was written of it', () => {
    fc.assert(
      fc.property(name, name, port, (host, user, at) => {
        const text = `Host ${host}\n  User ${user}\n  Port ${at}\nHost *\n  User nobody\n`;
        expect(settingsOfHost(parseSshConfig(text), host)).toEqual({ user, port: String(at) });
      }),
    );
  });
});
