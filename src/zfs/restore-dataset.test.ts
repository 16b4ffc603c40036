import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FakeZfs, ownProperties, remoteZfsOn } from '../../test/support/fake-zfs.ts';
import { aRestoration, aTrashing, trashedName } from '../../test/support/trashing.ts';
import type { RestoreDataset, RestoredDataset } from './dataset-trash.ts';
import {
  CommandFailedError,
  DatasetExistsError,
  DatasetMissingError,
  DatasetNotOwnedError,
  OutOfSpaceError,
  ParentUnusableError,
} from './dataset-errors.ts';

// Many small processes: slow where the machine is busy.
jest.setTimeout(120_000);

const dataset = 'tank/k/pvc-1';
const share = 'rw=@192.0.2.0/24';

let zfs: FakeZfs;

async function setUp(properties: Readonly<Record<string, string>> = {}): Promise<void> {
  zfs = new FakeZfs('tank', 'tank/k', 'tank/other');
  const given = { sharenfs: share, refreservation: '1000', refquota: '1000', ...properties };
  zfs.add(dataset, { ...ownProperties, ...given });
  zfs.mark(dataset, 'shared', true);
  await remoteZfsOn(zfs).trash(aTrashing(zfs));
  zfs.takeLog();
}

beforeEach(async () => {
  await setUp();
});

afterEach(() => {
  zfs.remove();
});

function restore(changes: Partial<RestoreDataset> = {}): Promise<RestoredDataset> {
  return remoteZfsOn(zfs).restore(aRestoration(changes));
}

/** As it was before it was put into the trash, without a trace of that. */
function expectRestored(name = dataset): void {
  expect([zfs.has(trashedName), zfs.has(name)]).toEqual([false, true]);
  expect([zfs.is(name, 'mounted'), zfs.is(name, 'shared')]).toEqual([true, true]);
  const values = ['sharenfs', 'refreservation', 'canmount'].map((key) => zfs.property(name, key));
  expect(values).toEqual([share, '1000', 'on']);
  expect(zfs.property(name, 'readonly')).toBeUndefined();
  for (const key of ['from', 'at', 'share', 'reservation', 'readonly']) {
    expect(zfs.property(name, `zfs-provisioner.io:trashed_${key}`)).toBeUndefined();
  }
  expect(zfs.property(name, 'zfs-provisioner.io:trash_expires_at')).toBeUndefined();
}

/** Nothing was done that changes anything. */
function expectOnlyLooks(): void {
  expect(zfs.takeLog().filter((line) => !/^(get|list|$)/.test(line))).toEqual([]);
}

describe('restore', () => {
  it('brings it back mounted, writable, reserved and shared as it was, and forgets the trash', async () => {
    await expect(restore()).resolves.toEqual({
      host: 'nas-1',
      dataset,
      mountpoint: zfs.path(dataset),
      refquotaBytes: 1000n,
      parentGuid: '10006',
    });

    expectRestored();
  });

  it('may give it another name beside the trash', async () => {
    await restore({ restoredAs: 'tank/k/pvc-old' });

    expectRestored('tank/k/pvc-old');
  });

  it('leaves unshared what was not shared, and read-only what was', async () => {
    zfs.remove();
    await setUp({ sharenfs: 'off', readonly: 'on', refreservation: '0' });

    await restore();

    expect([zfs.is(dataset, 'mounted'), zfs.is(dataset, 'shared')]).toEqual([true, false]);
    expect(zfs.property(dataset, 'readonly')).toBe('on');
    expect(zfs.takeLog().filter((line) => line.includes('refreservation='))).toEqual([]);
  });

  it('inherits what it inherited', async () => {
    zfs.set('tank/k', { sharenfs: 'on' });
    zfs.set(trashedName, { 'zfs-provisioner.io:trashed_share': 'inherit' });

    await restore();

    expect(zfs.property(dataset, 'sharenfs')).toBeUndefined();
    expect(zfs.is(dataset, 'shared')).toBe(true);
  });

  it('can be repeated, and changes nothing then', async () => {
    const first = await restore();
    zfs.set(dataset, { sharenfs: 'ro' });

    await expect(restore()).resolves.toEqual(first);

    expect(zfs.property(dataset, 'sharenfs')).toBe('ro');
  });

  it('brings back what was restored and trashed again, as it was the last time', async () => {
    await restore();
    zfs.set(dataset, { sharenfs: 'ro', refreservation: '0' });
    await remoteZfsOn(zfs).trash(aTrashing(zfs));
    await restore();

    expect(zfs.property(dataset, 'sharenfs')).toBe('ro');
    expect(zfs.property(dataset, 'refreservation')).toBe('0');
  });
});

describe('restore: killed between any two commands', () => {
  it('the next attempt ends well', async () => {
    await restore();
    const calls = zfs.takeLog().length;
    expect(calls).toBeGreaterThan(10);
    for (let done = 1; done < calls; done++) {
      zfs.remove();
      await setUp();
      zfs.crashAfter(done);
      await expect(restore()).rejects.toThrow();
      zfs.crashAfter(undefined);

      await expect(restore()).resolves.toMatchObject({ dataset });
      expectRestored();
    }
  });
});

describe('restore: what is refused before anything is changed', () => {
  it('a name that is taken', async () => {
    zfs.add(dataset, ownProperties);

    await expect(restore()).rejects.toThrow(DatasetExistsError);

    expectOnlyLooks();
  });

  it.each([
    ['another cluster', { 'zfs-provisioner.io:cluster': 'cluster-2' }],
    ['an inherited instance', { 'io.kubernetes.pv.zfs:managed_by': 'x\tinherited from tank' }],
    ['another volume', { 'zfs-provisioner.io:volume': 'pvc-2' }],
    ['a received volume', { 'zfs-provisioner.io:volume': 'pvc-1\treceived' }],
  ])('one of %s', async (_title, properties) => {
    zfs.set(trashedName, properties);

    await expect(restore()).rejects.toThrow(DatasetNotOwnedError);

    expectOnlyLooks();
    expect(zfs.has(trashedName)).toBe(true);
  });

  it.each([
    ['elsewhere than beside its trash', { restoredAs: 'tank/other/pvc-1' }],
    ['below what is beside its trash', { restoredAs: 'tank/k/x/pvc-1' }],
    ['into the trash', { restoredAs: 'tank/k/.trash/pvc-1' }],
    ['a name that begins with a dot', { restoredAs: 'tank/k/.trash2' }],
    ['what is in no trash', { dataset: 'tank/other/pvc-1', restoredAs: 'tank/pvc-1' }],
  ])('%s', async (_title, changes) => {
    zfs.add('tank/other/pvc-1', ownProperties);

    await expect(restore(changes)).rejects.toThrow(DatasetNotOwnedError);

    expectOnlyLooks();
  });

  it('a pool, and what is no name: before anything is sent', async () => {
    await expect(restore({ restoredAs: 'tank' })).rejects.toThrow(DatasetNotOwnedError);
    await expect(restore({ restoredAs: 'tank/k/x y' })).rejects.toThrow(DatasetNotOwnedError);

    expect(zfs.takeLog()).toEqual(['']);
  });

  it('one that is neither in the trash nor where it was', async () => {
    await expect(
      restore({ dataset: 'tank/k/.trash/gone', restoredAs: 'tank/k/gone' }),
    ).rejects.toThrow(DatasetMissingError);
  });

  it('one that is gone, while another is where it was', async () => {
    zfs.add('tank/k/pvc-2', { ...ownProperties, 'zfs-provisioner.io:volume': 'pvc-2' });
    const gone = { dataset: 'tank/k/.trash/gone', restoredAs: 'tank/k/pvc-2' };

    await expect(restore(gone)).rejects.toThrow(DatasetNotOwnedError);

    expectOnlyLooks();
  });
});

describe('restore: a failure', () => {
  it('for want of space leaves it in the trash', async () => {
    const words = `cannot set property for '${trashedName}': size is greater than available space`;
    zfs.fail('set.1', words);

    await expect(restore()).rejects.toThrow(OutOfSpaceError);

    expect([zfs.has(trashedName), zfs.has(dataset)]).toEqual([true, false]);
  });

  it('to rename it takes the reservation back', async () => {
    zfs.fail('rename.1', `cannot rename '${trashedName}': I/O error`);

    await expect(restore()).rejects.toThrow('was undone');

    expect(zfs.property(trashedName, 'refreservation')).toBe('0');
  });

  it.each([
    ['mount', `cannot mount '${dataset}': encryption key not loaded`, ParentUnusableError],
    ['share', `cannot share '${dataset}': NFS share creation failed`, CommandFailedError],
  ])(
    'to %s it says that it is back, and is made good by the next attempt',
    async (verb, words, error) => {
      zfs.fail(`${verb}.1`, words);
      zfs.mark(trashedName, 'shared', false);
      const failure = restore();

      await expect(failure).rejects.toThrow(error);
      await expect(failure).rejects.toThrow(`It is called ${dataset} again`);
      await restore();

      expectRestored();
    },
  );

  it('to be mounted in truth is none that is taken for success', async () => {
    zfs.fail('mount.all', '', 0);

    await expect(restore()).rejects.toThrow(ParentUnusableError);
  });
});
