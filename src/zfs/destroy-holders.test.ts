import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { aDestruction } from '../../test/support/destruction.ts';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { FakeZfs, ownProperties, remoteZfsOn } from '../../test/support/fake-zfs.ts';

const dataset = 'tank/k/pvc-1';

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
  /** A container: a process with a mount table of its own, which has the dataset. */
  async function startHolder(): Promise<ChildProcess> {
    const program = `mount -t tmpfs ${dataset} /mnt && echo mounted && exec sleep 60`;
    const options = ['--mount', '--map-root-user', '--propagation', 'private'];
    const child = spawn('unshare', [...options, 'sh', '-c', program]);
    await once(child.stdout, 'data');
    return child;
  }

  it('is told by name, and the dataset is as before', async () => {
    const holder = await startHolder();
    zfs.fail('destroy.all', `cannot destroy '${dataset}': dataset is busy`);
    try {
      await expect(remoteZfsOn(zfs).destroy(aDestruction(zfs))).rejects.toThrow(
        `It is mounted by sleep (pid ${holder.pid}). It is mounted and shared as before.`,
      );
    } finally {
      holder.kill();
    }
    expect([zfs.is(dataset, 'mounted'), zfs.is(dataset, 'shared')]).toEqual([true, true]);
  });

  it('leaves it unmounted no longer than it must: a later attempt mounts it', async () => {
    zfs.fail('destroy.all', `cannot destroy '${dataset}': dataset is busy`);
    zfs.mark(dataset, 'mounted', false);
    zfs.mark(dataset, 'shared', false);

    await expect(remoteZfsOn(zfs).destroy(aDestruction(zfs))).rejects.toThrow(
      'mounted and shared as before',
    );

    expect([zfs.is(dataset, 'mounted'), zfs.is(dataset, 'shared')]).toEqual([true, true]);
  });

  it('is not looked for when something else failed', async () => {
    const holder = await startHolder();
    zfs.fail('destroy.all', `cannot destroy '${dataset}': I/O error`);
    try {
      await expect(remoteZfsOn(zfs).destroy(aDestruction(zfs))).rejects.not.toThrow(
        'It is mounted by',
      );
    } finally {
      holder.kill();
    }
  });
});
