import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { anIdentity, FakeZfs, ownProperties, remoteZfsOn } from '../../test/support/fake-zfs.ts';
import { startHolder } from '../../test/support/holder.ts';
import { aTrashing, trashedName } from '../../test/support/trashing.ts';
import type { TrashDataset, TrashOutcome } from './dataset-trash.ts';
import {
  CommandFailedError,
  DatasetBusyError,
  DatasetHasChildrenError,
  DatasetKeptError,
  DatasetNotOwnedError,
  ParentChangedError,
  ParentUnusableError,
} from './dataset-errors.ts';

// Many small processes: slow where the machine is busy.
jest.setTimeout(120_000);

const dataset = 'tank/k/pvc-1';
const trashed = {
  kind: 'trashed',
  dataset: trashedName,
  expiresAtMs: Date.UTC(2026, 0, 2, 4, 4, 5),
};
const share = 'rw=@192.0.2.0/24';

let zfs: FakeZfs;

beforeEach(() => {
  zfs = new FakeZfs('tank', 'tank/k', 'tank/k/pvc-2');
  zfs.add(dataset, { ...ownProperties, sharenfs: share, refreservation: '1000', refquota: '1000' });
  zfs.mark(dataset, 'shared', true);
});

afterEach(() => {
  zfs.remove();
});

function trash(changes: Partial<TrashDataset> = {}): Promise<TrashOutcome> {
  return remoteZfsOn(zfs).trash(aTrashing(zfs, changes));
}

function note(name: string): string | undefined {
  return zfs.property(trashedName, `zfs-provisioner.io:${name}`);
}

/** Nothing was done that changes anything. */
function expectOnlyLooks(): void {
  expect(zfs.takeLog().filter((line) => !/^(get|list|$)/.test(line))).toEqual([]);
}

/** As it was: there, mounted, shared, writable, reserved. */
function expectUntouched(): void {
  expect([zfs.has(dataset), zfs.is(dataset, 'mounted'), zfs.is(dataset, 'shared')]).toEqual([
    true,
    true,
    true,
  ]);
  expect(zfs.property(dataset, 'readonly') ?? 'off').toBe('off');
  expect(zfs.property(dataset, 'sharenfs')).toBe(share);
  expect(zfs.property(dataset, 'refreservation')).toBe('1000');
}

/** Out of use, with all that is needed to have it back. */
function expectTrashed(): void {
  expect([zfs.has(dataset), zfs.has(trashedName)]).toEqual([false, true]);
  expect([zfs.is(trashedName, 'mounted'), zfs.is(trashedName, 'shared')]).toEqual([false, false]);
  const values = ['sharenfs', 'readonly', 'refreservation', 'canmount', 'refquota'].map((key) =>
    zfs.property(trashedName, key),
  );
  expect(values).toEqual(['off', 'on', '0', 'noauto', '1000']);
  expect([note('trashed_from'), note('trashed_share'), note('trashed_reservation')]).toEqual([
    dataset,
    share,
    '1000',
  ]);
  expect(note('trashed_readonly')).toBe('inherit');
}

describe('trash', () => {
  it('renames it into the trash of its parent, out of use, with notes of how it was', async () => {
    await expect(trash()).resolves.toEqual(trashed);

    expectTrashed();
    expect([note('trashed_at'), note('trash_expires_at')]).toEqual(['1767323045', '1767326645']);
    expect(zfs.takeLog().at(-1)).toBe(`rename ${dataset} ${trashedName}`);
    expect(zfs.has('tank/k/pvc-2')).toBe(true);
  });

  it('makes the trash once: unmounted, unshared, of this instance and cluster, of no volume', async () => {
    await trash();
    zfs.add(dataset, ownProperties);
    await trash({ trashedAtMs: Date.UTC(2026, 0, 3) });

    expect(zfs.takeLog().filter((line) => line.startsWith('create'))).toHaveLength(1);
    expect(zfs.is('tank/k/.trash', 'mounted')).toBe(false);
    const keys = Object.keys(ownProperties).map((key) => zfs.property('tank/k/.trash', key));
    expect(keys).toEqual(['example.test/zfs', 'cluster-1', undefined]);
    expect(zfs.has('tank/k/.trash/pvc-1-20260103T000000Z')).toBe(true);
  });

  it('takes its snapshots along, held or cloned, and asks nothing of them', async () => {
    zfs.snapshot(dataset, 'monday', { userrefs: '1', clones: 'tank/k/copy' });

    await expect(trash()).resolves.toEqual(trashed);

    expect(zfs.hasSnapshot(trashedName, 'monday')).toBe(true);
  });

  it('notes what is inherited as inherited', async () => {
    zfs.set('tank/k', { sharenfs: 'on' });
    zfs.set(dataset, { sharenfs: 'on\tinherited from tank/k' });

    await trash();

    expect(note('trashed_share')).toBe('inherit');
  });

  it('takes one that a person unmounted or made read-only as it is', async () => {
    zfs.mark(dataset, 'mounted', false);
    zfs.mark(dataset, 'shared', false);
    zfs.set(dataset, { readonly: 'on' });

    await expect(trash()).resolves.toEqual(trashed);

    expect(note('trashed_readonly')).toBe('on');
  });

  it('tells a dataset of the classic provisioner whose it is, as it gets another name', async () => {
    const instance = 'io.kubernetes.pv.zfs:managed_by';
    zfs.add('tank/k/pvc-3', { [instance]: 'example.test/zfs' });
    const identity = { ...anIdentity, volumeName: 'pvc-3' };

    await trash({ dataset: 'tank/k/pvc-3', identity });

    const name = 'tank/k/.trash/pvc-3-20260102T030405Z';
    expect(zfs.property(name, 'zfs-provisioner.io:volume')).toBe('pvc-3');
    expect(zfs.property(name, 'zfs-provisioner.io:cluster')).toBe('cluster-1');
  });

  it('finds what an attempt before it put there, whatever the time is now', async () => {
    await trash();

    await expect(trash({ trashedAtMs: Date.UTC(2027, 0, 1) })).resolves.toEqual(trashed);

    expect(note('trash_expires_at')).toBe('1767326645');
  });

  it('calls absent what is neither at its place nor in the trash', async () => {
    await remoteZfsOn(zfs).trash(aTrashing(zfs));
    const identity = { ...anIdentity, volumeName: 'pvc-9' };

    await expect(trash({ dataset: 'tank/k/pvc-9', identity })).resolves.toEqual({ kind: 'absent' });
  });

  it('does not take another in the trash for it, nor one that only says where it is from', async () => {
    await trash();
    const from = { 'zfs-provisioner.io:trashed_from': dataset };
    zfs.set(trashedName, { 'zfs-provisioner.io:cluster': 'cluster-2' });
    zfs.add('tank/k/.trash/by-hand', from);
    zfs.add('tank/k/.trash/inherited', {
      ...ownProperties,
      'zfs-provisioner.io:trashed_from': `${dataset}\tinherited from tank`,
    });

    await expect(trash()).resolves.toEqual({ kind: 'absent' });
  });
});

describe('trash: killed between any two commands', () => {
  async function countCalls(): Promise<number> {
    await trash();
    const calls = zfs.takeLog().length;
    zfs.remove();
    return calls;
  }

  function setUp(properties: Readonly<Record<string, string>>): void {
    zfs = new FakeZfs('tank', 'tank/k');
    zfs.add(dataset, { ...properties, sharenfs: share, refreservation: '1000', refquota: '1000' });
    zfs.mark(dataset, 'shared', true);
  }

  it.each([
    ['one of ours', ownProperties],
    ['one of the classic provisioner', { 'io.kubernetes.pv.zfs:managed_by': 'example.test/zfs' }],
  ])('the next attempt ends well: %s', async (_title, properties) => {
    zfs.remove();
    setUp(properties);
    const calls = await countCalls();
    expect(calls).toBeGreaterThan(6);
    for (let done = 1; done < calls; done++) {
      setUp(properties);
      zfs.crashAfter(done);
      await expect(trash()).rejects.toThrow();
      zfs.crashAfter(undefined);

      await expect(trash()).resolves.toEqual(trashed);
      expectTrashed();
      if (done < calls - 1) zfs.remove();
    }
  });

  it('the next attempt ends well where zfs sets one property at a time', async () => {
    zfs.fail('set.1', 'usage: set <property=value> <filesystem>', 2);
    zfs.set(dataset, { [Object.keys(ownProperties)[2] ?? '']: '-\t-' });
    zfs.set(dataset, { [Object.keys(ownProperties)[1] ?? '']: '-\t-' });
    // All that comes before the notes, those of the values, and that of the cluster.
    zfs.crashAfter(5 + 1 + 7);
    await expect(trash()).rejects.toThrow();
    zfs.crashAfter(undefined);
    expect(zfs.property(dataset, 'zfs-provisioner.io:cluster')).toBe('cluster-1');

    await expect(trash()).resolves.toEqual(trashed);
  });
});

describe('trash: the wrong thing', () => {
  const cluster = 'zfs-provisioner.io:cluster';
  it.each([
    ['another cluster', { [cluster]: 'cluster-2' }, DatasetNotOwnedError],
    ['an inherited cluster', { [cluster]: 'cluster-1\tinherited from tank' }, DatasetNotOwnedError],
    ['a received volume', { 'zfs-provisioner.io:volume': 'pvc-1\treceived' }, DatasetNotOwnedError],
    ['no volume, of another leaf', { 'zfs-provisioner.io:volume': '-\t-' }, DatasetNotOwnedError],
    ['a zvol', { type: 'volume\t-' }, DatasetNotOwnedError],
    ['one that is to be retained', { 'zfs-provisioner.io:on_delete': 'retain' }, DatasetKeptError],
  ])('%s: refused before anything is changed', async (_title, properties, error) => {
    zfs.add('tank/k/named', { ...ownProperties, ...properties });

    await expect(trash({ dataset: 'tank/k/named' })).rejects.toThrow(error);

    expectOnlyLooks();
  });

  it('one on a pool that is not the recorded one', async () => {
    await expect(trash({ parentGuid: '999' })).rejects.toThrow(ParentChangedError);

    expectOnlyLooks();
  });

  it('one that is gone, below a parent that would mount it elsewhere: not absent', async () => {
    const identity = { ...anIdentity, volumeName: 'pvc-9' };
    const elsewhere = { dataset: 'tank/k/pvc-9', mountpoint: '/other/pvc-9', identity };

    await expect(trash(elsewhere)).rejects.toThrow(ParentChangedError);
  });

  it('one that a person renamed: not absent', async () => {
    const identity = { ...anIdentity, volumeName: 'pvc-9' };
    zfs.add('tank/k/renamed', { ...ownProperties, 'zfs-provisioner.io:volume': 'pvc-9' });
    const gone = aTrashing(zfs, { dataset: 'tank/k/pvc-9', identity });

    for (const attempt of [1, 2]) {
      await expect(remoteZfsOn(zfs).trash(gone)).rejects.toThrow('tank/k/renamed');
      await expect(remoteZfsOn(zfs).retain(gone)).rejects.toThrow('tank/k/renamed');
      // The second time there is a trash.
      if (attempt === 1) await trash();
    }
  });

  it('one whose pool is not imported: not absent', async () => {
    await expect(trash({ dataset: 'gone/k/pvc-1' })).rejects.toThrow(ParentUnusableError);
  });

  it('one that is gone, while the trash cannot be looked into: not absent', async () => {
    zfs.fail('get.4', 'internal error: out of memory');

    await expect(trash({ dataset: 'tank/k/pvc-9' })).rejects.toThrow(CommandFailedError);
  });

  it('one in the trash already', async () => {
    await trash();
    zfs.takeLog();

    await expect(trash({ dataset: trashedName, parentGuid: undefined })).rejects.toThrow(
      'it is in the trash',
    );

    expectOnlyLooks();
  });

  it('one with datasets below it', async () => {
    zfs.add(`${dataset}/child`);

    await expect(trash()).rejects.toThrow(DatasetHasChildrenError);

    expectOnlyLooks();
    expectUntouched();
  });
});

describe('trash: a failure costs nothing', () => {
  it.each([
    ['the trash cannot be made', 'create.1', `cannot create 'tank/k/.trash': permission denied`],
    ['it cannot be noted', 'set.all', `cannot set property for '${dataset}': permission denied`],
    ['it cannot be renamed', 'rename.1', `cannot rename '${dataset}': permission denied`],
  ])('%s: used as before', async (_title, call, words) => {
    zfs.fail(call, words);

    await expect(trash()).rejects.toThrow('permission denied');

    expectUntouched();
  });

  it('says what was undone, and the next attempt ends well', async () => {
    zfs.fail('rename.1', `cannot rename '${dataset}': I/O error`);

    await expect(trash()).rejects.toThrow('undone. It is mounted and shared as before.');
    await expect(trash()).resolves.toEqual(trashed);

    expectTrashed();
  });

  it('is mounted and shared as before when its mount is busy', async () => {
    zfs.fail('unmount.all', `cannot unmount '${zfs.path(dataset)}': pool or dataset is busy`);

    const failure = trash();

    await expect(failure).rejects.toThrow(DatasetBusyError);
    await expect(failure).rejects.toThrow('It is mounted and shared as before.');
    expectUntouched();
  });
});

describe('trash: who keeps it busy', () => {
  it('is told by name, though the host itself could unmount it, and it is as before', async () => {
    const held = 'tank/k/held-while-trashed';
    zfs.add(held, { ...ownProperties, sharenfs: share });
    zfs.mark(held, 'shared', true);
    const holder = await startHolder(held);
    try {
      const failure = trash({ dataset: held });
      await expect(failure).rejects.toThrow(DatasetBusyError);
      await expect(failure).rejects.toThrow(
        `It is mounted by sleep (pid ${holder.pid}). It is mounted and shared as before.`,
      );
    } finally {
      await holder.end();
    }
    expect(zfs.has(held)).toBe(true);
    expect([zfs.is(held, 'mounted'), zfs.is(held, 'shared')]).toEqual([true, true]);
  });
});

describe('retain', () => {
  it('notes when, once, and leaves all else', async () => {
    const host = remoteZfsOn(zfs);
    await expect(host.retain(aTrashing(zfs))).resolves.toBe('retained');
    const later = aTrashing(zfs, { trashedAtMs: Date.UTC(2027, 0, 1) });
    await expect(host.retain(later)).resolves.toBe('retained');

    expectUntouched();
    expect(zfs.property(dataset, 'zfs-provisioner.io:retained_at')).toBe('1767323045');
    expect(zfs.takeVerbs()).toBe('get set get');
  });

  it('tells that it is absent, as for destroying', async () => {
    const identity = { ...anIdentity, volumeName: 'pvc-9' };
    const gone = aTrashing(zfs, { dataset: 'tank/k/pvc-9', identity });

    await expect(remoteZfsOn(zfs).retain(gone)).resolves.toBe('absent');
    await expect(remoteZfsOn(zfs).retain({ ...gone, parentGuid: '999' })).rejects.toThrow(
      ParentChangedError,
    );
  });

  it('does not call absent what is in the trash', async () => {
    await trash();

    await expect(remoteZfsOn(zfs).retain(aTrashing(zfs))).rejects.toThrow(trashedName);
  });

  it('leaves what is not its own', async () => {
    const other = aTrashing(zfs, { dataset: 'tank/k/pvc-2' });
    await expect(remoteZfsOn(zfs).retain(other)).rejects.toThrow(DatasetNotOwnedError);

    expectOnlyLooks();
  });
});
