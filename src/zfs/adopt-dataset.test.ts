import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FakeZfs, ownProperties, remoteZfsOn } from '../../test/support/fake-zfs.ts';
import { aRestoration } from '../../test/support/trashing.ts';
import { DatasetMissingError, DatasetNotOwnedError } from './dataset-errors.ts';
import type { RestoredDataset } from './dataset-trash.ts';

// Many small processes: slow where the machine is busy.
jest.setTimeout(30_000);

const dataset = 'tank/k/pvc-1';
const retainedAt = 'zfs-provisioner.io:retained_at';

let zfs: FakeZfs;

beforeEach(() => {
  zfs = new FakeZfs('tank', 'tank/k');
});

afterEach(() => {
  zfs.remove();
});

/** As kubectl zfs does: nothing is in the trash, it has its name. */
function adopt(): Promise<RestoredDataset> {
  return remoteZfsOn(zfs).restore(aRestoration({ dataset: 'tank/k/.trash/pvc-1' }));
}

describe('a dataset that is not in the trash', () => {
  it('is taken into use: mounted, shared, and no longer retained', async () => {
    zfs.add(dataset, {
      ...ownProperties,
      refquota: '1000',
      sharenfs: 'rw',
      [retainedAt]: '1700000000',
    });
    zfs.mark(dataset, 'mounted', false);

    await expect(adopt()).resolves.toEqual({
      ...{ host: 'nas-1', dataset, mountpoint: zfs.path(dataset) },
      ...{ refquotaBytes: 1000n, parentGuid: expect.stringMatching(/^\d+$/) },
    });

    expect(zfs.property(dataset, retainedAt)).toBeUndefined();
    expect([zfs.is(dataset, 'mounted'), zfs.is(dataset, 'shared')]).toEqual([true, true]);
    expect(zfs.property(dataset, 'sharenfs')).toBe('rw');
  });

  it('gets back what it had reserved, where a person took it out of the trash by hand', async () => {
    zfs.add(dataset, { ...ownProperties, 'zfs-provisioner.io:trashed_reservation': '1000' });

    await adopt();

    expect(zfs.property(dataset, 'refreservation')).toBe('1000');
  });

  it('is left alone where it is not its volume’s', async () => {
    const foreign = { ...ownProperties, 'zfs-provisioner.io:cluster': 'another' };
    zfs.add(dataset, { ...foreign, [retainedAt]: '1700000000' });

    await expect(adopt()).rejects.toThrow(DatasetNotOwnedError);

    expect(zfs.property(dataset, retainedAt)).toBe('1700000000');
  });

  it('is missing where there is none', async () => {
    await expect(adopt()).rejects.toThrow(DatasetMissingError);
  });
});
