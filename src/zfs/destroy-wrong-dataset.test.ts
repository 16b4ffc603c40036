import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { aDestruction } from '../../test/support/destruction.ts';
import { FakeZfs, ownProperties, remoteZfsOn } from '../../test/support/fake-zfs.ts';
import type { DestroyDataset } from './dataset.ts';
import { DatasetMissingError, ForeignSnapshotsError } from './dataset-errors.ts';

const dataset = 'tank/k/pvc-1';

let zfs: FakeZfs;

beforeEach(() => {
  zfs = new FakeZfs('tank', 'tank/k', 'tank/archive');
});

afterEach(() => {
  zfs.remove();
});

const destroy = (changes: Partial<DestroyDataset> = {}): Promise<string> =>
  remoteZfsOn(zfs).destroy(aDestruction(zfs, changes));

describe('destroy: a snapshot of another tool', () => {
  beforeEach(() => {
    zfs.add(dataset, { ...ownProperties, usedbysnapshots: '1' });
    zfs.snapshot(dataset, 'monday');
  });

  it.each([
    'autosnap_2026-11-21_00:00:01_daily',
    'syncoid_backup_2026-11-21:00:00:01-GMT00:00',
    'zrepl_20261121_000001_000',
    'zfs-auto-snap_hourly-2026-11-21-0017',
    'pyznap_2026-11-21_00:00:00_daily',
    '__replicate_100-0_1795219200__',
    'auto-2026-11-21_00-00',
  ])('%s keeps all of them, though snapshots may go, unless these may too', async (name) => {
    zfs.snapshot(dataset, name);

    const failure = destroy({ destroySnapshots: true });

    await expect(failure).rejects.toThrow(ForeignSnapshotsError);
    await expect(failure).rejects.toThrow(`${dataset}@${name}`);
    await expect(failure).rejects.toThrow('zfs-provisioner.io/foreign-snapshots=destroy');
    expect(zfs.takeLog().filter((line) => !/^(get|list|$)/.test(line))).toEqual([]);
    expect(zfs.hasSnapshot(dataset, 'monday')).toBe(true);
    const agreed = destroy({ destroySnapshots: true, foreignSnapshots: 'destroy' });
    await expect(agreed).resolves.toBe('destroyed');
  });

  it.each(['zrepl', 'before-autosnap_x', 'automatic', 'auto-pilot', 'daily-2026-11-21'])(
    '%s is none, as far as its name tells',
    async (name) => {
      zfs.snapshot(dataset, name);

      await expect(destroy({ destroySnapshots: true })).resolves.toBe('destroyed');
    },
  );

  it('that may go does not go where snapshots may not', async () => {
    zfs.snapshot(dataset, 'zrepl_1');

    const failure = destroy({ destroySnapshots: false, foreignSnapshots: 'destroy' });

    await expect(failure).rejects.toThrow('2 snapshot(s)');
  });

  it('that is held keeps the dataset, whatever may go', async () => {
    zfs.snapshot(dataset, 'zrepl_1', { userrefs: '1' });

    const failure = destroy({ destroySnapshots: true, foreignSnapshots: 'destroy' });

    await expect(failure).rejects.toMatchObject({ code: 'DATASET_HELD', retry: 'slow' });
  });
});

describe('destroy: a dataset that was renamed on the host', () => {
  const expectLeftAlone = async (name: string): Promise<void> => {
    const failure = destroy();

    await expect(failure).rejects.toThrow(DatasetMissingError);
    await expect(failure).rejects.toThrow(`it is called ${name} now. Nothing was destroyed`);
    expect(zfs.has(name)).toBe(true);
    expect(zfs.takeLog().filter((line) => !line.startsWith('get') && line !== '')).toEqual([]);
  };

  it.each(['tank/k/renamed', 'tank/archive/pvc-1', 'tank/k/deep/er'])(
    'to %s does not count as gone',
    async (name) => {
      if (name === 'tank/k/deep/er') zfs.add('tank/k/deep');
      zfs.add(name, ownProperties);

      await expectLeftAlone(name);
    },
  );

  it('within its parent does not either where the host lets only that be read', async () => {
    zfs.add('tank/k/renamed', ownProperties);
    zfs.fail('get.4', 'Sorry, user zfs is not allowed to execute zfs get', 1, 'before');

    await expectLeftAlone('tank/k/renamed');
  });

  it('is not known to be gone where neither can be read', async () => {
    zfs.fail('get.4', 'internal error: out of memory', 1, 'before');
    zfs.fail('get.5', 'internal error: out of memory', 1, 'before');

    await expect(destroy()).rejects.toThrow('out of memory');
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ['of another volume', { 'zfs-provisioner.io:volume': 'pvc-2' }],
    ['of another cluster', { 'zfs-provisioner.io:cluster': 'another' }],
    ['of another instance', { 'io.kubernetes.pv.zfs:managed_by': 'another' }],
    ['that was received', { 'zfs-provisioner.io:volume': 'pvc-1\treceived' }],
  ])('is not one %s: this one is gone', async (_title, other) => {
    zfs.add('tank/k/renamed', { ...ownProperties, ...other });

    await expect(destroy()).resolves.toBe('absent');
  });

  it('is not one in the trash: that is where it was put', async () => {
    zfs.add('tank/k/.trash');
    zfs.add('tank/k/.trash/pvc-1-20261121T000000Z', ownProperties);

    await expect(destroy()).resolves.toBe('absent');
  });

  it('is nobody\u2019s where none was ever in use: nothing is looked for', async () => {
    zfs.add('tank/k/renamed', ownProperties);

    await expect(destroy({ onlyIfEmpty: true, mountpoint: undefined })).resolves.toBe('absent');
  });
});
