import { describe, expect, it } from '@jest/globals';
import { aSeenParent, anExamined } from '../../../test/support/patient.ts';
import { OutcomeUnknownError } from '../../host/command.ts';
import { judgeClock, judgeExports, judgeNfs, judgeShell, judgeZfs } from './host-checks.ts';
import { judgeSudo, judgeTools } from './rights-checks.ts';
import { judgeParents, judgePools } from './storage-checks.ts';

const question = { parents: ['tank/k'], tools: new Set(['chmod' as const]) };

describe('the shell', () => {
  it('is well where the script comes to its end, whatever banner is printed', () => {
    expect(judgeShell(anExamined()).state).toBe('ok');
    expect(judgeShell(anExamined({ noise: 'Welcome' }))).toMatchObject({
      state: 'ok',
      seen: expect.stringContaining('Welcome'),
    });
  });

  it('that runs nothing is told with what it printed', () => {
    const none = { isWhole: false, hasBegun: false, noise: 'This account is not available' };

    expect(judgeShell(anExamined(none, { exitCode: 1 }))).toMatchObject({
      state: 'fail',
      seen: expect.stringMatching(/exit code 1.*not available/),
    });
  });

  it('behind a gate that does not know the script is told what to make anew', () => {
    const none = { isWhole: false, hasBegun: false };
    const stderr =
      'zfs-provisioner gate: refused: its script is none of those that this gate knows';

    expect(judgeShell(anExamined(none, { exitCode: 1, stderr }))).toMatchObject({
      ...{ state: 'fail', code: 'HOST_PERMISSION', todo: expect.stringContaining('gate') },
    });
  });

  it('that hangs is told with what it was at', () => {
    const error = new OutcomeUnknownError('nas-1', 'doctor was not done after 20 s');
    const hung = anExamined({ isWhole: false, doing: 'zpool list' }, { error });

    expect(judgeShell(hung)).toMatchObject({
      ...{ state: 'fail', code: 'OUTCOME_UNKNOWN' },
      seen: expect.stringMatching(/zpool list.*20 s/),
    });
  });
});

describe('the clock', () => {
  const now = Date.UTC(2026, 0, 1) / 1000;
  it.each([
    ['ok', now],
    ['ok', now + 30],
    ['ok', now - 30],
    ['warn', now + 40],
    ['warn', now - 40],
    ['skipped', undefined],
  ])('is %s at %s', (state, clockSeconds) => {
    expect(judgeClock(anExamined({ clockSeconds })).state).toBe(state);
  });
});

describe('the release of zfs', () => {
  it.each([
    ['ok', 0, 'zfs-2.3.9-1\nzfs-kmod-2.3.9-1'],
    ['warn', 0, 'zfs-2.3.9-1\nzfs-kmod-2.2.2-1'],
    ['ok', 1, "unrecognized command 'version'"],
    ['fail', 127, 'sh: 1: zfs: not found'],
    ['skipped', 1, 'connect: Permission denied'],
  ])('is %s where its version ends with %d: %s', (state, exitCode, said) => {
    expect(judgeZfs(anExamined({ version: { exitCode, said } })).state).toBe(state);
  });

  it('fails where zfs does nothing at all', () => {
    const version = { exitCode: 1, said: 'The ZFS modules are not loaded.' };

    expect(judgeZfs(anExamined({ version, parents: [] }))).toMatchObject({
      ...{ state: 'fail', todo: expect.stringContaining('modprobe') },
    });
  });
});

describe('sudo', () => {
  it.each([
    ['sudo: a password is required', 'NOPASSWD'],
    ['zfs-provisioner gate: refused: parameter 3', 'host-setup'],
    ['cannot set property: something else', 'by hand'],
  ])('fails where zfs says: %s', (said, todo) => {
    const rights = new Map([['zfs', { exitCode: 1, said }]]);

    expect(judgeSudo(anExamined({ parents: [aSeenParent({}, { rights })] }))).toEqual([
      expect.objectContaining({ state: 'fail', todo: expect.stringContaining(todo) }),
    ]);
  });

  it('fails where it would not run a verb', () => {
    const wouldRun = new Map([['destroy', { exitCode: 1, said: '' }]]);

    expect(judgeSudo(anExamined({ parents: [aSeenParent({}, { wouldRun })] }))).toEqual([
      expect.objectContaining({ state: 'fail', seen: expect.stringContaining('zfs destroy') }),
    ]);
  });

  it('is not judged by a parent that is missing', () => {
    const said = "cannot open 'tank/k': dataset does not exist";
    const gone = aSeenParent({}, { exitCode: 1, said, rights: new Map() });

    expect(judgeSudo(anExamined({ parents: [gone] }))[0]?.state).toBe('skipped');
    expect(judgeParents(anExamined({ parents: [gone] }), question)).toEqual([
      expect.objectContaining({
        state: 'fail',
        todo: expect.stringContaining('zfs create tank/k'),
      }),
    ]);
  });
});

describe('tools', () => {
  it.each([
    ['ok', 1, "chmod: cannot access '/tank/k/doctor': No such file or directory"],
    ['ok', 1, 'setfacl: /tank/k/doctor: No such file or directory'],
    ['fail', 1, 'sudo: a password is required'],
    ['fail', 127, 'sh: 1: chmod: not found'],
  ])('are %s where they end with %d: %s', (state, exitCode, said) => {
    const rights = new Map([['chmod', { exitCode, said }]]);
    const examined = anExamined({ parents: [aSeenParent({}, { rights })] });

    expect(judgeTools(examined, question).state).toBe(state);
  });
});

describe('a parent', () => {
  it.each([
    ['ok', {}, ''],
    ['ok', { mounted: 'no', canmount: 'off' }, ''],
    ['fail', { mounted: 'no' }, 'not mounted'],
    ['fail', { readonly: 'on' }, 'readonly'],
    ['fail', { mountpoint: 'legacy' }, 'legacy'],
    ['fail', { keystatus: 'unavailable', mounted: 'no' }, 'key is not loaded'],
    ['fail', { available: '0' }, 'no space'],
    ['fail', { type: 'volume' }, 'is a volume'],
  ])('is %s with %j', (state, properties, seen) => {
    const examined = anExamined({ parents: [aSeenParent(properties)] });

    expect(judgeParents(examined, question)).toEqual([
      expect.objectContaining({ state, seen: expect.stringContaining(seen) }),
    ]);
  });

  it('is skipped where zfs cannot be run, and where the script did not get so far', () => {
    const refused = aSeenParent({}, { exitCode: 1, said: 'sudo: a password is required' });

    expect(judgeParents(anExamined({ parents: [refused] }), question)[0]?.state).toBe('skipped');
    expect(judgeParents(anExamined({ parents: [] }), question)[0]?.state).toBe('skipped');
  });
});

describe('a pool', () => {
  const [pool] = anExamined().examination.pools;
  if (pool === undefined) throw new Error('there is none');
  const withSpace = (used: string, available: string, readonly = 'off') => ({
    pools: [{ ...pool, properties: new Map(Object.entries({ used, available, readonly })) }],
  });
  it.each([
    ['ok', {}],
    ['ok', { zpool: { exitCode: 1, said: 'permission denied' } }],
    ['ok', withSpace('80', '20')],
    ['warn', withSpace('81', '19')],
    ['warn', { zpool: { exitCode: 0, said: 'tank\t10%\tDEGRADED' } }],
    ['fail', { zpool: { exitCode: 0, said: 'tank\t10%\tSUSPENDED' }, pools: [] }],
    ['fail', { zpool: { exitCode: 0, said: 'tank\t10%\tFAULTED' } }],
    ['fail', { pools: [{ ...pool, exitCode: 1, said: "cannot open 'tank'" }] }],
    ['fail', withSpace('1', '9', 'on')],
    ['skipped', { zpool: undefined, pools: [] }],
  ])('is %s with %j', (state, change) => {
    expect(judgePools(anExamined(change), question)[0]?.state).toBe(state);
  });
});

describe('NFS', () => {
  it.each([
    ['ok', 'running'],
    ['fail', 'stopped'],
    ['skipped', 'unknown'],
  ])('is %s where its server is %s', (state, nfs) => {
    expect(judgeNfs(anExamined({ nfs })).state).toBe(state);
  });

  it.each([
    [
      'ok',
      [
        { file: '/a', state: 'absent' },
        { file: '/b', state: 'readable' },
      ],
    ],
    ['warn', [{ file: '/a', state: 'unreadable' }]],
    ['skipped', []],
  ])('has exports that are %s with %j', (state, exportsFiles) => {
    expect(judgeExports(anExamined({ exportsFiles })).state).toBe(state);
  });
});
