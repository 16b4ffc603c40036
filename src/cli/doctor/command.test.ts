import { beforeEach, expect, it } from '@jest/globals';
import { CliStage } from '../../../test/support/cli-world.ts';
import { aCheckupApi, aPatient } from '../../../test/support/patient.ts';
import { KubeForbiddenError } from '../../kube/api-error.ts';
import { HostUnreachableError } from '../../host/command.ts';
import type { HostConnection } from '../../host/ssh-connection.ts';
import type { Patient } from './patient.ts';

let stage: CliStage;
let closed: number;
let connections: number;

beforeEach(() => {
  stage = new CliStage();
  [closed, connections] = [0, 0];
});

function consult(change: Partial<Patient> = {}): void {
  const close = (): Promise<void> => {
    closed++;
    return Promise.resolve();
  };
  stage.consult = () => Promise.resolve(aPatient({ close, ...change }));
}

/** Of nas-1 and nas-2, the first answers to nothing, the second runs no script. */
function twoHosts(): Partial<Patient> {
  const connection: HostConnection = {
    ...{ isOpen: true, isSpent: false },
    run: () => Promise.resolve({ exitCode: 1, stdout: 'nologin\n', stderr: '' }),
    close: () => {
      connections--;
    },
  };
  const { hosts } = aPatient();
  const away = new HostUnreachableError('nas-1', 'cannot connect to nas-1');
  return {
    placesOf: () => new Map(['nas-1', 'nas-2'].map((host) => [host, new Set(['tank/k'])])),
    hosts: {
      ...hosts,
      doors: {
        dial: (host) => {
          if (host === 'nas-1') return Promise.reject(away);
          connections++;
          return Promise.resolve(connection);
        },
        knock: () => Promise.reject(away),
      },
    },
  };
}

it('tells each check in a table, what is wrong in full, and a line that sums it up', async () => {
  consult(twoHosts());
  const { code, stdout } = await stage.run('doctor');

  expect(code).toBe(1);
  expect(stdout).toMatch(/^ok +cluster +settings/m);
  expect(stdout).toMatch(
    /^fail +nas-1 +tcp.*\n +seen: +cannot connect to nas-1 \(HOST_UNREACHABLE\)\n +to do: /m,
  );
  expect(stdout).toMatch(/^fail +nas-2 +shell.*\n.*nologin/m);
  expect(stdout).toMatch(/^2 failed, 1 warning, \d+ ok, \d+ skipped$/m);
  expect([closed, connections]).toEqual([1, 0]);
});

it('tells programs the fields of each finding', async () => {
  consult(twoHosts());
  const items = await stage.items('doctor --host nas-1 --only tcp,login');

  expect(items).toEqual([
    {
      ...{ where: 'nas-1', check: 'tcp', state: 'fail', code: 'HOST_UNREACHABLE' },
      ...{ seen: 'cannot connect to nas-1', todo: expect.any(String) },
    },
    { where: 'nas-1', check: 'login', state: 'skipped', seen: expect.any(String) },
  ]);
});

it('ends with 0 where there are only warnings, and with 3 if that was asked for', async () => {
  consult();

  expect((await stage.run('doctor')).code).toBe(0);
  expect((await stage.run('doctor --exit-code')).code).toBe(3);
});

it('tells every mistake of the command line, and looks at nothing', async () => {
  const { code, stderr } = await stage.run('doctor x --only tpc --service-account a --hots b');

  expect(code).toBe(2);
  for (const said of ['did you mean tcp', 'NAMESPACE/NAME', 'no option --hots', 'no names']) {
    expect(stderr).toContain(said);
  }
});

it('refuses a host that nothing names', async () => {
  consult(twoHosts());

  expect(await stage.run('doctor --host nas-3')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('did you mean nas-'),
  });
});

it('skips what the person may not ask, and says why', async () => {
  const forbidden = (): Promise<never> => Promise.reject(new KubeForbiddenError('no'));
  consult({ api: aCheckupApi({ leases: forbidden, mayAccount: forbidden }) });
  const items = await stage.items('doctor --service-account a/b --only lease,account');

  expect(items.map(({ check, state }) => [check, state])).toEqual([
    ['lease', 'skipped'],
    ['account', 'skipped'],
  ]);
});

it('looks at all else where the API does not answer', async () => {
  consult({ ...twoHosts(), api: new Error('no kubeconfig') });
  const items = await stage.items('doctor');

  expect(items).toContainEqual(expect.objectContaining({ check: 'api', state: 'fail' }));
  expect(items).toContainEqual(expect.objectContaining({ where: 'nas-2', check: 'shell' }));
});

it('gives up a host that takes too long, and tells of the others', async () => {
  const { hosts, ...more } = twoHosts();
  if (hosts === undefined) throw new Error('there are none');
  const dial: typeof hosts.doors.dial = (host, signal) =>
    host === 'nas-1' ? new Promise(() => undefined) : hosts.doors.dial(host, signal);
  consult({ ...more, hosts: { ...hosts, doors: { ...hosts.doors, dial } } });
  const running = stage.items('doctor');
  await stage.clock.advance(61_000);
  const items = await running;

  expect(stage.told.join('\n')).toContain('waiting for nas-1');
  expect(items).toContainEqual(
    expect.objectContaining({ where: 'nas-1', seen: expect.stringContaining('given up') }),
  );
  expect(items).toContainEqual(expect.objectContaining({ where: 'nas-2', check: 'shell' }));
});
