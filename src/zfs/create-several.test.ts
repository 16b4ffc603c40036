import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { aCreation } from '../../test/support/creation.ts';
import {
  FakeScriptRunner,
  JoiningRunner,
  ShellScriptRunner,
} from '../../test/support/fake-script-runner.ts';
import { anIdentity, FakeZfs, ownProperties, remoteZfsOn } from '../../test/support/fake-zfs.ts';
import { OutcomeUnknownError } from '../host/command.ts';
import type { HostScript, ScriptResult, ScriptRunner } from '../host/command.ts';
import type { CreateDataset, Dataset } from './dataset.ts';
import { DatasetNotOwnedError, OutOfSpaceError, OutputUnreadableError } from './dataset-errors.ts';

// Hundreds of small processes: slow where the machine is busy.
jest.setTimeout(30_000);

const others = { 'zfs-provisioner.io:cluster': 'another' };

let zfs: FakeZfs;
let runner: JoiningRunner;
let chmodLog: string;

beforeEach(() => {
  zfs = new FakeZfs('tank', 'tank/k', 'tank/l');
  chmodLog = join(zfs.root, 'chmod-log');
  writeFileSync(chmodLog, '');
});

afterEach(() => {
  zfs.remove();
});

function creationOf(name: string, changes: Partial<CreateDataset> = {}): CreateDataset {
  const dataset = `tank/k/${name}`;
  return aCreation({ dataset, identity: { ...anIdentity, volumeName: name }, ...changes });
}

/** Asks for all of them at once; one that failed is its error. */
async function createAll(
  requests: readonly CreateDataset[],
  inner?: ScriptRunner,
): Promise<(Dataset | Error)[]> {
  runner = new JoiningRunner(requests.length, inner);
  let nonces = 0;
  const host = remoteZfsOn(zfs, { runner, nonce: () => `nonce000${nonces++}`, timeoutMs: 60_000 });
  return await Promise.all(
    requests.map((request) => host.create(request).catch((error: unknown) => error as Error)),
  );
}

const three = (): CreateDataset[] => ['a', 'b', 'c'].map((name) => creationOf(name));

const shells = [
  ['dash'],
  ['bash', '--posix'],
  ['busybox', 'sh'],
  ['ksh'],
  ['mksh'],
  ['yash'],
].filter(([program = '']) => spawnSync(program, ['-c', ':']).error === undefined);

describe('creating several at once', () => {
  it.each(shells.map((shell) => [shell.join(' '), shell] as const))(
    'looks at all of them with one command under %s',
    async (_name, shell) => {
      const created = await createAll(three(), new ShellScriptRunner(shell));

      expect(created).toMatchObject(
        ['a', 'b', 'c'].map((name) => ({
          dataset: `tank/k/${name}`,
          mountpoint: zfs.path(`tank/k/${name}`),
          refquotaBytes: 1073741824n,
          adopted: false,
        })),
      );
      expect(zfs.takeVerbs()).toBe('create create create get');
      expect(statSync(zfs.path('tank/k/b')).mode & 0o020).toBe(0o020);
      expect(runner.execs).toHaveLength(1);
    },
  );

  it('gives each what it asked for, below whichever parent', async () => {
    const [a, b] = await createAll([
      creationOf('a', { sizeBytes: 5n, refreservationBytes: undefined }),
      creationOf('b', {
        dataset: 'tank/l/b',
        sharing: { kind: 'off' },
        userProperties: { 'io.kubernetes.pv.zfs:reclaim_policy': 'Retain' },
      }),
    ]);

    expect(a).toMatchObject({ refquotaBytes: 5n, refreservationBytes: 0n });
    expect(b).toMatchObject({ refquotaBytes: 1073741824n, mountpoint: zfs.path('tank/l/b') });
    expect(zfs.property('tank/l/b', 'sharenfs')).toBe('off');
    expect(zfs.property('tank/l/b', 'io.kubernetes.pv.zfs:reclaim_policy')).toBe('Retain');
    expect(zfs.property('tank/k/a', 'zfs-provisioner.io:volume')).toBe('a');
  });

  it('adopts and refuses one without an effect on the others', async () => {
    zfs.add('tank/k/a', { ...ownProperties, 'zfs-provisioner.io:volume': 'a', refquota: '5' });
    zfs.add('tank/k/c', { ...ownProperties, ...others, 'zfs-provisioner.io:volume': 'c' });

    const [a, b, c, d] = await createAll([...three(), creationOf('d')]);

    expect(a).toMatchObject({ adopted: true, refquotaBytes: 1073741824n });
    expect(b).toMatchObject({ adopted: false });
    expect(c).toBeInstanceOf(DatasetNotOwnedError);
    expect(d).toMatchObject({ adopted: false });
    expect(zfs.property('tank/k/c', 'refquota')).toBeUndefined();
  });

  it('says of each why it failed', async () => {
    zfs.fail('create.1', "cannot create 'tank/k/a': out of space");
    zfs.fail('create.3', 'filesystem successfully created, but not shared', 1, 'unshared');

    const [a, b, c] = await createAll(three());

    expect(a).toBeInstanceOf(OutOfSpaceError);
    expect(a).toHaveProperty('message', expect.stringContaining('tank/k/a'));
    expect(b).toMatchObject({ adopted: false });
    expect(c).toMatchObject({ adopted: false });
    expect(zfs.has('tank/k/a')).toBe(false);
    expect(zfs.is('tank/k/c', 'shared')).toBe(true);
  });

  it('takes away the one that is not as it was asked for, and no other', async () => {
    zfs.fail('create.2', '', 0, 'unmounted');

    const [a, b, c] = await createAll(three());

    expect(a).toMatchObject({ dataset: 'tank/k/a' });
    expect(b).toHaveProperty('message', expect.stringContaining('mounted'));
    expect(c).toMatchObject({ dataset: 'tank/k/c' });
    expect(['a', 'b', 'c'].map((name) => zfs.has(`tank/k/${name}`))).toEqual([true, false, true]);
  });

  it('looks at each by itself where all at once tells nothing', async () => {
    zfs.fail('get.1', "cannot open 'tank/k/b': dataset does not exist");

    const created = await createAll(three());

    expect(created).toMatchObject([{ adopted: false }, { adopted: false }, { adopted: false }]);
    expect(zfs.takeVerbs()).toBe('create create create get get get get');
  });

  it('takes away those that it can look at in no way', async () => {
    zfs.fail('get.all', "cannot open 'tank/k': I/O error");

    const failed = await createAll(three());

    expect(failed.every((each) => each instanceof Error)).toBe(true);
    expect(zfs.below('tank/k')).toEqual([]);
  });

  it('is not misled by a value that looks like a row of another', async () => {
    const forged = 'x\ntank/k/b\trefquota\t9\tlocal\ntank/k/b\tx:note\t-';
    zfs.set('tank/k', { 'x:note': forged });
    const userProperties = { 'x:note': '-' };

    const [a, b] = await createAll([
      creationOf('a', { userProperties }),
      creationOf('b', { userProperties }),
    ]);

    expect(a).toMatchObject({ refquotaBytes: 1073741824n });
    expect(b).toHaveProperty('message', expect.stringContaining('refquota'));
    expect(zfs.has('tank/k/b')).toBe(false);
  });

  it('sets the owner of each where one is asked for', async () => {
    const chown = join(zfs.root, 'bin', 'chown');
    mkdirSync(join(zfs.root, 'bin'));
    writeFileSync(chown, `#!/bin/sh\necho "$*" >>${chmodLog}\n`);
    chmodSync(chown, 0o755);
    const env = { PATH: `${join(zfs.root, 'bin')}:/usr/bin:/bin` };
    const ownership = { mode: '0770', uid: 7, gid: undefined, acl: [] };
    const requests = ['a', 'b'].map((name) => creationOf(name, { ownership }));

    const created = await createAll(requests, new ShellScriptRunner(['sh'], env));

    expect(created).toMatchObject([{ adopted: false }, { adopted: false }]);
    expect(statSync(zfs.path('tank/k/a')).mode & 0o777).toBe(0o770);
    expect(spawnSync('cat', [chmodLog], { encoding: 'utf8' }).stdout).toBe(
      `7 ${zfs.path('tank/k/a')}\n7 ${zfs.path('tank/k/b')}\n`,
    );
  });
});

describe('several of which the end was not seen', () => {
  it('are done where they told their own end before', async () => {
    const shell = new ShellScriptRunner();
    const cutting: ScriptRunner = {
      async run(host: string, script: HostScript): Promise<ScriptResult> {
        const { stdout } = await shell.run(host, script);
        const cut = stdout.slice(0, stdout.indexOf('nonce0002\tresult'));
        throw new OutcomeUnknownError(host, 'cut', { stdout: cut });
      },
    };

    const [a, b, c] = await createAll(three(), cutting);

    expect(a).toMatchObject({ dataset: 'tank/k/a', adopted: false });
    expect(b).toMatchObject({ dataset: 'tank/k/b', adopted: false });
    expect(c).toBeInstanceOf(OutcomeUnknownError);
  });

  it('are unreadable where the script died between them', async () => {
    zfs.fail('create.2', '', 1, 'killed');

    const results = await createAll(three());

    expect(results.every((each) => each instanceof OutputUnreadableError)).toBe(true);
    expect(zfs.has('tank/k/a')).toBe(true);
  });
});

describe('a creation', () => {
  /** What it is sent with. */
  async function keyOf(changes: Partial<CreateDataset>): Promise<string | undefined> {
    const failing = new FakeScriptRunner(() => ({ exitCode: 1, stdout: '', stderr: '' }));
    const failure = remoteZfsOn(zfs, { runner: failing }).create(creationOf('x', changes));
    await expect(failure).rejects.toThrow();
    return failing.ran[0]?.script.joinKey;
  }

  it('goes with others that are asked for in the same way', async () => {
    const key = await keyOf({});
    const owner = { mode: '0770', uid: undefined, gid: undefined, acl: [] };

    expect(key).toBeDefined();
    expect(await keyOf({ sizeBytes: 7n, dataset: 'tank/l/y', sharing: { kind: 'off' } })).toBe(key);
    expect(await keyOf({ nativeProperties: { atime: 'off' } })).not.toBe(key);
    expect(await keyOf({ ownership: owner })).not.toBe(key);
  });

  it.each([
    [{ maxFullnessPercent: 90, maxOvercommit: undefined }],
    [{ maxFullnessPercent: undefined, maxOvercommit: 2 }],
  ])('goes alone where its class limits how much is made: %j', async (spaceLimits) => {
    expect(await keyOf({ spaceLimits })).toBeUndefined();
  });
});
