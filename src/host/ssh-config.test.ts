import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseSshConfig, settingsOfHost } from './ssh-config.ts';

describe('ssh_config', () => {
  it.each([
    ['a section of the host', 'Host nas\n  User zfs\n  Port 2222', { user: 'zfs', port: '2222' }],
    ['a section of another host', 'Host other\n  User zfs', {}],
    ['what stands before all sections', 'User zfs\nHost other\nPort 1', { user: 'zfs' }],
    [
      'the first value',
      'Host nas\nUser a\nUser b\nHost *\nUser c\nPort 5',
      { user: 'a', port: '5' },
    ],
    ['several patterns', 'Host x n?s\nUser zfs', { user: 'zfs' }],
    ['a negated pattern', 'Host * !nas\nUser zfs', {}],
    ['keyword=value', 'Host=nas\nUser = zfs\nPort=22', { user: 'zfs', port: '22' }],
    ['any letter case', 'HOST nas\nhOsTnAmE 10.0.0.1', { hostName: '10.0.0.1' }],
    ['quotes', 'Host "nas"\nIdentityFile "my key"', { identityFile: 'my key' }],
    ['comments', '# Host x\nHost nas # really\nUser zfs # him', { user: 'zfs' }],
    ['tokens in HostName', 'Host nas\nHostName %h.example.com%%', { hostName: 'nas.example.com%' }],
    ['unknown keywords', 'Host nas\nProxyJump x\nUser zfs\nnonsense', { user: 'zfs' }],
    ['Match sections', 'Match all\nUser wrong\nHost nas\nUser zfs', { user: 'zfs' }],
    ['CRLF and tabs', 'Host\tnas\r\n\tUser\tzfs\r\n', { user: 'zfs' }],
    ['a keyword without value', 'Host nas\nUser\nPort 22', { port: '22' }],
    ['nothing', '', {}],
  ])('reads %s', (_, text, expected) => {
    expect(settingsOfHost(parseSshConfig(text), 'nas')).toEqual(expected);
  });

  it('survives any text', () => {
    const lookAtAll = fc.property(fc.string({ unit: 'binary' }), fc.string(), (text, host) => {
      settingsOfHost(parseSshConfig(text), host);
    });

    expect(() => {
      fc.assert(lookAtAll);
    }).not.toThrow();
  });
});
