import { describe, expect, it } from '@jest/globals';
import { compileCommandWords } from './command-words.ts';

describe('the words of a command', () => {
  it.each([
    ['sudo -H zfs', 'sudo -n -H zfs'],
    ['/usr/bin/sudo zfs', '/usr/bin/sudo -n zfs'],
    ['sudo', 'sudo -n'],
    ['sudo -n -H zfs', 'sudo -n -H zfs'],
    ['sudo -Hn zfs', 'sudo -Hn zfs'],
    ['sudo --non-interactive zfs', 'sudo --non-interactive zfs'],
    ['sudo -uadmin zfs', 'sudo -n -uadmin zfs'],
    ['sudo -u admin zfs -n', 'sudo -n -u admin zfs -n'],
    ['doas zfs', 'doas zfs'],
    ['pseudo zfs', 'pseudo zfs'],
    ['  zfs  ', 'zfs'],
    ['env \t ZFS=1  zfs', 'env ZFS=1 zfs'],
  ])('of %j are %j', (command, words) => {
    expect(compileCommandWords(command)).toBe(words);
  });

  it.each(['', '   ', 'zfs\nreboot', 'zfs\u0000', 'zfs\u001b'])('are refused for %j', (command) => {
    expect(() => compileCommandWords(command)).toThrow(/a command must not/);
  });
});
