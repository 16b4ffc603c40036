import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { generateKeyPair } from '../../test/support/ssh-server.ts';
import { knownKeysOf, parseKnownHosts } from './known-hosts.ts';

const [first, second, third] = [generateKeyPair(), generateKeyPair('ecdsa'), generateKeyPair()].map(
  (pair) => pair.public.trim(),
) as [string, string, string];

/** The keys accepted and revoked for a host, as they stand in the file. */
function lookUp(text: string, host: string, port = 22): { accepted: string[]; revoked: string[] } {
  const { accepted, revoked } = knownKeysOf(parseKnownHosts(text), host, port);
  const asText = (keys: typeof accepted): string[] =>
    keys.map((key) => `${key.type} ${key.blob.toString('base64')}`);
  return { accepted: asText(accepted), revoked: asText(revoked) };
}

describe('known_hosts', () => {
  it.each([
    ['a plain name', `nas ${first}`, 'nas', 22, [first]],
    ['a name in other letters', `NAS ${first}`, 'nas', 22, [first]],
    ['another name', `nas ${first}`, 'nas2', 22, []],
    ['one of a list', `a,nas,10.0.0.1 ${first}`, '10.0.0.1', 22, [first]],
    ['a wildcard', `*.example.com ${first}`, 'nas.example.com', 22, [first]],
    ['a negated name', `*.example.com,!nas.example.com ${first}`, 'nas.example.com', 22, []],
    ['several keys', `nas ${first}\nnas ${second}`, 'nas', 22, [first, second]],
    ['a name with port', `[nas]:2222 ${first}`, 'nas', 2222, [first]],
    ['a name with another port', `[nas]:2222 ${first}`, 'nas', 22, []],
    ['the plain name for another port', `nas ${first}`, 'nas', 2222, [first]],
    [
      'the name with port before the plain one',
      `nas ${first}\n[nas]:2222 ${second}`,
      'nas',
      2222,
      [second],
    ],
    ['an IPv6 address', `2001:db8::1 ${first}`, '2001:db8::1', 22, [first]],
    ['a comment behind', `nas ${first} root@nas`, 'nas', 22, [first]],
    ['comments, empty lines and CRLF', `# nas\r\n\r\n  nas ${first}\r\n`, 'nas', 22, [first]],
    ['tabs', `nas\t${first.replace(' ', '\t')}`, 'nas', 22, [first]],
  ])('knows %s', (...row) => {
    const [, text, host, port, accepted] = row;
    expect(lookUp(text, host, port)).toEqual({ accepted, revoked: [] });
  });

  it('reads revoked keys, also under the plain name for another port', () => {
    const text = `@revoked * ${third}\n[nas]:2222 ${first}\n@revoked nas ${second}`;

    expect(lookUp(text, 'nas', 2222)).toEqual({
      accepted: [first],
      revoked: [third, third, second],
    });
  });

  it('tells that a certificate authority is recorded', () => {
    const known = parseKnownHosts(`@cert-authority *.example.com ${first}`);

    expect(knownKeysOf(known, 'nas.example.com', 22)).toMatchObject({
      accepted: [],
      hasAuthority: true,
    });
    expect(knownKeysOf(known, 'elsewhere', 22).hasAuthority).toBe(false);
  });

  it.each([
    'nas',
    'nas ssh-ed25519',
    'nas ssh-ed25519 !!!!',
    `nas ssh-rsa ${first.split(' ')[1] ?? ''}`,
    `@unknown nas ${first}`,
    '@revoked',
    'nas ssh-ed25519 AAAA',
  ])('counts the bad line %j and goes on', (line) => {
    const known = parseKnownHosts(`${line}\nnas ${first}`);

    expect(known.badLines).toBe(1);
    expect(knownKeysOf(known, 'nas', 22).accepted).toHaveLength(1);
  });

  it('finds names that ssh-keygen has hashed', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'known-hosts-'));
    const file = path.join(folder, 'known_hosts');
    writeFileSync(file, `nas ${first}\n[nas]:2222 ${second}\n`);
    execFileSync('ssh-keygen', ['-H', '-f', file], { stdio: 'ignore' });
    const hashed = readFileSync(file, 'utf8');
    rmSync(folder, { recursive: true });

    expect(hashed).not.toContain('nas');
    expect(lookUp(hashed, 'NAS').accepted).toEqual([first]);
    expect(lookUp(hashed, 'nas', 2222).accepted).toEqual([second]);
    expect(lookUp(hashed, 'other').accepted).toEqual([]);
  });

  it.each(['|1|', '|1|a|', '|2|AAAA|AAAA', '|1||', '|'])(
    'does not fall over the hash %j',
    (hosts) => {
      expect(lookUp(`${hosts} ${first}`, 'nas').accepted).toEqual([]);
    },
  );

  it('survives any text', () => {
    const anyText = fc.string({ unit: 'binary', maxLength: 200 });
    const lookAtAll = fc.property(anyText, fc.string(), (text, host) => {
      knownKeysOf(parseKnownHosts(text), host, 22);
    });

    expect(() => {
      fc.assert(lookAtAll);
    }).not.toThrow();
  });
});
