import { expect, it } from '@jest/globals';
import { HostAuthenticationError, HostKeyError, HostUnreachableError } from '../../host/command.ts';
import { judgeSessions, judgeWay } from './way-checks.ts';

const away = new HostUnreachableError('nas-1', 'cannot connect to nas-1:22: no answer within 8 s');
const frozen = new HostUnreachableError('nas-1', 'nas-1 accepted the connection but no login');
const unknown = new HostKeyError('nas-1', 'known_hosts holds no key');
const cause = Object.assign(new Error('refused'), { level: 'client-authentication' });
const refused = new HostAuthenticationError('nas-1', 'nas-1 refuses user zfs', { cause });
const keyless = new HostAuthenticationError('nas-1', 'no private key');

it.each([
  ['all is well', undefined, undefined, ['ok', 'ok', 'ok']],
  ['nothing listens', away, away, ['fail', 'skipped', 'skipped']],
  ['sshd hangs', frozen, undefined, ['ok', 'skipped', 'fail']],
  ['its key is unknown', unknown, undefined, ['ok', 'fail', 'skipped']],
  ['its key is unknown and nothing listens', unknown, away, ['fail', 'fail', 'skipped']],
  ['our key is refused', refused, undefined, ['ok', 'ok', 'fail']],
  ['we have no key', keyless, undefined, ['ok', 'skipped', 'fail']],
])('the way is judged where %s', (_what, dialError, knockError, states) => {
  const found = judgeWay({ host: 'nas-1', isHere: false, dialError, knockError });

  expect(found.map(({ check }) => check)).toEqual(['tcp', 'host-key', 'login']);
  expect(found.map(({ state }) => state)).toEqual(states);
  for (const { state, todo } of found) expect(todo !== undefined).toBe(state === 'fail');
});

it('sessions that were refused are counted, and the setting is told', () => {
  const refusals = Array.from({ length: 4 }, () => new Error('open failed'));

  expect(judgeSessions({ host: 'nas-1', asked: 6, refusals })).toMatchObject({
    ...{ state: 'fail', seen: expect.stringContaining('only 2 of 6') },
    todo: expect.stringMatching(/MaxSessions.*10 or more.*ZFS_SSH_CHANNELS to 2/),
  });
  expect(judgeSessions({ host: 'nas-1', asked: 6, refusals: [] }).state).toBe('ok');
});
