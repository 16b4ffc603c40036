import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { aCreation, sharedWith } from '../../test/support/creation.ts';
import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  FakeScriptRunner,
  ShellScriptRunner,
  transmission,
} from '../../test/support/fake-script-runner.ts';
import { anIdentity, FakeZfs, ownProperties, remoteZfsOn } from '../../test/support/fake-zfs.ts';
import { aRestoration, aTrashing, trashedName } from '../../test/support/trashing.ts';
import type { HostScript, ScriptResult, ScriptRunner } from '../host/command.ts';
import {
  CommandFailedError,
  DatasetKeptError,
  DatasetNotOwnedError,
  ExportsWrongError,
  OutOfSpaceError,
  OutputUnreadableError,
} from './dataset-errors.ts';
import { remoteScripts } from './remote-scripts.ts';
import { RemoteZfs } from './remote-zfs.ts';

// Hundreds of small processes: slow where the machine is busy.
jest.setTimeout(30_000);

const dataset = 'tank/k/pvc-1';
const request = aCreation({
  sizeBytes: 5_000_000_000n,
  refreservationBytes: undefined,
  sharing: sharedWith('on'),
  userProperties: { 'x:note': `it's "a" $HOME * \\ ; rm` },
});
const removal = {
  host: 'nas-1',
  dataset,
  identity: anIdentity,
  destroySnapshots: true,
  parentGuid: '10006',
  mountpoint: undefined,
  onlyIfEmpty: false,
};

let zfs: FakeZfs;

beforeEach(() => {
  zfs = new FakeZfs('tank', 'tank/k');
});

afterEach(() => {
  zfs.remove();
});

const shells = [
  ['dash'],
  ['bash', '--posix'],
  ['bash'],
  ['busybox', 'sh'],
  ['ksh'],
  ['mksh'],
  ['yash'],
].filter(([program = '']) => spawnSync(program, ['-c', ':']).error === undefined);

describe('the remote scripts', () => {
  it.each(shells.map((shell) => [shell.join(' '), shell] as const))(
    'do all verbs under %s',
    async (_name, shell) => {
      const host = remoteZfsOn(zfs, { runner: new ShellScriptRunner(shell) });

      await expect(host.create(request)).resolves.toMatchObject({ adopted: false });
      await expect(host.create(request)).resolves.toMatchObject({ adopted: true });
      const growth = {
        host: 'nas-1',
        dataset,
        identity: anIdentity,
        sizeBytes: 6_000_000_000n,
        quota: 'both',
        reservation: 'thick',
        maxOvercommit: 10,
      } as const;
      await expect(host.grow(growth)).resolves.toBe(6_000_000_000n);
      await expect(host.grow({ ...growth, sizeBytes: 1n })).resolves.toBe(6_000_000_000n);
      await expect(host.scan('nas-1', ['tank/k', 'gone/x'])).resolves.toMatchObject({
        datasets: [{ dataset }],
      });
      zfs.set(dataset, { 'zfs-provisioner.io:cluster': 'other' });
      await expect(host.destroy(removal)).rejects.toThrow(DatasetNotOwnedError);
      zfs.set(dataset, ownProperties);
      zfs.snapshot(dataset, 'monday');
      await expect(host.destroy(removal)).resolves.toBe('destroyed');
      await expect(host.destroy(removal)).resolves.toBe('absent');
    },
  );

  it.each(shells.map((shell) => [shell.join(' '), shell] as const))(
    'put into the trash, bring back and sweep under %s',
    async (_name, shell) => {
      const host = remoteZfsOn(zfs, { runner: new ShellScriptRunner(shell) });
      zfs.add(dataset, { ...ownProperties, sharenfs: 'on', refreservation: '1000', refquota: '9' });

      await expect(host.retain(aTrashing(zfs))).resolves.toBe('retained');
      for (let attempt = 0; attempt < 2; attempt++) {
        const expected = { kind: 'trashed', dataset: trashedName };
        await expect(host.trash(aTrashing(zfs))).resolves.toMatchObject(expected);
      }
      for (let attempt = 0; attempt < 2; attempt++) {
        await expect(host.restore(aRestoration())).resolves.toMatchObject({ dataset });
      }
      expect(zfs.is(dataset, 'shared')).toBe(true);
      expect(zfs.property(dataset, 'refreservation')).toBe('1000');
      await host.trash(aTrashing(zfs));
      const swept = { ...removal, dataset: trashedName, parentGuid: undefined };
      await expect(host.destroy({ ...swept, expiredByMs: 1000 })).rejects.toThrow(DatasetKeptError);
      const expiredByMs = Date.UTC(2026, 5, 1);
      await expect(host.destroy({ ...swept, expiredByMs })).resolves.toBe('destroyed');
    },
  );

  it.each(shells.map((shell) => [shell.join(' '), shell] as const))(
    'see to limits, exports and owners under %s',
    async (_name, shell) => {
      const exportsFile = join(zfs.root, 'etab');
      const host = remoteZfsOn(zfs, {
        runner: new ShellScriptRunner(shell),
        chownCommand: 'echo',
        setfaclCommand: 'echo',
        exportsFiles: ['/nowhere', exportsFile],
      });
      const sharing = { ...sharedWith('on'), clients: ['192.0.2.0/24', 'fd00::/64'] };
      const asked = aCreation({
        ...{ quota: 'both', sharing, nativeProperties: { atime: 'off' } },
        ...{ spaceLimits: { maxFullnessPercent: 90, maxOvercommit: 100 } },
        ownership: { mode: '0770', uid: 1000, gid: 1000, acl: ['u:1:rwx'] },
      });

      zfs.set('tank', { used: '9', available: '9007199254740992000' });
      writeFileSync(exportsFile, `${zfs.path(dataset)} *(rw)\n`);
      await expect(host.create(asked)).rejects.toThrow(ExportsWrongError);
      writeFileSync(exportsFile, `${zfs.path(dataset)} 192.0.2.0/24(rw) fd00::/64(rw)\n`);
      for (const adopted of [false, true]) {
        const created = { adopted, exports: 'as-asked' };
        await expect(host.create(asked)).resolves.toMatchObject(created);
      }
      zfs.set('tank/k', { used: '9', available: '9' });
      await expect(host.create({ ...asked, dataset: 'tank/k/other' })).rejects.toThrow(
        OutOfSpaceError,
      );
    },
  );

  it('run nothing when they are cut off on the way', async () => {
    zfs.add(dataset, ownProperties);
    const whole = await sentFor((host) => host.destroy(removal));
    const end = whole.length - 1;
    const cuts = [0.1, 0.35, 0.6, 0.85].map((part) => Math.floor(end * part));
    for (let cut = end - 24; cut < end; cut += 2) cuts.push(cut, cut + 1);

    const results = await Promise.all(
      cuts.map((cut) => new ShellScriptRunner().pipe(whole.slice(0, cut))),
    );

    expect(results.map(({ stdout }) => stdout).join('')).not.toContain('nonce0nonce0\tbegin');
    expect(zfs.takeLog()).toEqual(['']);
    expect(zfs.has(dataset)).toBe(true);
  });

  it('do all of it when the other side hangs up', async () => {
    zfs.add(dataset, { ...ownProperties, sharenfs: 'on' });
    zfs.snapshot(dataset, 'monday');
    const child = spawn('sh', ['-s'], { stdio: ['pipe', 'pipe', 'ignore'] });
    const closed = new Promise((resolve) => child.on('exit', resolve));
    child.stdin.end(await sentFor((host) => host.destroy(removal)));

    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.stdout.destroy();
    child.kill('SIGHUP');

    await closed;
    expect(zfs.has(dataset)).toBe(false);
  });

  it('never let a command read what is left of the script', async () => {
    // `cat` as zfs would print the rest of the script; with standard input closed off it prints nothing.
    const failure = remoteZfsOn({ command: 'cat -' }).create({ ...request, userProperties: {} });

    await expect(failure).rejects.not.toThrow('main');
  });

  it('are understood among banners, warnings and the line ends of a terminal', async () => {
    const noisy: ScriptRunner = {
      async run(host: string, script: HostScript): Promise<ScriptResult> {
        const result = await new ShellScriptRunner().run(host, script);
        const stdout = `Welcome!\nother\trow\nmotd without end${result.stdout}bye\n`.replaceAll(
          '\n',
          '\r\n',
        );
        return { ...result, stdout, stderr: 'bash: warning: setlocale: cannot change locale' };
      },
    };

    await expect(remoteZfsOn(zfs, { runner: noisy }).create(request)).resolves.toMatchObject({
      mountpoint: zfs.path(dataset),
    });
  });
});

describe('the end of an exec', () => {
  const begin = 'nonce0nonce0\tbegin\n';
  it.each([
    ['no frames at all', 0, '', OutputUnreadableError],
    ['no end', 0, begin, OutputUnreadableError],
    [
      'an end that says another exit code',
      10,
      `${begin}nonce0nonce0\tend\t0\n`,
      OutputUnreadableError,
    ],
    ['an end of another exec', 0, `${begin}nonce1nonce1\tend\t0\n`, OutputUnreadableError],
    ['a reported end without a reason', 10, `${begin}nonce0nonce0\tend\t10\n`, CommandFailedError],
    ['a signal on the way', 137, begin, OutputUnreadableError],
    ['success without a result', 0, `${begin}nonce0nonce0\tend\t0\n`, OutputUnreadableError],
    ['no shell', 127, '', CommandFailedError],
  ])('%s is not taken for success', async (_title, exitCode, stdout, error) => {
    const runner = new FakeScriptRunner(() => ({ exitCode, stdout, stderr: 'sh: not found' }));
    const host = remoteZfsOn(zfs, { runner });
    const growth = {
      host: 'nas-1',
      dataset,
      identity: anIdentity,
      sizeBytes: 1n,
      quota: 'refquota',
      reservation: 'thin',
      maxOvercommit: undefined,
    } as const;

    await expect(host.create(request)).rejects.toThrow(error);
    await expect(host.destroy(removal)).rejects.toThrow(error);
    await expect(host.grow(growth)).rejects.toThrow(error);
    await expect(host.trash(aTrashing(zfs))).rejects.toThrow(error);
    await expect(host.retain(aTrashing(zfs))).rejects.toThrow(error);
    await expect(host.restore(aRestoration())).rejects.toThrow(error);
  });

  it('with a reason that nobody knows is our mistake', async () => {
    const stdout = `${begin}nonce0nonce0\trefused\tconstructor\nnonce0nonce0\tend\t10\n`;
    const runner = new FakeScriptRunner(() => ({ exitCode: 10, stdout, stderr: '' }));

    await expect(remoteZfsOn(zfs, { runner }).create(request)).rejects.toThrow(
      'unknown reason: constructor',
    );
  });
});

it('a verb is one exec within its limit, its values nowhere in the text of the script', async () => {
  const runner = new FakeScriptRunner(() => ({ exitCode: 1, stdout: '', stderr: '' }));
  const host = remoteZfsOn({ command: 'sudo -H zfs' }, { runner, timeoutMs: 60_000 });

  await expect(host.create(request)).rejects.toThrow();

  expect(runner.ran).toHaveLength(1);
  expect(runner.ran[0]).toMatchObject({
    host: 'nas-1',
    script: { verb: 'create', timeoutMs: 60_000 },
  });
  expect(runner.ran[0]?.script.parameters.slice(0, 3)).toEqual([
    'nonce0nonce0',
    'sudo -n -H zfs',
    dataset,
  ]);
  expect(runner.ran[0]?.script.parameters).toContain('0.1 0.3 1 2 3');
  expect(runner.ran[0]?.script.script).toBe(remoteScripts.create);
});

it('a nonce that could hide in sed or in a file name is our mistake', async () => {
  const runner = new FakeScriptRunner(() => ({ exitCode: 0, stdout: '', stderr: '' }));
  const commands = { zfsCommand: 'zfs', chmodCommand: 'chmod', chownCommand: 'chown' };
  const limits = { setfaclCommand: 'setfacl', exportsFiles: [], operationTimeoutMs: 1000 };

  await expect(
    new RemoteZfs({ runner, ...commands, ...limits, nonce: () => 'a/b&c' }).create(request),
  ).rejects.toThrow('nonce');
});

/** What would be sent to the host for a verb. */
async function sentFor(
  verb: (host: ReturnType<typeof remoteZfsOn>) => Promise<unknown>,
): Promise<string> {
  const runner = new FakeScriptRunner(() => ({ exitCode: 1, stdout: '', stderr: '' }));
  await verb(remoteZfsOn(zfs, { runner })).catch(() => undefined);
  const [ran] = runner.ran;
  if (ran === undefined) throw new Error('nothing was sent');
  return transmission(ran.script);
}
