import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { aDestruction } from '../../test/support/destruction.ts';
import { FakeZfs, ownProperties, remoteZfsOn } from '../../test/support/fake-zfs.ts';
import { startHolder } from '../../test/support/holder.ts';

const dataset = 'tank/k/held-while-destroyed';

let zfs: FakeZfs;

beforeEach(() => {
  zfs = new FakeZfs('tank', 'tank/k');
  zfs.add(dataset, { ...ownProperties, sharenfs: 'on' });
  zfs.mark(dataset, 'shared', true);
});

afterEach(() => {
  zfs.remove();
});

describe('destroy: who keeps it busy', () => {
  it('is told by name, and the dataset is as before', async () => {
    const holder = await startHolder(dataset);
    zfs.fail('destroy.all', `cannot destroy '${dataset}': dataset is busy`);
    try {
      await expect(remoteZfsOn(zfs).destroy(aDestruction(zfs, { dataset }))).rejects.toThrow(
        `It is mounted by sleep (pid ${holder.pid}). It is mounted and shared as before.`,
      );
    } finally {
      await holder.end();
    }
    expect([zfs.is(dataset, 'mounted'), zfs.is(dataset, 'shared')]).toEqual([true, true]);
  });

  it('leaves it unmounted no longer than it must: a later attempt mounts it', async () => {
    zfs.fail('destroy.all', `cannot destroy '${dataset}': dataset is busy`);
    zfs.mark(dataset, 'mounted', false);
    zfs.mark(dataset, 'shared', false);

    await expect(remoteZfsOn(zfs).destroy(aDestruction(zfs, { dataset }))).rejects.toThrow(
      'mounted and shared as before',
    );

    expect([zfs.is(dataset, 'mounted'), zfs.is(dataset, 'shared')]).toEqual([true, true]);
  });

  it('is not looked for when something else failed', async () => {
    const holder = await startHolder(dataset);
    zfs.fail('destroy.all', `cannot destroy '${dataset}': I/O error`);
    try {
      await expect(remoteZfsOn(zfs).destroy(aDestruction(zfs, { dataset }))).rejects.not.toThrow(
        'It is mounted by',
      );
    } finally {
      await holder.end();
    }
  });
});
