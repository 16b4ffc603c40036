import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { FakeScriptRunner, ShellScriptRunner } from '../../test/support/fake-script-runner.ts';
import { anIdentity, FakeZfs, ownProperties, remoteZfsOn } from '../../test/support/fake-zfs.ts';
import type { ReshareOutcome, SharedDataset } from './dataset.ts';
import {
  CommandFailedError,
  DatasetNotOwnedError,
  OutputUnreadableError,
} from './dataset-errors.ts';
import type { RemoteZfs } from './remote-zfs.ts';

jest.setTimeout(30_000);

const { instance, clusterId } = anIdentity;
const owner = { instance, clusterId };
const before = 'sec=sys,rw=192.0.2.1,no_root_squash';
const after = 'sec=sys,rw=192.0.2.1:192.0.2.2,no_root_squash';

let zfs: FakeZfs;

beforeEach(() => {
  zfs = new FakeZfs('tank', 'tank/k');
  for (const name of ['pvc-1', 'pvc-2', 'pvc-3']) addVolume(name);
});

afterEach(() => {
  zfs.remove();
});

function addVolume(name: string, properties: Readonly<Record<string, string>> = {}): void {
  zfs.add(`tank/k/${name}`, {
    ...ownProperties,
    'zfs-provisioner.io:volume': name,
    sharenfs: before,
    ...properties,
  });
}

function share(volumeName: string, linux = after): SharedDataset {
  const options = { linux, freebsd: `${linux} of FreeBSD` };
  return { host: 'nas-1', dataset: `tank/k/${volumeName}`, volumeName, options };
}

function reshare(
  datasets: readonly SharedDataset[],
  host: RemoteZfs = remoteZfsOn(zfs, { timeoutMs: 10_000 }),
): Promise<readonly ReshareOutcome[]> {
  return host.reshare('nas-1', owner, datasets);
}

const note = 'zfs-provisioner.io:share';
const sets = (): readonly string[] => zfs.takeLog().filter((line) => line.startsWith('set'));
const sharenfsOf = (name: string): string | undefined => zfs.property(`tank/k/${name}`, 'sharenfs');

describe('reshare', () => {
  it('sets each dataset in one exec, and only what differs', async () => {
    addVolume('pvc-2', { sharenfs: after, [note]: after });

    await expect(
      reshare([share('pvc-1'), share('pvc-2'), share('pvc-3', 'other')]),
    ).resolves.toEqual(['shared', 'unchanged', 'shared']);

    expect(sets()).toEqual([
      `set ${note}=${after} sharenfs=${after} tank/k/pvc-1`,
      `set ${note}=other sharenfs=other tank/k/pvc-3`,
    ]);
  });

  it('notes what it shared by, on what was shared so before too', async () => {
    addVolume('pvc-2', { sharenfs: after });
    addVolume('pvc-3', { sharenfs: after, [note]: `${after}\tinherited from tank` });

    await expect(reshare([share('pvc-2'), share('pvc-3')])).resolves.toEqual([
      'unchanged',
      'unchanged',
    ]);

    expect(sets()).toEqual(['pvc-2', 'pvc-3'].map((name) => `set ${note}=${after} tank/k/${name}`));
  });

  it('notes first where zfs is too old to set two properties at once', async () => {
    zfs.fail('set.1', 'too many arguments', 2);

    await expect(reshare([share('pvc-1')])).resolves.toEqual(['shared']);

    expect(sets().slice(1)).toEqual([
      `set ${note}=${after} tank/k/pvc-1`,
      `set sharenfs=${after} tank/k/pvc-1`,
    ]);
  });

  it('sends a value once', async () => {
    const runner = new FakeScriptRunner(() => ({ exitCode: 1, stdout: '', stderr: '' }));
    const host = remoteZfsOn(zfs, { runner });
    const asked = [share('pvc-1'), share('pvc-2'), share('pvc-3', 'other')];

    await reshare(asked, host).catch(() => undefined);

    expect(runner.ran[0]?.script.parameters.slice(9)).toEqual([
      ...['tank/k/pvc-1', 'pvc-1', after, `${after} of FreeBSD`],
      ...['tank/k/pvc-2', 'pvc-2', '', ''],
      ...['tank/k/pvc-3', 'pvc-3', 'other', 'other of FreeBSD'],
    ]);
  });

  it('leaves what is not provably ours alone, and goes on with the others', async () => {
    addVolume('pvc-1', { 'zfs-provisioner.io:cluster': 'another' });
    addVolume('pvc-2', { 'zfs-provisioner.io:volume': `pvc-2\tinherited from tank` });

    const outcomes = await reshare([share('pvc-1'), share('pvc-2'), share('pvc-3')]);

    expect(outcomes[0]).toBeInstanceOf(DatasetNotOwnedError);
    expect(outcomes[0]).toHaveProperty('message', expect.stringContaining('tank/k/pvc-1 on nas-1'));
    expect(outcomes[1]).toBeInstanceOf(DatasetNotOwnedError);
    expect(outcomes[2]).toBe('shared');
    expect(['pvc-1', 'pvc-2'].map(sharenfsOf)).toEqual([before, before]);
  });

  it('leaves a volume alone, and a value that could be read as several', async () => {
    zfs.set('tank/k/pvc-1', { type: 'volume\t-' });
    zfs.set('tank/k/pvc-2', { 'io.kubernetes.pv.zfs:managed_by': `${instance}\nx\ty\tz\tlocal` });

    const outcomes = await reshare([share('pvc-1'), share('pvc-2')]);

    expect(outcomes[0]).toBeInstanceOf(DatasetNotOwnedError);
    expect(outcomes[1]).toBeInstanceOf(OutputUnreadableError);
    expect(sharenfsOf('pvc-2')).toBe(before);
  });

  it('tells what is gone, and what a person took off the net', async () => {
    addVolume('pvc-2', { sharenfs: 'off' });

    await expect(reshare([share('pvc-9'), share('pvc-2'), share('pvc-1')])).resolves.toEqual([
      'absent',
      'off',
      'shared',
    ]);

    expect(sharenfsOf('pvc-2')).toBe('off');
  });

  it('takes a dataset of the classic provisioner by its name', async () => {
    addVolume('pvc-1', {
      'zfs-provisioner.io:cluster': '-\t-',
      'zfs-provisioner.io:volume': '-\t-',
    });

    await expect(reshare([share('pvc-1')])).resolves.toEqual(['shared']);
    await expect(reshare([{ ...share('pvc-1'), volumeName: 'pvc-2' }])).resolves.toEqual([
      expect.any(DatasetNotOwnedError),
    ]);
  });

  it('tells of each failure, and goes on', async () => {
    const words =
      "cannot set property for 'tank/k/pvc-1': 'sharenfs' cannot be set to invalid options";
    for (const call of ['set.1', 'set.3']) zfs.fail(call, words, 255);
    zfs.fail('get.2', 'the pool is on fire');

    const outcomes = await reshare([share('pvc-1'), share('pvc-2'), share('pvc-3')]);

    expect(outcomes[0]).toHaveProperty('code', 'PROPERTY_INVALID');
    expect(outcomes[1]).toBeInstanceOf(CommandFailedError);
    expect(outcomes[2]).toBe('shared');
  });

  it('takes nothing for granted that was not told', async () => {
    const told =
      'nonce0nonce0\tnext\ttank/k/pvc-1\nnonce0nonce0\ttold\tsomething\nnonce0nonce0\tend\t0\n';
    const runner = new FakeScriptRunner(() => ({ exitCode: 0, stdout: told, stderr: '' }));

    const outcomes = await reshare([share('pvc-1'), share('pvc-2')], remoteZfsOn(zfs, { runner }));

    expect(outcomes).toEqual([
      expect.any(OutputUnreadableError),
      expect.any(OutputUnreadableError),
    ]);
  });

  it('runs nothing for nothing', async () => {
    await expect(reshare([])).resolves.toEqual([]);

    expect(zfs.takeLog()).toEqual(['']);
  });

  it.each(['a\nb', ''])('sends no value that is none: %j', async (options) => {
    await expect(reshare([share('pvc-1', options)])).rejects.toMatchObject({
      code: 'PROPERTY_INVALID',
    });

    expect(zfs.takeLog()).toEqual(['']);
  });

  it.each(
    [['dash'], ['bash', '--posix'], ['busybox', 'sh'], ['ksh'], ['mksh'], ['yash']].filter(
      ([program = '']) => spawnSync(program, ['-c', ':']).error === undefined,
    ),
  )('works under %s', async (...shell) => {
    addVolume('pvc-2', { 'zfs-provisioner.io:cluster': 'another' });
    const host = remoteZfsOn(zfs, { runner: new ShellScriptRunner(shell), timeoutMs: 10_000 });

    await expect(reshare([share('pvc-1'), share('pvc-2'), share('pvc-9')], host)).resolves.toEqual([
      'shared',
      expect.any(DatasetNotOwnedError),
      'absent',
    ]);
  });
});
