import { describe, expect, it } from '@jest/globals';

import { settingProblems } from '../../test/support/setting-problems.ts';
import { parseSettings } from './settings.ts';

const token = 'a-token-of-16-or-more';

describe('the settings of the status page', () => {
  it('are none unless a port is given', () => {
    expect(parseSettings({ ZFS_CONSOLE_TOKEN: token }).console).toBeUndefined();
    expect(settingProblems({ ZFS_CONSOLE_PORT: '0' })).toEqual([]);
  });

  it('say who may see it, and what nobody sees', () => {
    const hidden = 'kube-system, team-*';
    const env = { ZFS_CONSOLE_PORT: '8090', ZFS_CONSOLE_TOKEN: token };

    expect(parseSettings({ ...env, ZFS_CONSOLE_HIDDEN_NAMESPACES: hidden }).console).toEqual({
      ...{ address: '0.0.0.0', port: 8090, token, hiddenNamespaces: ['kube-system', 'team-*'] },
    });
    expect(parseSettings({ ...env, ZFS_CONSOLE_AUTH: 'none' }).console?.token).toBeUndefined();
  });

  it('need a token, unless everybody may see it', () => {
    const [problem, ...others] = settingProblems({ ZFS_CONSOLE_PORT: '8090' });

    expect(others).toEqual([]);
    expect(problem).toMatch(/^ZFS_CONSOLE_TOKEN is not set: expected .*ZFS_CONSOLE_AUTH is token/);
    expect(settingProblems({ ZFS_CONSOLE_PORT: '8090', ZFS_CONSOLE_AUTH: 'none' })).toEqual([]);
  });

  it('never show the token', () => {
    const secret = 'too short';
    const problems = settingProblems({ ZFS_CONSOLE_PORT: '8090', ZFS_CONSOLE_TOKEN: secret });

    expect(problems).toEqual([
      'ZFS_CONSOLE_TOKEN is wrong (its value is not shown): expected at least 16 letters, digits or signs, without blanks',
    ]);
  });

  it('are refused all at once', () => {
    const env = { ZFS_CONSOLE_PORT: '70000', ZFS_CONSOLE_AUTH: 'password' };

    expect(settingProblems({ ...env, ZFS_CONSOLE_HIDDEN_NAMESPACES: 'Team_A' })).toEqual([
      'ZFS_CONSOLE_PORT is "70000": expected a whole number from 0 to 65535',
      'ZFS_CONSOLE_AUTH is "password": expected one of token, none',
      'ZFS_CONSOLE_HIDDEN_NAMESPACES is "Team_A": expected names of namespaces, parted by commas; * stands for any text',
    ]);
  });
});
