import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { statSync } from 'node:fs';
import { aCreation, sharedWith } from '../../test/support/creation.ts';
import { FakeZfs, ownProperties, remoteZfsOn } from '../../test/support/fake-zfs.ts';
import type { CreateDataset } from './dataset.ts';
import {
  CommandFailedError,
  DatasetNotOwnedError,
  HostPermissionError,
  InvalidPropertyError,
  OutOfSpaceError,
  OutputUnreadableError,
  ParentUnusableError,
} from './dataset-errors.ts';
import type { RemoteZfs } from './remote-zfs.ts';

const dataset = 'tank/k/pvc-1';
const ours = ownProperties;
const { ownership } = aCreation();

let zfs: FakeZfs;

beforeEach(() => {
  zfs = new FakeZfs('tank', 'tank/k');
});

afterEach(() => {
  zfs.remove();
});

function remoteZfs(chmodCommand = 'chmod'): RemoteZfs {
  return remoteZfsOn(zfs, { chmodCommand });
}

/** What `zfs get` prints for a dataset that is as it was asked for. */
function rowsOf(request: CreateDataset): string {
  const sharenfs = request.sharing.kind === 'on' ? request.sharing.options.linux : 'off';
  const properties = {
    mounted: 'yes',
    mountpoint: zfs.path(dataset),
    readonly: 'off',
    refquota: String(request.sizeBytes),
    refreservation: String(request.refreservationBytes ?? 0n),
    sharenfs,
    'zfs-provisioner.io:share': sharenfs,
    ...request.userProperties,
    ...ours,
  };
  return Object.entries(properties)
    .map(([key, value]) => `${dataset}\t${key}\t${value}\tlocal`)
    .join('\n');
}

describe('create: a new dataset', () => {
  it('takes three commands: create, get, chmod', async () => {
    const created = await remoteZfs().create(aCreation());

    expect(created).toEqual({
      host: 'nas-1',
      dataset,
      mountpoint: zfs.path(dataset),
      refquotaBytes: 1073741824n,
      refreservationBytes: 1073741824n,
      parentGuid: expect.stringMatching(/^\d+$/),
      adopted: false,
      exports: 'not-asked',
    });
    expect(zfs.takeVerbs()).toBe('create get');
    expect(statSync(zfs.path(dataset)).mode & 0o020).toBe(0o020);
    expect(zfs.is(dataset, 'shared')).toBe(true);
    expect(zfs.property(dataset, 'zfs-provisioner.io:cluster')).toBe('cluster-1');
    expect(zfs.property(dataset, 'io.kubernetes.pv.zfs:reclaim_policy')).toBe('Delete');
  });

  it('is not shared and reserves nothing when that was not asked for, whatever the parent does', async () => {
    zfs.set('tank/k', { sharenfs: 'on' });

    const created = await remoteZfs().create(
      aCreation({ sharing: { kind: 'off' }, refreservationBytes: undefined }),
    );

    expect(created.refreservationBytes).toBe(0n);
    expect(zfs.property(dataset, 'sharenfs')).toBe('off');
    expect(zfs.is(dataset, 'shared')).toBe(false);
  });

  it('keeps values with blanks, quotes, globs and dollars as they are', async () => {
    const value = `it's "a" $HOME \`id\` * \\ \u00e9`;

    await remoteZfs().create(aCreation({ userProperties: { 'x:note': value, 'x:empty': '' } }));

    expect(zfs.property(dataset, 'x:note')).toBe(value);
    expect(zfs.property(dataset, 'x:empty')).toBe('');
  });
});

describe('create: a dataset that is there', () => {
  it.each([
    ['ours in full', ours],
    [
      'the classic provisioner’s of this name',
      { 'io.kubernetes.pv.zfs:managed_by': 'example.test/zfs' },
    ],
  ])('adopts one that is %s, and sets what differs', async (_title, properties) => {
    zfs.add(dataset, { ...properties, refquota: '5', refreservation: '5', sharenfs: 'off' });

    const adopted = await remoteZfs().create(aCreation());

    expect(adopted).toMatchObject({
      adopted: true,
      refquotaBytes: 1073741824n,
      refreservationBytes: 1073741824n,
    });
    expect(zfs.is(dataset, 'shared')).toBe(true);
    expect(zfs.property(dataset, 'zfs-provisioner.io:volume')).toBe('pvc-1');
    const sets = zfs.takeLog().filter((line) => line.startsWith('set'));
    expect(sets.slice(0, 3)).toEqual([
      `set refreservation=none ${dataset}`,
      `set refquota=1073741824 ${dataset}`,
      `set refreservation=1073741824 ${dataset}`,
    ]);
  });

  it('has what it says of itself written at once, or one by one where zfs cannot', async () => {
    const described = { ...aCreation().userProperties, 'x:note': 'a b' };
    const request = aCreation({ userProperties: described });
    await remoteZfs().create(request);
    zfs.set(dataset, { 'x:note': 'other', 'io.kubernetes.pv.zfs:reclaim_policy': 'Retain' });
    zfs.takeLog();
    zfs.fail('set.1', 'usage: one property at a time', 2);

    await remoteZfs().create(request);

    expect(zfs.property(dataset, 'x:note')).toBe('a b');
    const [policy, note] = ['io.kubernetes.pv.zfs:reclaim_policy=Delete', 'x:note=a b'];
    expect(zfs.takeLog().filter((line) => line.startsWith('set'))).toEqual([
      `set ${policy} ${note} ${dataset}`,
      `set ${policy} ${dataset}`,
      `set ${note} ${dataset}`,
    ]);
  });

  it('is idempotent: the second create changes nothing', async () => {
    await remoteZfs().create(aCreation());
    zfs.takeLog();

    const again = await remoteZfs().create(aCreation());

    expect(again.adopted).toBe(true);
    expect(zfs.takeVerbs()).toBe('create get get list share get list');
  });

  it('mounts one that is not mounted', async () => {
    zfs.add(dataset, ours);
    zfs.mark(dataset, 'mounted', false);

    await remoteZfs().create(aCreation());

    expect(zfs.is(dataset, 'mounted')).toBe(true);
  });

  it('takes "already shared" and "already mounted" as shared and mounted', async () => {
    zfs.add(dataset, ours);
    zfs.mark(dataset, 'mounted', false);
    zfs.fail('mount.all', `cannot mount '${dataset}': filesystem already mounted`, 1, 'after');
    zfs.fail('share.all', `cannot share '${dataset}': filesystem already shared`, 1, 'after');

    await expect(remoteZfs().create(aCreation())).resolves.toMatchObject({ adopted: true });
  });

  it('sees through a set of sharenfs that says it could not share', async () => {
    zfs.add(dataset, { ...ours, refquota: '1073741824', refreservation: '1073741824' });
    zfs.set(dataset, {
      'io.kubernetes.pv.zfs:reclaim_policy': 'Delete',
      'zfs-provisioner.io:share': 'rw=@192.0.2.0/24,no_root_squash',
    });
    zfs.fail('set.all', 'property may be set but unable to reshare filesystem', 1, 'after');

    await expect(remoteZfs().create(aCreation())).resolves.toMatchObject({ adopted: true });
  });

  it.each([
    ['nobody’s', {}],
    ['another instance’s', { ...ours, 'io.kubernetes.pv.zfs:managed_by': 'other' }],
    ['another cluster’s', { ...ours, 'zfs-provisioner.io:cluster': 'cluster-2' }],
    ['another volume’s', { ...ours, 'zfs-provisioner.io:volume': 'pvc-2' }],
    ['received', { ...ours, 'zfs-provisioner.io:volume': 'pvc-1\treceived' }],
    [
      'half ours',
      {
        'io.kubernetes.pv.zfs:managed_by': 'example.test/zfs',
        'zfs-provisioner.io:volume': 'pvc-1',
      },
    ],
    ['a zvol', { ...ours, type: 'volume\t-' }],
    ['being received', { ...ours, receive_resume_token: '1-abc\t-' }],
  ])('leaves one that is %s as it is', async (_title, properties) => {
    zfs.add(dataset, { ...properties, refquota: '5' });

    await expect(remoteZfs().create(aCreation())).rejects.toThrow(DatasetNotOwnedError);

    expect(zfs.property(dataset, 'refquota')).toBe('5');
    expect(zfs.takeLog().filter((line) => /^(set|mount|share|destroy)/.test(line))).toEqual([]);
  });

  it('tells what it found on one that is not ours', async () => {
    zfs.add(dataset, { 'io.kubernetes.pv.zfs:managed_by': 'other' });

    await expect(remoteZfs().create(aCreation())).rejects.toThrow(
      'io.kubernetes.pv.zfs:managed_by="other" (local), zfs-provisioner.io:cluster="-" (-)',
    );
  });

  it('keeps one that it adopted, whatever fails afterwards', async () => {
    zfs.add(dataset, ours);

    await expect(remoteZfs('false').create(aCreation())).rejects.toThrow(CommandFailedError);

    expect(zfs.has(dataset)).toBe(true);
  });

  it('fails when a property cannot be set', async () => {
    zfs.add(dataset, ours);
    zfs.fail(
      'set.1',
      `cannot set property for '${dataset}': size is less than current used or reserved space`,
    );

    await expect(remoteZfs().create(aCreation())).rejects.toThrow(InvalidPropertyError);
  });
});

describe('create: half a success', () => {
  it.each([
    ['shared', 'unshared', 'share'],
    ['mounted', 'unmounted', 'mount share'],
  ] as const)('repairs one that was created but not %s', async (flag, when, repairs) => {
    zfs.fail('create.1', `filesystem successfully created, but not ${flag}`, 1, when);

    await expect(remoteZfs().create(aCreation())).resolves.toMatchObject({ adopted: false });

    expect(zfs.takeVerbs()).toBe(`create get ${repairs} get`);
    expect(zfs.is(dataset, 'shared')).toBe(true);
  });

  it('takes away what cannot be shared, and says why', async () => {
    zfs.fail('create.1', 'filesystem successfully created, but not shared', 1, 'after');
    zfs.fail('share.all', `cannot share '${dataset}': NFS share creation failed`);

    await expect(remoteZfs().create(aCreation())).rejects.toThrow(
      /zfs share failed .* exit code 1: .*NFS share creation failed. What this attempt had changed was undone/,
    );
    expect(zfs.has(dataset)).toBe(false);
  });

  it('takes away what may only be mounted by root', async () => {
    const words = 'filesystem successfully created, but it may only be mounted by root';
    zfs.fail('create.1', words, 1, 'unmounted');
    zfs.fail('mount.all', `cannot mount '${dataset}': Insufficient privileges`);

    await expect(remoteZfs().create(aCreation())).rejects.toThrow(HostPermissionError);

    expect(zfs.has(dataset)).toBe(false);
  });

  it('takes away what zfs called created but did not mount', async () => {
    zfs.fail('create.1', '', 0, 'unmounted');

    await expect(remoteZfs().create(aCreation())).rejects.toThrow('its mounted is "no"');

    expect(zfs.has(dataset)).toBe(false);
  });

  it('waits for a moment to take away what is still busy', async () => {
    zfs.fail('destroy.1', `cannot destroy '${dataset}': dataset is busy`);

    await expect(remoteZfs('false').create(aCreation())).rejects.toThrow(CommandFailedError);

    expect(zfs.has(dataset)).toBe(false);
  });

  it.each([
    ['none', 'mountpoint', { mountpoint: 'none' }],
    ['legacy', 'mountpoint', { mountpoint: 'legacy' }],
    ['read-only', 'readonly', { readonly: 'on' }],
  ])('takes it away again when the parent is %s', async (_title, property, properties) => {
    zfs.set('tank/k', properties);

    const failure = remoteZfs().create(aCreation());

    await expect(failure).rejects.toThrow(ParentUnusableError);
    await expect(failure).rejects.toThrow(`its ${property} is`);
    expect(zfs.has(dataset)).toBe(false);
  });

  it('takes it away again when its mode cannot be set', async () => {
    await expect(remoteZfs('false').create(aCreation())).rejects.toThrow(/chmod failed/);

    expect(zfs.has(dataset)).toBe(false);
  });

  it('takes it away again when it cannot be read', async () => {
    zfs.fail('get.1', 'internal error: out of memory', 1);

    await expect(remoteZfs().create(aCreation())).rejects.toThrow(CommandFailedError);

    expect(zfs.has(dataset)).toBe(false);
  });

  it.each([
    ['refquota', '1073741824', '536870912'],
    ['zfs-provisioner.io:volume', 'volume\tpvc-1\tlocal', 'volume\tpvc-1\treceived'],
  ])('takes it away again when ZFS did not keep %s', async (key, before, after) => {
    const request = aCreation({ refreservationBytes: undefined });
    zfs.fail('get.1', rowsOf(request).replace(before, after), 0);

    await expect(remoteZfs().create(request)).rejects.toThrow(`did not take ${key}`);

    expect(zfs.has(dataset)).toBe(false);
  });

  it('does not report a dataset whose parent was not told', async () => {
    zfs.fail('get.1', rowsOf(aCreation()), 0);

    await expect(remoteZfs().create(aCreation())).rejects.toThrow(OutputUnreadableError);
  });

  it('says so when what it created cannot be taken away', async () => {
    zfs.fail('destroy.all', `cannot destroy '${dataset}': permission denied`);

    await expect(remoteZfs('false').create(aCreation())).rejects.toThrow('could not be undone');
  });
});

describe('create: nothing is created', () => {
  it.each([
    [`cannot create '${dataset}': out of space`, OutOfSpaceError],
    [`cannot create '${dataset}': permission denied`, HostPermissionError],
    ['sudo: a password is required', HostPermissionError],
    [
      `cannot create '${dataset}': encryption root's key is not loaded or provided`,
      ParentUnusableError,
    ],
    [`cannot create '${dataset}': something new`, CommandFailedError],
  ])('when zfs says "%s"', async (words, error) => {
    zfs.fail('create.1', words);

    await expect(remoteZfs().create(aCreation())).rejects.toThrow(error);

    expect(zfs.takeVerbs()).toBe(error === OutOfSpaceError ? 'create get' : 'create');
  });

  it.each([
    ['the pool is missing', 'gone/k/pvc-1'],
    ['the parent is missing', 'tank/none/pvc-1'],
  ])('when %s', async (_title, name) => {
    await expect(remoteZfs().create(aCreation({ dataset: name }))).rejects.toThrow(
      ParentUnusableError,
    );
  });

  it('when there is no zfs on the host', async () => {
    const lost = remoteZfsOn({ command: '/nowhere/zfs' });

    await expect(lost.create(aCreation())).rejects.toThrow(/exit code 127: .*check ZFS_BIN/);
  });

  it.each([
    ['a line break in sharenfs', { sharing: sharedWith('on\nrw') }],
    ['a key that is none of a user property', { userProperties: { mountpoint: '/' } }],
    ['a value that is too long', { userProperties: { 'x:y': 'z'.repeat(8192) } }],
    ['a mode that is an option', { ownership: { ...ownership, mode: '-R' } }],
    ['a mode of two words', { ownership: { ...ownership, mode: 'g+w /etc' } }],
  ])('for %s', async (_title, changes) => {
    await expect(remoteZfs().create(aCreation(changes))).rejects.toThrow(InvalidPropertyError);

    expect(zfs.takeLog()).toEqual(['']);
  });

  it('for the name of a pool', async () => {
    await expect(remoteZfs().create(aCreation({ dataset: 'tank' }))).rejects.toThrow(
      DatasetNotOwnedError,
    );
  });
});
