import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { anIdentity, FakeZfs, ownProperties, remoteZfsOn } from '../../test/support/fake-zfs.ts';
import type { GrowDataset } from './dataset.ts';
import {
  CommandFailedError,
  DatasetMissingError,
  DatasetNotOwnedError,
  InvalidPropertyError,
  OutOfSpaceError,
  OutputUnreadableError,
} from './dataset-errors.ts';

const dataset = 'tank/k/pvc-1';
const noSpace = `cannot set property for '${dataset}': size is greater than available space`;

let zfs: FakeZfs;

beforeEach(() => {
  zfs = new FakeZfs('tank', 'tank/k');
  zfs.add(dataset, { ...ownProperties, refquota: '900', refreservation: '900' });
});

afterEach(() => {
  zfs.remove();
});

function grow(sizeBytes: bigint, how: Partial<GrowDataset> = {}): Promise<bigint> {
  return remoteZfsOn(zfs).grow({
    host: 'nas-1',
    dataset,
    identity: anIdentity,
    sizeBytes,
    quota: 'refquota',
    reservation: 'thick',
    maxOvercommit: undefined,
    ...how,
  });
}

const sets = (): readonly string[] => zfs.takeLog().filter((line) => line.startsWith('set'));

describe('grow', () => {
  it('raises the quota first, then the reservation', async () => {
    await expect(grow(5_000_000_000n)).resolves.toBe(5_000_000_000n);

    expect(sets()).toEqual([
      `set refquota=5000000000 ${dataset}`,
      `set refreservation=5000000000 ${dataset}`,
      `set zfs-provisioner.io:size=5000000000 ${dataset}`,
    ]);
  });

  it('leaves the reservation of a thin volume alone', async () => {
    zfs.set(dataset, { refreservation: '0' });

    await expect(grow(1000n, { reservation: 'thin' })).resolves.toBe(1000n);

    expect(zfs.property(dataset, 'refreservation')).toBe('0');
  });

  it.each([
    ['raises a reservation that is there', '900', '1000'],
    ['makes none where there is none', '0', '0'],
  ])('%s when the volume does not tell', async (_title, before, after) => {
    zfs.set(dataset, { refreservation: before });

    await expect(grow(1000n, { reservation: 'as-it-is' })).resolves.toBe(1000n);

    expect(zfs.property(dataset, 'refreservation')).toBe(after);
  });

  it('raises the quota that counts snapshots, where that holds the volume', async () => {
    zfs.set(dataset, { refquota: '0', quota: '900' });

    await expect(grow(1000n, { quota: 'quota' })).resolves.toBe(1000n);

    expect(zfs.property(dataset, 'quota')).toBe('1000');
    expect(zfs.property(dataset, 'refquota')).toBe('0');
  });

  it('raises both quotas before the reservation, and tells the smaller', async () => {
    zfs.set(dataset, { quota: '5000' });

    await expect(grow(1000n, { quota: 'both' })).resolves.toBe(1000n);
    expect(sets().slice(0, 2)).toEqual([
      `set refquota=1000 ${dataset}`,
      `set refreservation=1000 ${dataset}`,
    ]);

    await expect(grow(9000n, { quota: 'both' })).resolves.toBe(9000n);
    expect(sets().slice(0, 3)).toEqual([
      `set refquota=9000 ${dataset}`,
      `set quota=9000 ${dataset}`,
      `set refreservation=9000 ${dataset}`,
    ]);
  });

  it('grows although the size cannot be written down for people', async () => {
    zfs.fail('set.3', 'permission denied');

    await expect(grow(1000n)).resolves.toBe(1000n);
  });

  it.each([
    ['a smaller size', 899n],
    ['the same size', 900n],
  ])('changes neither quota nor reservation for %s', async (_title, size) => {
    await expect(grow(size)).resolves.toBe(900n);

    expect(sets()).toEqual([`set zfs-provisioner.io:size=${size} ${dataset}`]);
  });

  it('changes nothing at all the second time', async () => {
    await grow(1000n);
    zfs.takeLog();

    await expect(grow(1000n)).resolves.toBe(1000n);

    expect(zfs.takeVerbs()).toBe('get get');
  });

  it('compares sizes as numbers of any length', async () => {
    zfs.set(dataset, { refquota: '9223372036854775807', refreservation: '9223372036854775807' });

    await expect(grow(9223372036854775806n)).resolves.toBe(9223372036854775807n);
  });

  it('raises a reservation that stayed behind', async () => {
    zfs.set(dataset, { refquota: '1000' });

    await expect(grow(1000n)).resolves.toBe(1000n);

    expect(zfs.property(dataset, 'refreservation')).toBe('1000');
  });

  it('gives a quota to one that lost it', async () => {
    zfs.set(dataset, { refquota: '0' });

    await expect(grow(1000n, { reservation: 'thin' })).resolves.toBe(1000n);
  });

  it('grows a dataset of the classic provisioner', async () => {
    zfs.set(dataset, { 'zfs-provisioner.io:volume': '-\t-', 'zfs-provisioner.io:cluster': '-\t-' });

    await expect(grow(1000n)).resolves.toBe(1000n);

    expect(zfs.property(dataset, 'zfs-provisioner.io:size')).toBeUndefined();
  });
});

describe('grow: failures', () => {
  it('takes the quota back when there is no room for the reservation', async () => {
    zfs.fail('set.2', noSpace);

    const failure = grow(1000n);

    await expect(failure).rejects.toThrow(OutOfSpaceError);
    await expect(failure).rejects.toThrow('had changed was undone');
    expect(zfs.property(dataset, 'refquota')).toBe('900');
  });

  it('takes both quotas back', async () => {
    zfs.set(dataset, { quota: '950' });
    zfs.fail('set.3', noSpace);

    await expect(grow(1000n, { quota: 'both' })).rejects.toThrow('had changed was undone');

    expect(zfs.property(dataset, 'refquota')).toBe('900');
    expect(zfs.property(dataset, 'quota')).toBe('950');
  });

  it('says so when the quota cannot be taken back', async () => {
    zfs.fail('set.2', noSpace);
    zfs.fail('set.3', 'internal error');

    await expect(grow(1000n)).rejects.toThrow('could not be undone');
  });

  it('has no quota to take back when only the reservation was behind', async () => {
    zfs.set(dataset, { refquota: '1000' });
    zfs.fail('set.1', noSpace);

    await expect(grow(1000n)).rejects.toThrow(OutOfSpaceError);

    expect(zfs.property(dataset, 'refquota')).toBe('1000');
  });

  it.each([
    ['the quota cannot be set', 'set.1', 'internal error', CommandFailedError],
    ['it cannot be read', 'get.1', 'internal error', CommandFailedError],
    [
      'it is gone',
      'get.1',
      `cannot open '${dataset}': dataset does not exist`,
      DatasetMissingError,
    ],
  ])('when %s', async (_title, call, words, error) => {
    zfs.fail(call, words);

    await expect(grow(1000n)).rejects.toThrow(error);

    expect(zfs.property(dataset, 'refquota')).toBe('900');
  });

  it('does not believe a set that did nothing', async () => {
    zfs.fail('set.all', '', 0);

    await expect(grow(1000n)).rejects.toThrow(InvalidPropertyError);
  });

  it('does not touch a dataset that is not ours', async () => {
    zfs.set(dataset, { 'zfs-provisioner.io:cluster': 'cluster-2' });

    await expect(grow(1000n)).rejects.toThrow(DatasetNotOwnedError);

    expect(zfs.takeVerbs()).toBe('get');
  });

  it('does not guess a quota that it cannot read', async () => {
    zfs.set(dataset, { refquota: 'lots' });

    await expect(grow(1000n)).rejects.toThrow(OutputUnreadableError);
  });
});

describe('grow: the limit of what may be promised', () => {
  beforeEach(() => {
    zfs.set('tank/k', { used: '1000', available: '1000' });
    zfs.add('tank/k/other', { refquota: '1500' });
  });

  it('counts what others were promised, and its own new size instead of the old', async () => {
    await expect(grow(1500n, { maxOvercommit: 1.5 })).resolves.toBe(1500n);
  });

  it('is not exceeded: nothing is changed, and the event says how much is missing', async () => {
    const failure = grow(1501n, { maxOvercommit: 1.5 });

    await expect(failure).rejects.toThrow(OutOfSpaceError);
    await expect(failure).rejects.toThrow(
      'more than 1.5 times its 1.95 KiB (2000 bytes). Missing: 1 byte.',
    );
    expect(sets()).toEqual([]);
  });

  it('does not matter to one that is large enough', async () => {
    await expect(grow(900n, { maxOvercommit: 0.1 })).resolves.toBe(900n);
  });
});
