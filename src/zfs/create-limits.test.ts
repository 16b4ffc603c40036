import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { aCreation } from '../../test/support/creation.ts';
import { FakeZfs, ownProperties, remoteZfsOn } from '../../test/support/fake-zfs.ts';
import type { CreateDataset, SpaceLimits } from './dataset.ts';
import { OutOfSpaceError } from './dataset-errors.ts';

const dataset = 'tank/k/pvc-1';
const gibibyte = 1n << 30n;

let zfs: FakeZfs;

beforeEach(() => {
  zfs = new FakeZfs('tank', 'tank/k');
});

afterEach(() => {
  zfs.remove();
});

const sets = (): readonly string[] => zfs.takeLog().filter((line) => line.startsWith('set'));

describe('create: quotas', () => {
  it.each([
    ['refquota', { refquota: '1073741824', quota: undefined }],
    ['quota', { refquota: undefined, quota: '1073741824' }],
    ['both', { refquota: '1073741824', quota: '1073741824' }],
  ] as const)('%s hold a volume to its size', async (quota, expected) => {
    await remoteZfsOn(zfs).create(aCreation({ quota }));

    expect(zfs.property(dataset, 'refquota')).toBe(expected.refquota);
    expect(zfs.property(dataset, 'quota')).toBe(expected.quota);
    expect(zfs.property(dataset, 'refreservation')).toBe('1073741824');
    expect(zfs.takeVerbs()).toBe('create get');
  });

  it('are changed on one that is adopted, the reservation out of their way', async () => {
    zfs.add(dataset, { ...ownProperties, refquota: '5', quota: '7', refreservation: '5' });

    await remoteZfsOn(zfs).create(aCreation({ quota: 'quota' }));

    expect(sets().slice(0, 4)).toEqual([
      `set refquota=none ${dataset}`,
      `set refreservation=none ${dataset}`,
      `set quota=1073741824 ${dataset}`,
      `set refreservation=1073741824 ${dataset}`,
    ]);
  });

  it('that ZFS did not keep take the dataset away again', async () => {
    zfs.fail('create.1', '', 0, 'after');
    zfs.fail(
      'get.1',
      ['mounted\tyes', 'mountpoint\t/x', 'readonly\toff', 'refreservation\t1073741824', 'quota\t5']
        .map((row) => `${dataset}\t${row}\tlocal`)
        .join('\n'),
      0,
    );

    await expect(remoteZfsOn(zfs).create(aCreation({ quota: 'quota' }))).rejects.toThrow(
      'did not take quota',
    );

    expect(zfs.has(dataset)).toBe(false);
  });
});

describe('create: limits of space', () => {
  const thin = (
    limits: Partial<SpaceLimits>,
    changes: Partial<CreateDataset> = {},
  ): CreateDataset =>
    aCreation({
      refreservationBytes: undefined,
      spaceLimits: { maxFullnessPercent: undefined, maxOvercommit: undefined, ...limits },
      ...changes,
    });

  it('are nothing to look at where there are none', async () => {
    await remoteZfsOn(zfs).create(thin({}));

    expect(zfs.takeVerbs()).toBe('create get');
  });

  it('refuse in a pool that is fuller, and say how much is missing', async () => {
    zfs.set('tank', { used: `${91n * gibibyte}`, available: `${9n * gibibyte}` });

    const failure = remoteZfsOn(zfs).create(thin({ maxFullnessPercent: 90 }));

    await expect(failure).rejects.toThrow(OutOfSpaceError);
    await expect(failure).rejects.toThrow('Missing: 1 GiB (1073741824 bytes)');
    expect(zfs.has(dataset)).toBe(false);
    expect(zfs.takeVerbs()).toBe('get get');
  });

  it.each([
    ['a pool that is just as full', thinAt(90n), undefined],
    ['a reservation that fills it just so', thinAt(89n), gibibyte],
  ])('allow %s', async (_title, used, refreservationBytes) => {
    zfs.set('tank', { used: `${used}`, available: `${100n * gibibyte - used}` });

    const request = thin({ maxFullnessPercent: 90 }, { refreservationBytes });

    await expect(remoteZfsOn(zfs).create(request)).resolves.toMatchObject({ adopted: false });
  });

  it('count the reservation, to the byte', async () => {
    const used = 89n * gibibyte + 1n;
    zfs.set('tank', { used: `${used}`, available: `${100n * gibibyte - used}` });
    const request = thin({ maxFullnessPercent: 90 }, { refreservationBytes: gibibyte });

    await expect(remoteZfsOn(zfs).create(request)).rejects.toThrow('Missing: 1 byte.');
  });

  it('refuse what was promised too often below the parent', async () => {
    zfs.set('tank/k', { used: `${gibibyte}`, available: `${gibibyte}` });
    zfs.add('tank/k/a', { refquota: `${gibibyte}` });
    zfs.add('tank/k/b', { quota: `${gibibyte}` });
    zfs.add('tank/k/c', { used: `${gibibyte / 2n}` });
    zfs.add('tank/k/c/below', { refquota: `${gibibyte}` });

    const failure = remoteZfsOn(zfs).create(thin({ maxOvercommit: 1.5 }));

    await expect(failure).rejects.toThrow(OutOfSpaceError);
    await expect(failure).rejects.toThrow('more than 1.5 times its 2 GiB (2147483648 bytes)');
    await expect(failure).rejects.toThrow('Missing: 512 MiB (536870912 bytes)');
    await expect(remoteZfsOn(zfs).create(thin({ maxOvercommit: 1.75 }))).resolves.toBeDefined();
  });

  it('hold when others are promised space at the same time: this one is taken back', async () => {
    zfs.set('tank/k', { used: '0', available: `${gibibyte}` });
    zfs.add('tank/k/meanwhile', { refquota: `${gibibyte}` });
    const before = ['used\t0', `available\t${gibibyte}`].map((row) => `tank/k\t${row}\t-`);
    zfs.fail('get.1', before.join('\n'), 0);

    const failure = remoteZfsOn(zfs).create(thin({ maxOvercommit: 1.5 }));

    await expect(failure).rejects.toThrow('Missing: 512 MiB');
    expect(zfs.takeVerbs()).toBe('get create get get destroy');
    expect(zfs.has(dataset)).toBe(false);
  });

  it('are for new datasets only: one that an attempt left is finished', async () => {
    await remoteZfsOn(zfs).create(thin({}));
    zfs.set('tank', { used: '99', available: '1' });
    zfs.set('tank/k', { used: '1', available: '1' });
    const limits = { maxFullnessPercent: 90, maxOvercommit: 1 };

    await expect(remoteZfsOn(zfs).create(thin(limits))).resolves.toMatchObject({ adopted: true });
  });

  it('leave it to zfs create to say that there is no such parent', async () => {
    const lost = thin({ maxFullnessPercent: 90, maxOvercommit: 1 }, { dataset: 'gone/k/pvc-1' });

    await expect(remoteZfsOn(zfs).create(lost)).rejects.toThrow("no such pool 'gone'");
  });
});

/** Of a pool of 100 GiB. */
function thinAt(gibibytes: bigint): bigint {
  return gibibytes * gibibyte;
}

describe('create: a reservation that there is no room for', () => {
  it.each([
    [
      '268435456',
      'has 256 MiB (268435456 bytes) available',
      '768 MiB (805306368 bytes) are missing',
    ],
    ['1073741825', '1 GiB (1073741825 bytes) available', 'ZFS keeps some for itself'],
  ])('says how much is missing of it (%s)', async (available, ...texts) => {
    zfs.set('tank/k', { available });
    zfs.fail('create.1', `cannot create '${dataset}': out of space`);

    const failure = remoteZfsOn(zfs).create(aCreation());

    await expect(failure).rejects.toThrow(OutOfSpaceError);
    for (const text of texts) await expect(failure).rejects.toThrow(text);
  });

  it('says so for one that is adopted as well', async () => {
    zfs.add(dataset, { ...ownProperties, refquota: '1073741824' });
    zfs.set('tank/k', { available: '1073741823' });
    const words = `cannot set property for '${dataset}': size is greater than available space`;
    zfs.fail('set.1', words);

    await expect(remoteZfsOn(zfs).create(aCreation())).rejects.toThrow('1 byte is missing');
  });

  it('is told without it where the parent does not answer', async () => {
    zfs.fail('create.1', `cannot create '${dataset}': out of space`);
    zfs.fail('get.all', 'internal error');

    await expect(remoteZfsOn(zfs).create(aCreation())).rejects.toThrow(OutOfSpaceError);
  });
});
