import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FakeScriptRunner, ShellScriptRunner } from '../../test/support/fake-script-runner.ts';
import { FakeZfs, ownProperties, remoteZfsOn } from '../../test/support/fake-zfs.ts';
import type { ScriptResult } from '../host/command.ts';
import { CommandFailedError, HostPermissionError } from './dataset-errors.ts';

let zfs: FakeZfs;

beforeEach(() => {
  zfs = new FakeZfs('tank', 'tank/k', 'dozer', 'dozer/a b');
  zfs.add('tank/k/pvc-1', {
    ...ownProperties,
    refquota: '900',
    'zfs-provisioner.io:claim_name': 'logs',
  });
});

afterEach(() => {
  zfs.remove();
});

describe('scan', () => {
  it('tells every dataset below the parents, and the pools', async () => {
    zfs.add('tank/k/pvc-1/inner');

    const usage = await remoteZfsOn(zfs).scan('nas-1', ['tank/k', 'dozer/a b']);

    expect(usage.datasets.map(({ dataset }) => dataset)).toEqual([
      'tank/k/pvc-1',
      'tank/k/pvc-1/inner',
    ]);
    expect(usage.datasets[0]).toMatchObject({
      host: 'nas-1',
      dataset: 'tank/k/pvc-1',
      instance: 'example.test/zfs',
      clusterId: 'cluster-1',
      volumeName: 'pvc-1',
      claimNamespace: undefined,
      claimName: 'logs',
      reclaimPolicy: undefined,
      createdAtMs: 1_700_000_000_000,
      usedBytes: 98304n,
      referencedBytes: 98304n,
      usedBySnapshotsBytes: 0n,
      refquotaBytes: 900n,
      retainedAtMs: undefined,
      condition: {
        quotaBytes: 0n,
        refreservationBytes: 0n,
        sharenfs: 'off',
        notedShare: undefined,
        mounted: true,
        mountpoint: zfs.path('tank/k/pvc-1'),
        readOnly: false,
        keyStatus: undefined,
      },
      recorded: expect.objectContaining({ refquotaBytes: 900n, storageClass: undefined }),
    });
    expect(usage.pools).toEqual([
      {
        host: 'nas-1',
        pool: 'tank',
        sizeBytes: 1000098304n,
        allocatedBytes: 98304n,
        freeBytes: 1000000000n,
        health: undefined,
      },
      {
        host: 'nas-1',
        pool: 'dozer',
        sizeBytes: 1000098304n,
        allocatedBytes: 98304n,
        freeBytes: 1000000000n,
        health: undefined,
      },
    ]);
    expect(usage.parents).toEqual([
      { host: 'nas-1', dataset: 'tank/k', availableBytes: 1000000000n, readOnly: false },
      { host: 'nas-1', dataset: 'dozer/a b', availableBytes: 1000000000n, readOnly: false },
    ]);
  });

  it('tells a parent that is read-only, as a replica is', async () => {
    zfs.set('tank/k', { readonly: 'on\tlocal' });

    const { parents } = await remoteZfsOn(zfs).scan('nas-1', ['tank/k', 'tank/none']);

    expect(parents).toMatchObject([{ dataset: 'tank/k', readOnly: true }]);
  });

  it('does not take inherited or received properties for an identity', async () => {
    zfs.set('tank/k/pvc-1', { 'zfs-provisioner.io:volume': 'pvc-1\treceived' });
    zfs.add('tank/k/pvc-1/inner');

    const { datasets } = await remoteZfsOn(zfs).scan('nas-1', ['tank/k']);

    expect(datasets.map(({ volumeName, instance }) => [volumeName, instance])).toEqual([
      [undefined, 'example.test/zfs'],
      [undefined, undefined],
    ]);
  });

  it('is not blinded by a parent or a pool that is missing', async () => {
    const { datasets, pools } = await remoteZfsOn(zfs).scan('nas-1', [
      'gone/x',
      'tank/none',
      'tank/k',
    ]);

    expect(datasets).toHaveLength(1);
    expect(pools.map(({ pool }) => pool)).toEqual(['tank']);
  });

  it('is not stopped by a dataset that vanishes meanwhile', async () => {
    zfs.fail('get.1', `cannot open 'tank/k/pvc-9': dataset does not exist`, 1, 'after');

    await expect(remoteZfsOn(zfs).scan('nas-1', ['tank/k'])).resolves.toMatchObject({
      datasets: [{}],
    });
  });

  it('leaves out volumes, and datasets without numbers', async () => {
    zfs.add('tank/k/zvol', { type: 'volume\t-' });
    zfs.add('tank/k/odd', { used: 'lots\t-' });
    zfs.set('tank', { available: '-\t-' });

    const { datasets, pools } = await remoteZfsOn(zfs).scan('nas-1', ['tank/k']);

    expect(datasets.map(({ dataset }) => dataset)).toEqual(['tank/k/pvc-1']);
    expect(pools).toEqual([]);
  });

  it.each([
    ['get.1', 'internal error: out of memory', 1, CommandFailedError],
    ['get.2', 'internal error: out of memory', 1, CommandFailedError],
    ['get.1', 'sudo: a password is required', 1, HostPermissionError],
    ['get.1', `cannot open 'tank/k': dataset does not exist`, 2, CommandFailedError],
    ['get.1', `cannot open 'tank/kk': dataset does not exist`, 1, CommandFailedError],
  ])('fails rather than be incomplete (%s: %s)', async (call, words, exitCode, error) => {
    zfs.fail(call, words, exitCode);

    await expect(remoteZfsOn(zfs).scan('nas-1', ['tank/k'])).rejects.toThrow(error);
  });

  it('asks nothing when there are no parents', async () => {
    const runner = new FakeScriptRunner(() => ({ exitCode: 0, stdout: '', stderr: '' }));

    await expect(remoteZfsOn(zfs, { runner }).scan('nas-1', [])).resolves.toEqual({
      asked: [],
      parents: [],
      pools: [],
      datasets: [],
      trash: [],
    });
    expect(runner.ran).toEqual([]);
  });

  it('tells what became of a dataset that a person changed', async () => {
    zfs.set('tank/k/pvc-1', {
      ...{ quota: '1000', refreservation: '10', readonly: 'on', keystatus: 'unavailable\t-' },
      ...{
        sharenfs: 'rw',
        mountpoint: '/elsewhere',
        'zfs-provisioner.io:share': 'rw=@192.0.2.0/24',
      },
      'zfs-provisioner.io:retained_at': '1700000000',
    });
    zfs.mark('tank/k/pvc-1', 'mounted', false);

    const { datasets } = await remoteZfsOn(zfs).scan('nas-1', ['tank/k']);

    expect(datasets).toMatchObject([
      {
        retainedAtMs: 1_700_000_000_000,
        condition: {
          ...{ quotaBytes: 1000n, refreservationBytes: 10n, readOnly: true, mounted: false },
          ...{ sharenfs: 'rw', notedShare: 'rw=@192.0.2.0/24', mountpoint: '/elsewhere' },
          keyStatus: 'unavailable',
        },
      },
    ]);
  });

  it('takes a share for noted only where the dataset itself says it', async () => {
    zfs.set('tank/k', { 'zfs-provisioner.io:share': 'rw' });

    const { datasets } = await remoteZfsOn(zfs).scan('nas-1', ['tank/k']);

    expect(datasets).toMatchObject([{ condition: { notedShare: undefined } }]);
  });

  it('keeps what is in the trash apart, and what is below that is of no use to anyone', async () => {
    zfs.add('tank/k/.trash');
    zfs.add('tank/k/.trash/pvc-0-20260101T000000Z', {
      ...ownProperties,
      'zfs-provisioner.io:trashed_at': '1700000000',
    });
    zfs.add('tank/k/.trash/pvc-0-20260101T000000Z/inner');

    const { datasets, trash } = await remoteZfsOn(zfs).scan('nas-1', ['tank/k']);

    expect(datasets.map(({ dataset }) => dataset)).toEqual(['tank/k/pvc-1']);
    expect(trash).toMatchObject([
      { dataset: 'tank/k/.trash/pvc-0-20260101T000000Z', trashedAtMs: 1_700_000_000_000 },
    ]);
  });
});

describe('scan of a host with many datasets', () => {
  const sent = async (): Promise<string> => {
    const inner = new ShellScriptRunner();
    let stdout = '';
    const run = async (...asked: Parameters<typeof inner.run>): Promise<ScriptResult> => {
      const result = await inner.run(...asked);
      ({ stdout } = result);
      return result;
    };
    await remoteZfsOn(zfs, { runner: { run } }).scan('nas-1', ['tank/k']);
    return stdout;
  };

  it('gets each as one line without the names of the properties', async () => {
    const lines = (await sent()).split('\n').filter((line) => line.includes('tank/k/pvc-1\t'));

    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(
      /^nonce0nonce0\tfolded\ttank\/k\/pvc-1\tfilesystem\t-\t1700000000\t-\t/,
    );
    expect(lines[0]).not.toContain('zfs-provisioner.io');
  });

  it('gets those whose values are no plain text as zfs tells them', async () => {
    zfs.set('tank/k/pvc-1', { 'zfs-provisioner.io:class': 'a\tb\tlocal' });
    zfs.add('tank/k/pvc-2', { ...ownProperties, 'zfs-provisioner.io:class': 'a\nb\tc\td\tlocal' });

    const { datasets } = await remoteZfsOn(zfs).scan('nas-1', ['tank/k']);

    expect(datasets.map(({ dataset, refquotaBytes }) => [dataset, refquotaBytes])).toEqual([
      ['tank/k/pvc-1', 900n],
      ['tank/k/pvc-2', 0n],
    ]);
    expect((await sent()).match(/\tfolded\ttank\/k\/pvc-/g)).toBeNull();
  });

  it('believes neither of two answers, however they come', async () => {
    const { 'zfs-provisioner.io:volume': volume, ...others } = ownProperties;
    const fake = `x\tlocal\ntank/k/pvc-2\tzfs-provisioner.io:volume\t${volume}`;
    zfs.add('tank/k/pvc-2', { ...others, 'zfs-provisioner.io:claim_namespace': `${fake}\tlocal` });
    zfs.set('tank/k/pvc-1', { 'zfs-provisioner.io:cluster': 'cluster-1\tinherited from tank' });

    const { datasets } = await remoteZfsOn(zfs).scan('nas-1', ['tank/k']);

    expect(datasets.map(({ volumeName, clusterId }) => [volumeName, clusterId])).toEqual([
      ['pvc-1', undefined],
      [undefined, 'cluster-1'],
    ]);
  });
});

describe('scan of a host whose release does not know every property', () => {
  const usage = `usage:\n\tget [-rHp] [-d max]\n\tPROPERTY\tEDIT\tINHERIT\tVALUES`;
  const unknown = `bad property list: invalid property 'keystatus'\n${usage}`;

  it('asks again without it, in the same exec', async () => {
    zfs.fail('get.1', unknown, 2);
    const runner = new ShellScriptRunner();
    const run = jest.spyOn(runner, 'run');

    const { datasets, pools } = await remoteZfsOn(zfs, { runner }).scan('nas-1', ['tank/k']);

    expect(datasets).toMatchObject([{ dataset: 'tank/k/pvc-1' }]);
    expect(pools).toHaveLength(1);
    expect(run).toHaveBeenCalledTimes(1);
    const [first = '', second = ''] = zfs.takeLog();
    expect(first).toContain(',keystatus tank/k');
    expect(second).toBe(first.replace(',keystatus', ''));
  });

  it('says why where that fails too', async () => {
    zfs.fail('get.1', unknown, 2);
    zfs.fail('get.2', 'internal error: out of memory');

    const scan = remoteZfsOn(zfs).scan('nas-1', ['tank/k']);

    await expect(scan).rejects.toThrow('internal error: out of memory');
    await expect(scan).rejects.not.toThrow('usage');
  });
});
