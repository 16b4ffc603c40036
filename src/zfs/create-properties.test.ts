import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { aCreation } from '../../test/support/creation.ts';
import { FakeZfs, ownProperties, remoteZfsOn } from '../../test/support/fake-zfs.ts';
import type { Dataset } from './dataset.ts';
import {
  DatasetDiffersError,
  InvalidPropertyError,
  ParentUnusableError,
} from './dataset-errors.ts';

const dataset = 'tank/k/pvc-1';

let zfs: FakeZfs;

beforeEach(() => {
  zfs = new FakeZfs('tank', 'tank/k');
});

afterEach(() => {
  zfs.remove();
});

function create(nativeProperties: Readonly<Record<string, string>>): Promise<Dataset> {
  return remoteZfsOn(zfs).create(aCreation({ nativeProperties }));
}

const sets = (): readonly string[] => zfs.takeLog().filter((line) => line.startsWith('set'));

describe('create: properties of the class', () => {
  it('are given to the dataset when it is made', async () => {
    await create({ compression: 'zstd-3', recordsize: '16K', encryption: 'on' });

    expect(zfs.property(dataset, 'compression')).toBe('zstd-3');
    expect(zfs.takeVerbs()).toBe('create get');
  });

  it('may be shown otherwise than they were set', async () => {
    zfs.fail('create.1', '', 0, 'after');
    await expect(create({ recordsize: '16K' })).resolves.toMatchObject({ adopted: false });
    zfs.set(dataset, { recordsize: '16384' });

    await expect(create({ recordsize: '16K' })).resolves.toMatchObject({ adopted: true });

    expect(sets()).toEqual([`set recordsize=16K ${dataset}`]);
  });

  it('are set on one that is adopted, where they can be', async () => {
    zfs.add(dataset, { ...ownProperties, compression: 'off', encryption: 'aes-256-gcm\t-' });

    await create({ compression: 'lz4', encryption: 'on', pbkdf2iters: '400000' });

    expect(zfs.property(dataset, 'compression')).toBe('lz4');
    expect(sets().some((line) => /encryption|pbkdf2iters/.test(line))).toBe(false);
  });

  it.each([
    ['encryption', 'aes-256-gcm', 'off\tdefault'],
    ['encryption', 'on', 'off\tdefault'],
    ['keyformat', 'raw', 'passphrase\t-'],
    ['casesensitivity', 'insensitive', 'sensitive\t-'],
    ['normalization', 'formD', 'none\t-'],
    ['utf8only', 'on', 'off\t-'],
  ])('that can be chosen once only must match on one that is adopted: %s', async (...row) => {
    const [key, wanted, found] = row;
    zfs.add(dataset, { ...ownProperties, [key]: found, refquota: '5' });

    const failure = create({ [key]: wanted });

    await expect(failure).rejects.toThrow(DatasetDiffersError);
    await expect(failure).rejects.toThrow(
      `${key}=${found.split('\t')[0]} where ${wanted} is asked`,
    );
    expect(sets()).toEqual([]);
    expect(zfs.has(dataset)).toBe(true);
  });

  it.each([
    'mountpoint',
    'canmount',
    'readonly',
    'sharenfs',
    'refquota',
    'quota',
    'reservation',
    'x:user',
    '-o',
    'a b',
    'A',
    '',
  ])('may not be %j', async (key) => {
    await expect(create({ [key]: 'x' })).rejects.toThrow(InvalidPropertyError);

    expect(zfs.takeLog()).toEqual(['']);
  });
});

describe('create: a dataset whose key is not loaded', () => {
  it('is reported, and never handed out unmounted', async () => {
    zfs.add(dataset, ownProperties);
    zfs.mark(dataset, 'mounted', false);
    zfs.fail('mount.all', `cannot mount '${dataset}': encryption key not loaded`);

    const failure = create({});

    await expect(failure).rejects.toThrow(ParentUnusableError);
    await expect(failure).rejects.toThrow('zfs load-key');
    expect(zfs.has(dataset)).toBe(true);
  });
});
