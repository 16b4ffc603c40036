import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { aDestruction } from '../../test/support/destruction.ts';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ShellScriptRunner } from '../../test/support/fake-script-runner.ts';
import { anIdentity, FakeZfs, ownProperties, remoteZfsOn } from '../../test/support/fake-zfs.ts';
import type { ScriptRunner } from '../host/command.ts';
import type { DestroyDataset } from './dataset.ts';
import {
  CommandFailedError,
  DatasetBusyError,
  DatasetHasChildrenError,
  DatasetHasSnapshotsError,
  DatasetHeldError,
  DatasetNotEmptyError,
  DatasetNotOwnedError,
  OutputUnreadableError,
  ParentChangedError,
  ParentUnusableError,
} from './dataset-errors.ts';

const dataset = 'tank/k/pvc-1';
const missing = `cannot open '${dataset}': dataset does not exist`;
/** What fake-zfs.sh gives to tank/k. */
const parentGuid = '10006';

let zfs: FakeZfs;

beforeEach(() => {
  zfs = new FakeZfs('tank', 'tank/k', 'tank/k/pvc-2');
  zfs.add(dataset, { ...ownProperties, sharenfs: 'on' });
  zfs.mark(dataset, 'shared', true);
});

afterEach(() => {
  zfs.remove();
});

function destroy(changes: Partial<DestroyDataset> = {}): Promise<string> {
  return remoteZfsOn(zfs).destroy(aDestruction(zfs, { parentGuid, ...changes }));
}

/** Nothing was done that changes anything. */
function expectOnlyLooks(): void {
  expect(zfs.takeLog().filter((line) => !/^(get|list|$)/.test(line))).toEqual([]);
}

/** As it was: there, mounted, shared. */
function expectUntouched(): void {
  expect([zfs.has(dataset), zfs.is(dataset, 'mounted'), zfs.is(dataset, 'shared')]).toEqual([
    true,
    true,
    true,
  ]);
}

describe('destroy', () => {
  it('takes two commands when nothing is in the way, neither with -r nor -f', async () => {
    await expect(destroy()).resolves.toBe('destroyed');

    const log = zfs.takeLog();
    expect(log).toHaveLength(2);
    expect(log[1]).toBe(`destroy ${dataset}`);
    expect([zfs.has(dataset), zfs.has('tank/k/pvc-2')]).toEqual([false, true]);
  });

  it('destroys a dataset of the classic provisioner, known by its name and instance', async () => {
    zfs.add('tank/k/pvc-3', { 'io.kubernetes.pv.zfs:managed_by': 'example.test/zfs' });
    const identity = { ...anIdentity, volumeName: 'pvc-3' };

    await expect(
      destroy({ dataset: 'tank/k/pvc-3', identity, parentGuid: undefined }),
    ).resolves.toBe('destroyed');
  });

  it('destroys snapshots that were agreed to go, after the unmount', async () => {
    zfs.snapshot(dataset, 'monday');
    zfs.snapshot(dataset, 'tuesday');

    await expect(destroy({ destroySnapshots: true })).resolves.toBe('destroyed');

    expect(zfs.takeVerbs()).toBe('get destroy list get unmount destroy destroy');
  });

  it('goes straight to the snapshots where zfs told that they use space', async () => {
    zfs.snapshot(dataset, 'monday');
    zfs.set(dataset, { usedbysnapshots: '4096\t-' });
    zfs.mark(dataset, 'mounted', false);

    await expect(destroy({ destroySnapshots: true })).resolves.toBe('destroyed');

    expect(zfs.takeVerbs()).toBe('get list get destroy destroy');
  });

  it('goes on when there are no snapshots after all, or it is not mounted any more', async () => {
    zfs.set(dataset, { usedbysnapshots: '4096\t-' });
    zfs.fail('unmount.all', `cannot unmount '${dataset}': not currently mounted`);

    await expect(destroy()).resolves.toBe('destroyed');
  });

  it('calls it absent when it vanished meanwhile', async () => {
    zfs.fail('destroy.1', missing, 1, 'after');

    await expect(destroy()).resolves.toBe('absent');
  });
});

describe('destroy: what is absent', () => {
  it('is absent when ZFS names it and its parent is there, on the right pool', async () => {
    await destroy();

    await expect(destroy()).resolves.toBe('absent');
    await expect(destroy({ parentGuid: undefined })).resolves.toBe('absent');
  });

  it('is looked for again before it counts: its pool may be imported at this moment', async () => {
    zfs.fail('get.1', missing);

    await expect(destroy()).resolves.toBe('destroyed');

    expect(zfs.has(dataset)).toBe(false);
  });

  it('does not count when the parent vanished meanwhile, as when its pool is exported', async () => {
    zfs.fail('get.1', missing);
    zfs.fail('get.3', missing);
    zfs.fail('get.4', '', 0, 'before');
    zfs.fail('get.5', `cannot open 'tank/k': dataset does not exist`);

    await expect(destroy()).rejects.toThrow(ParentUnusableError);

    expectOnlyLooks();
  });

  it('does not count when it is back by the time that it is looked for elsewhere', async () => {
    zfs.fail('get.1', missing);
    zfs.fail('get.3', missing);

    await expect(destroy()).rejects.toThrow(OutputUnreadableError);

    expectUntouched();
  });

  it('does not count when only the destroy did not find it', async () => {
    zfs.fail('destroy.1', missing);

    await expect(destroy()).rejects.toThrow('dataset does not exist');

    expectUntouched();
  });

  it.each([
    ['the parent is another', { parentGuid: '999' }, ParentChangedError],
    ['its parent would mount it elsewhere', { mountpoint: '/other/pvc-1' }, ParentChangedError],
    ['the parent is missing', { dataset: 'tank/gone/pvc-1' }, ParentUnusableError],
    ['the pool is not imported', { dataset: 'gone/k/pvc-1' }, ParentUnusableError],
  ])('is not proven absent when %s', async (_title, changes, error) => {
    await destroy();

    await expect(destroy(changes)).rejects.toThrow(error);
  });

  it.each([
    ['exit code 127', missing, 127],
    ['exit code 2', missing, 2],
    ['another name', `cannot open '${dataset}0': dataset does not exist`, 1],
    ['a name inside a sentence', `warning: ${missing}`, 1],
    ['no such file', 'sh: zfs: No such file or directory', 1],
    ['sudo without zfs', 'sudo: zfs: command not found', 1],
    ['nothing at all', '', 1],
  ])('is not proven absent by %s', async (_title, words, exitCode) => {
    zfs.fail('get.1', words, exitCode);

    await expect(destroy()).rejects.toThrow(/failed/);

    expectOnlyLooks();
    expectUntouched();
  });

  it('is not proven absent when the parent was not told', async () => {
    await destroy();
    zfs.takeLog();
    zfs.fail('get.2', '', 0);

    await expect(destroy()).rejects.toThrow(OutputUnreadableError);
  });
});

describe('destroy: the wrong thing', () => {
  it.each([
    ['a pool', 'tank'],
    ['a snapshot', 'tank/k/pvc-1@monday'],
    ['all snapshots', 'tank/k/pvc-1@%'],
    ['a bookmark', 'tank/k/pvc-1#mark'],
    ['a way up', 'tank/k/../pvc-1'],
    ['a path', '/tank/k/pvc-1'],
    ['an option', '-r/pvc-1'],
    ['a slash too many', 'tank/k//pvc-1'],
    ['a command', 'tank/k/$(reboot)/pvc-1'],
    ['a line break', 'tank/k\n/pvc-1'],
  ])('%s: refused before anything is sent', async (_title, name) => {
    await expect(destroy({ dataset: name })).rejects.toThrow(DatasetNotOwnedError);

    expect(zfs.takeLog()).toEqual(['']);
  });

  it.each([
    ['its parent', 'tank/k'],
    ['its sibling', 'tank/k/pvc-2'],
    ['what is below it', 'tank/k/pvc-1/below'],
  ])('%s: looked at, and left as it is', async (_title, name) => {
    zfs.add('tank/k/pvc-1/below');

    await expect(destroy({ dataset: name, parentGuid: undefined })).rejects.toThrow(
      DatasetNotOwnedError,
    );

    expectOnlyLooks();
    expectUntouched();
  });

  const instance = 'io.kubernetes.pv.zfs:managed_by';
  const cluster = 'zfs-provisioner.io:cluster';
  const volume = 'zfs-provisioner.io:volume';
  it.each([
    ['another instance', { [instance]: 'other' }],
    ['another cluster', { [cluster]: 'cluster-2' }],
    ['another volume', { [volume]: 'pvc-2' }],
    ['an inherited instance', { [instance]: 'example.test/zfs\tinherited from tank' }],
    ['a received volume', { [volume]: 'pvc-1\treceived' }],
    ['no cluster', { [cluster]: '-\t-' }],
    ['no volume but a cluster', { [volume]: '-\t-' }],
    ['a volume that is a dash', { [volume]: '-' }],
    ['re-created by hand: nothing', { [instance]: '-\t-', [cluster]: '-\t-', [volume]: '-\t-' }],
    ['a zvol', { type: 'volume\t-' }],
  ])('%s: refused before anything is changed', async (_title, properties) => {
    zfs.set(dataset, properties);

    await expect(destroy({ destroySnapshots: true })).rejects.toThrow(DatasetNotOwnedError);

    expectOnlyLooks();
    expectUntouched();
  });

  it.each([
    ['a value that ends its own row', { [cluster]: 'cluster-1\tlocal\nx\tinherited from tank' }],
    [
      'a value that ends its own row and looks like another',
      { [cluster]: `cluster-1\tlocal\n${dataset}\tx:y\t-\tinherited from tank` },
    ],
    [
      'a value that fakes the row of another property',
      { [cluster]: 'cluster-2', mountpoint: `/x\tlocal\n${dataset}\t${cluster}\tcluster-1` },
    ],
  ])('%s: not believed', async (_title, properties) => {
    zfs.set(dataset, properties);

    await expect(destroy()).rejects.toThrow(OutputUnreadableError);

    expectOnlyLooks();
  });

  it('one of the classic provisioner that is not called after its volume: refused by the host', async () => {
    const careless: ScriptRunner = {
      run(host, script) {
        const parameters = script.parameters.map((word) => (word === 'pvc-1' ? 'pvc-9' : word));
        return new ShellScriptRunner().run(host, { ...script, parameters });
      },
    };
    zfs.set(dataset, { [volume]: '-\t-', [cluster]: '-\t-' });

    await expect(
      remoteZfsOn(zfs, { runner: careless }).destroy(aDestruction(zfs, { parentGuid })),
    ).rejects.toThrow(DatasetNotOwnedError);

    expectOnlyLooks();
  });

  it('one on a pool that is not the recorded one: refused before anything is changed', async () => {
    await expect(destroy({ parentGuid: '999' })).rejects.toThrow(ParentChangedError);

    expectOnlyLooks();
  });

  it('one whose type was not told', async () => {
    zfs.set(dataset, { type: '\t-' });

    await expect(destroy()).rejects.toThrow(OutputUnreadableError);

    expectOnlyLooks();
  });
});

describe('destroy: what has to stay', () => {
  it('with children, whatever was agreed', async () => {
    zfs.add(`${dataset}/child`);
    zfs.snapshot(dataset, 'monday');

    const failure = destroy({ destroySnapshots: true });

    await expect(failure).rejects.toThrow(DatasetHasChildrenError);
    await expect(failure).rejects.toThrow(`1 dataset(s) below it, such as ${dataset}/child`);
    expectUntouched();
    expect(zfs.hasSnapshot(dataset, 'monday')).toBe(true);
  });

  it('with snapshots that were not agreed to go', async () => {
    zfs.snapshot(dataset, 'monday');
    zfs.snapshot(dataset, 'tuesday');

    const failure: unknown = await destroy().catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(DatasetHasSnapshotsError);
    expect(failure).toMatchObject({
      count: 2,
      example: `${dataset}@monday`,
      host: 'nas-1',
      dataset,
    });
    expectUntouched();
  });

  it.each([
    ['a hold', { userrefs: '1' }, DatasetHeldError],
    ['a clone', { clones: 'tank/k/copy' }, DatasetHasChildrenError],
  ])('with %s on one of the snapshots, all of which stay', async (_title, properties, error) => {
    zfs.snapshot(dataset, 'monday');
    zfs.snapshot(dataset, 'tuesday', properties);
    zfs.snapshot(dataset, 'wednesday', { userrefs: '0', clones: '' });

    const failure = destroy({ destroySnapshots: true });

    await expect(failure).rejects.toThrow(error);
    await expect(failure).rejects.toThrow(`${dataset}@tuesday`);
    expectUntouched();
    expect(zfs.hasSnapshot(dataset, 'monday')).toBe(true);
  });

  it.each([['list.1'], ['get.2']])('when its snapshots cannot be looked at (%s)', async (call) => {
    zfs.snapshot(dataset, 'monday');
    zfs.fail(call, 'internal error: out of memory');

    await expect(destroy({ destroySnapshots: true })).rejects.toThrow(CommandFailedError);

    expectUntouched();
  });
});

describe('destroy: a failure costs nothing', () => {
  it.each([
    ['mounted and shared again', 'on', true],
    ['mounted again, not shared', 'off', false],
  ])('%s after a destroy that left it unmounted', async (_title, sharenfs, shared) => {
    zfs.set(dataset, { sharenfs });
    zfs.mark(dataset, 'shared', shared);
    zfs.fail('destroy.all', `cannot destroy '${dataset}': dataset is busy`, 1, 'before');
    zfs.fail('get.1', '', 0, 'unmounted');

    await expect(destroy()).rejects.toThrow(DatasetBusyError);

    expect([zfs.is(dataset, 'mounted'), zfs.is(dataset, 'shared')]).toEqual([true, shared]);
  });

  it('stays unmounted when it was found so', async () => {
    zfs.mark(dataset, 'mounted', false);
    zfs.fail('destroy.all', `cannot destroy '${dataset}': permission denied`);

    await expect(destroy()).rejects.toThrow('permission denied');

    expect(zfs.takeVerbs()).toBe('get destroy');
  });

  it('says so when it cannot be mounted or shared again', async () => {
    zfs.fail('destroy.all', `cannot destroy '${dataset}': I/O error`);
    zfs.fail('mount.all', `cannot mount '${dataset}': I/O error`);
    zfs.fail('share.all', `cannot share '${dataset}': NFS share creation failed`);

    await expect(destroy()).rejects.toThrow(
      'could not be mounted again. It could not be shared again.',
    );
  });

  it('keeps the snapshots when the unmount fails, and says that it is as before', async () => {
    zfs.snapshot(dataset, 'monday');
    zfs.fail('unmount.all', `cannot unmount '${zfs.path(dataset)}': pool or dataset is busy`);

    const failure = destroy({ destroySnapshots: true });

    await expect(failure).rejects.toThrow(DatasetBusyError);
    await expect(failure).rejects.toThrow('mounted and shared as before');
    expectUntouched();
    expect(zfs.hasSnapshot(dataset, 'monday')).toBe(true);
  });

  it('is mounted again when the snapshots could not be destroyed', async () => {
    zfs.snapshot(dataset, 'monday');
    zfs.fail('destroy.2', `cannot destroy snapshots: I/O error`);

    await expect(destroy({ destroySnapshots: true })).rejects.toThrow(/of the snapshots failed/);

    expectUntouched();
  });

  it('tells that the snapshots are gone when only the last step failed', async () => {
    zfs.snapshot(dataset, 'monday');
    zfs.fail('destroy.3', `cannot destroy '${dataset}': I/O error`);

    await expect(destroy({ destroySnapshots: true })).rejects.toThrow('Its snapshots are gone.');

    expectUntouched();
  });
});

describe('destroy: what is busy for a moment', () => {
  it('is tried again, soon where the dataset is busy', async () => {
    zfs.fail('destroy.1', `cannot destroy '${dataset}': dataset is busy`);
    zfs.fail('destroy.2', `cannot destroy '${dataset}': pool or dataset is busy`);

    const outcome = await remoteZfsOn(zfs, { timeoutMs: 1500 }).destroy(
      aDestruction(zfs, { parentGuid }),
    );

    expect(outcome).toBe('destroyed');
    expect(zfs.takeVerbs()).toBe('get destroy destroy destroy');
  });

  it.each([
    ['OpenZFS', `cannot unmount '/tank/k/pvc-1': pool or dataset is busy`],
    ['illumos', `cannot unmount '/tank/k/pvc-1': Device busy`],
    [
      'zfs-fuse',
      `umount: /tank/k/pvc-1: target is busy.\ncannot unmount '/tank/k/pvc-1': umount failed`,
    ],
  ])('is not tried again at once where the mount is busy (%s)', async (_title, words) => {
    zfs.fail('destroy.all', words);

    await expect(destroy()).rejects.toThrow(DatasetBusyError);

    // The limit of these tests leaves room for a short pause only.
    expect(zfs.takeVerbs()).toBe('get destroy mount share');
  });

  it('is tried again after a longer pause where the mount is busy', async () => {
    zfs.fail('destroy.1', `cannot unmount '/tank/k/pvc-1': pool or dataset is busy`);

    const outcome = await remoteZfsOn(zfs, { timeoutMs: 4500 }).destroy(
      aDestruction(zfs, { parentGuid }),
    );

    expect(outcome).toBe('destroyed');
  });
});

describe('destroy: only if empty', () => {
  it('destroys one without a file', async () => {
    await expect(destroy({ onlyIfEmpty: true })).resolves.toBe('destroyed');
  });

  it.each([
    ['more bytes than an empty one', { referenced: '1048577\t-' }, 'bytes'],
    ['an unknown size', { referenced: '-\t-' }, 'referenced'],
    ['no mountpoint', { mountpoint: 'legacy' }, 'no mountpoint'],
    ['a mountpoint that cannot be looked into', { mountpoint: '/nowhere' }, 'looked into'],
  ])('keeps one with %s', async (_title, properties, words) => {
    zfs.set(dataset, properties);

    await expect(destroy({ onlyIfEmpty: true })).rejects.toThrow(words);

    expectOnlyLooks();
    expectUntouched();
  });

  it('keeps one with a hidden file', async () => {
    writeFileSync(join(zfs.path(dataset), '.hidden'), '');

    await expect(destroy({ onlyIfEmpty: true })).rejects.toThrow(DatasetNotEmptyError);

    expectUntouched();
  });

  it('keeps one with a snapshot, even where snapshots may go', async () => {
    zfs.snapshot(dataset, 'monday');

    await expect(destroy({ onlyIfEmpty: true, destroySnapshots: true })).rejects.toThrow(
      DatasetNotEmptyError,
    );

    expectUntouched();
  });

  it('keeps one that is not mounted: nobody can tell', async () => {
    zfs.mark(dataset, 'mounted', false);

    await expect(destroy({ onlyIfEmpty: true })).rejects.toThrow('not mounted');
  });
});
