import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';

import { anyText, expectAlways, hostileValues } from '../../../test/support/hostile.ts';
import { aclConflicts, aclTypeFor, ownershipParameters } from './ownership.ts';

const parameters = z.object(ownershipParameters);

function problemsOf(given: Record<string, string>): string[] {
  return parameters.safeParse(given).error?.issues.map(({ message }) => message) ?? [];
}

describe('the parameters of ownership', () => {
  it.each(['0770', '770', '2770', 'g+w', 'u=rwx,g+ws,o-rwx', '+t', 'a=rX'])(
    'take the mode %s',
    (mode) => {
      expect(parameters.parse({ mode })).toEqual({ mode });
    },
  );

  it.each(['', '-w', '-R', '99', '07777', 'rwx', 'g+w;', 'g+w u+w', '0x1ff', 'g+w\n'])(
    'refuse the mode %j',
    (mode) => {
      expect(problemsOf({ mode })).toEqual([expect.stringContaining('a mode for chmod')]);
    },
  );

  it.each(['0', '1000', '4294967294'])('take the number %s', (id) => {
    expect(parameters.parse({ uid: id, gid: id })).toEqual({ uid: Number(id), gid: Number(id) });
  });

  it.each(['', 'root', '-1', '+1', '1.0', '1e3', '01000', '4294967295', '4294967296', ' 1'])(
    'refuse the number %j, and say why names are refused',
    (uid) => {
      expect(problemsOf({ uid })).toEqual([expect.stringContaining('write its number')]);
    },
  );

  it.each([
    'u:1000:rwx',
    'user:1000:7',
    'g:1000:r-x',
    'd:u:1000:rwX',
    'default:group:5:---',
    'm::rwx',
    'o::---',
    'u::rwx,g::r-x,m::rwx',
  ])('take the POSIX entries %s', (acl) => {
    expect(parameters.parse({ acl })).toEqual({ acl: acl.split(',') });
    expect(aclTypeFor(acl.split(','))).toEqual({ acltype: 'posix' });
  });

  it.each([
    'user:1000:rwx:fd:allow',
    'group:1000:full_set:fd:allow',
    'owner@:rwxpDdaARWcCos:fdinSFI:deny',
    'everyone@:r-x:allow',
  ])('take the NFSv4 entry %s', (acl) => {
    expect(parameters.parse({ acl })).toEqual({ acl: [acl] });
    expect(aclTypeFor([acl])).toEqual({});
  });

  it.each([
    ['', 'must not be empty'],
    ['u:alice:rwx', 'has "u:alice:rwx"'],
    ['u:1000', 'has "u:1000"'],
    ['u:1000:rwx,', 'has ""'],
    ['u:1000:rwxrwx', 'has "u:1000:rwxrwx"'],
    ['-b', 'has "-b"'],
    ['u:1:rwx,user:1:rwx:fd:allow', 'mixes POSIX and NFSv4 entries'],
    ['u:1:rwx,'.repeat(1000), 'longer than 4096'],
  ])('of the entries %j say %s', (acl, problem) => {
    expect(problemsOf({ acl })).toEqual([expect.stringContaining(problem)]);
  });

  it.each([
    ['u:1:rwx', 'off', 1],
    ['u:1:rwx', 'nfsv4', 1],
    ['user:1:rwx:fd:allow', 'posix', 1],
    ['u:1:rwx', 'posix', 0],
    ['u:1:rwx', undefined, 0],
    ['nonsense', 'posix', 0],
    [undefined, 'off', 0],
  ])('of the entries %s and the acltype %s tell %d conflicts', (acl, acltype, count) => {
    expect(aclConflicts(acl, acltype)).toHaveLength(count);
  });

  it.each(Object.keys(ownershipParameters))('take nothing hostile for %s', (name) => {
    for (const value of hostileValues) expect(problemsOf({ [name]: value })).not.toEqual([]);
  });

  it('let no word through that a command on the host could misread', () => {
    const names = Object.keys(ownershipParameters);
    expectAlways(
      fc.property(fc.constantFrom(...names), anyText, (name, text) => {
        const { data } = parameters.safeParse({ [name]: text });
        const words = Object.values(data ?? {}).flat();
        return words.every((word) => /^[A-Za-z0-9=+][A-Za-z0-9=+,:@_-]*$/.test(String(word)));
      }),
    );
  });
});
