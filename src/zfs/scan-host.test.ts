import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeScriptRunner } from '../../test/support/fake-script-runner.ts';
import { FakeZfs, ownProperties, remoteZfsOn } from '../../test/support/fake-zfs.ts';
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
    expect(usage.datasets[0]).toEqual({
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
    });
    expect(runner.ran).toEqual([]);
  });
});
