import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { aDestruction } from '../../test/support/destruction.ts';
import { FakeZfs, ownProperties, remoteZfsOn } from '../../test/support/fake-zfs.ts';
import { aTrashing, trashedName } from '../../test/support/trashing.ts';
import type { DestroyDataset } from './dataset.ts';
import {
  DatasetBusyError,
  DatasetHeldError,
  DatasetHasChildrenError,
  DatasetHasSnapshotsError,
  DatasetKeptError,
  DatasetNotOwnedError,
} from './dataset-errors.ts';

const dataset = 'tank/k/pvc-1';
const expires = 'zfs-provisioner.io:trash_expires_at';

let zfs: FakeZfs;

beforeEach(() => {
  zfs = new FakeZfs('tank', 'tank/k');
  zfs.add(dataset, { ...ownProperties, 'zfs-provisioner.io:on_delete': 'trash' });
});

afterEach(() => {
  zfs.remove();
});

function destroy(changes: Partial<DestroyDataset> = {}): Promise<string> {
  return remoteZfsOn(zfs).destroy(aDestruction(zfs, changes));
}

/** Nothing was done that changes anything. */
function expectOnlyLooks(): void {
  expect(zfs.takeLog().filter((line) => !/^(get|list|$)/.test(line))).toEqual([]);
}

describe('destroy: a dataset that says itself that it is to be kept', () => {
  it.each(['trash', 'retain'] as const)('stays, and tells to %s it', async (instead) => {
    zfs.set(dataset, { 'zfs-provisioner.io:on_delete': instead });

    const failure: unknown = await destroy({ destroySnapshots: true }).catch(
      (error: unknown) => error,
    );

    expect(failure).toBeInstanceOf(DatasetKeptError);
    expect(failure).toMatchObject({ instead });
    expectOnlyLooks();
  });

  it.each([
    ['inherited', 'trash\tinherited from tank/k'],
    ['received', 'retain\treceived'],
    ['destroy', 'destroy'],
    ['nothing that is known', 'later'],
  ])('goes when that is %s', async (_title, value) => {
    zfs.set(dataset, { 'zfs-provisioner.io:on_delete': value });

    await expect(destroy()).resolves.toBe('destroyed');
  });

  it('goes when it is empty and was to go only then: no volume was ever written for it', async () => {
    await expect(destroy({ onlyIfEmpty: true })).resolves.toBe('destroyed');
  });
});

describe('destroy: from the trash', () => {
  const expiresAtMs = Date.UTC(2026, 0, 2, 4, 4, 5);
  const expired = { dataset: trashedName, expiredByMs: expiresAtMs };

  beforeEach(async () => {
    await remoteZfsOn(zfs).trash(aTrashing(zfs));
    zfs.takeLog();
  });

  it('takes one command more than a look once its time has come', async () => {
    await expect(destroy(expired)).resolves.toBe('destroyed');

    expect(zfs.takeVerbs()).toBe('get destroy');
    expect(zfs.has('tank/k/.trash')).toBe(true);
  });

  it.each([
    ['expires a second later', `${expiresAtMs / 1000 + 1}`],
    ['does not say when it expires', '-\t-'],
    ['was told so by its parent', `1\tinherited from tank/k/.trash`],
    ['was told so by who sent it', `1\treceived`],
    ['says no time', 'soon'],
    ['says a time that could be misread', '0001'],
    ['says an empty one', ''],
  ])('leaves one that %s', async (_title, value) => {
    zfs.set(trashedName, { [expires]: value });

    await expect(destroy(expired)).rejects.toThrow(DatasetKeptError);

    expectOnlyLooks();
    expect(zfs.has(trashedName)).toBe(true);
  });

  it('leaves one without being told that it may go, whatever it says', async () => {
    await expect(destroy({ dataset: trashedName })).rejects.toThrow(DatasetKeptError);
    await expect(destroy({ dataset: trashedName, onlyIfEmpty: true })).rejects.toThrow(
      DatasetKeptError,
    );

    expectOnlyLooks();
  });

  it('leaves what is in no trash, though it says that it has expired', async () => {
    zfs.add('tank/k/pvc-1', { ...ownProperties, [expires]: '1' });

    await expect(destroy({ ...expired, dataset })).rejects.toThrow(DatasetNotOwnedError);

    expectOnlyLooks();
  });

  it('leaves what is not its own, or made by hand', async () => {
    zfs.add('tank/k/.trash/by-hand', { [expires]: '1' });
    await expect(destroy({ ...expired, dataset: 'tank/k/.trash/by-hand' })).rejects.toThrow(
      DatasetNotOwnedError,
    );
    zfs.set(trashedName, { 'zfs-provisioner.io:cluster': 'cluster-2' });
    await expect(destroy(expired)).rejects.toThrow(DatasetNotOwnedError);

    expectOnlyLooks();
  });

  it('leaves the trash itself', async () => {
    await expect(destroy({ ...expired, dataset: 'tank/k/.trash' })).rejects.toThrow(
      DatasetNotOwnedError,
    );
  });

  it.each([
    ['snapshots that were not agreed to go', {}, {}, DatasetHasSnapshotsError],
    ['a hold', { userrefs: '1' }, { destroySnapshots: true }, DatasetHeldError],
    ['a clone', { clones: 'tank/k/x' }, { destroySnapshots: true }, DatasetHasChildrenError],
  ])('leaves one with %s as it is, unmounted', async (_title, snapshot, changes, error) => {
    zfs.snapshot(trashedName, 'monday', snapshot);

    await expect(destroy({ ...expired, ...changes })).rejects.toThrow(error);

    expect(zfs.hasSnapshot(trashedName, 'monday')).toBe(true);
    expect(zfs.is(trashedName, 'mounted')).toBe(false);
  });

  it('leaves one that somebody looks into mounted, and does not mount one that is busy', async () => {
    zfs.fail('destroy.all', `cannot destroy '${trashedName}': dataset is busy`);

    await expect(destroy(expired)).rejects.toThrow(DatasetBusyError);

    expect(zfs.is(trashedName, 'mounted')).toBe(false);
  });
});
