import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { aDestruction } from '../../test/support/destruction.ts';
import { aCreation } from '../../test/support/creation.ts';
import { FakeZfs, ownProperties, remoteZfsOn } from '../../test/support/fake-zfs.ts';
import { DatasetNotOwnedError, ParentChangedError } from './dataset-errors.ts';

/** A dataset with a name for people, which is not its volume's. */
const dataset = 'tank/k/shop.data';
const named = aCreation({ dataset });

let zfs: FakeZfs;

beforeEach(() => {
  zfs = new FakeZfs('tank', 'tank/k');
});

afterEach(() => {
  zfs.remove();
});

const touched = (): readonly string[] =>
  zfs.takeLog().filter((line) => /^(set|mount|share|unmount|destroy)/.test(line));

describe('a dataset with a name of its own', () => {
  it('is created, adopted and destroyed by what its properties say', async () => {
    await expect(remoteZfsOn(zfs).create(named)).resolves.toMatchObject({ adopted: false });
    await expect(remoteZfsOn(zfs).create(named)).resolves.toMatchObject({ adopted: true });
    await expect(remoteZfsOn(zfs).destroy(aDestruction(zfs, { dataset }))).resolves.toBe(
      'destroyed',
    );

    expect(zfs.has(dataset)).toBe(false);
  });

  it.each([
    ['another volume’s', { ...ownProperties, 'zfs-provisioner.io:volume': 'pvc-2' }],
    ['another cluster’s', { ...ownProperties, 'zfs-provisioner.io:cluster': 'cluster-2' }],
    ['another instance’s', { ...ownProperties, 'io.kubernetes.pv.zfs:managed_by': 'other' }],
    ['received', { ...ownProperties, 'zfs-provisioner.io:volume': 'pvc-1\treceived' }],
    ['its parent’s only', { ...ownProperties, 'zfs-provisioner.io:volume': 'pvc-1\tinherited' }],
    // Its name is all that the classic provisioner leaves to know it by, and that is another.
    ['a classic one', { 'io.kubernetes.pv.zfs:managed_by': 'example.test/zfs' }],
    ['nobody’s', {}],
  ])('is left alone when it is %s', async (_title, properties) => {
    zfs.add(dataset, properties);

    await expect(remoteZfsOn(zfs).create(named)).rejects.toThrow(DatasetNotOwnedError);
    await expect(remoteZfsOn(zfs).destroy(aDestruction(zfs, { dataset }))).rejects.toThrow(
      DatasetNotOwnedError,
    );

    expect(touched()).toEqual([]);
    expect(zfs.has(dataset)).toBe(true);
  });

  it('keeps another volume’s dataset from one whose annotation was pointed at it', async () => {
    zfs.add('tank/k/pvc-2', { ...ownProperties, 'zfs-provisioner.io:volume': 'pvc-2' });
    const pointed = aDestruction(zfs, {
      dataset: 'tank/k/pvc-2',
      mountpoint: zfs.path('tank/k/pvc-2'),
    });

    await expect(remoteZfsOn(zfs).destroy(pointed)).rejects.toThrow(DatasetNotOwnedError);

    expect(zfs.has('tank/k/pvc-2')).toBe(true);
  });

  it('keeps the parent itself, whose children inherit from it', async () => {
    zfs.set('tank/k', ownProperties);
    zfs.add(dataset);

    await expect(remoteZfsOn(zfs).destroy(aDestruction(zfs, { dataset }))).rejects.toThrow(
      DatasetNotOwnedError,
    );
  });

  it('does not count as gone under a name that its volume’s path does not end in', async () => {
    const renamed = aDestruction(zfs, { dataset: 'tank/k/other', mountpoint: zfs.path(dataset) });

    await expect(remoteZfsOn(zfs).destroy(renamed)).rejects.toThrow(ParentChangedError);
  });
});
