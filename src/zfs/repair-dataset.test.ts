import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { FakeScriptRunner, ShellScriptRunner } from '../../test/support/fake-script-runner.ts';
import { anIdentity, FakeZfs, ownProperties, remoteZfsOn } from '../../test/support/fake-zfs.ts';
import type { Repair } from './dataset-repair.ts';
import {
  CommandFailedError,
  DatasetMissingError,
  DatasetNotOwnedError,
  InvalidPropertyError,
  OutOfSpaceError,
  OutputUnreadableError,
  ParentUnusableError,
} from './dataset-errors.ts';
import type { RemoteZfs } from './remote-zfs.ts';

jest.setTimeout(30_000);

const dataset = 'tank/k/pvc-1';
const note = 'zfs-provisioner.io:share';

let zfs: FakeZfs;

beforeEach(() => {
  zfs = new FakeZfs('tank', 'tank/k');
  zfs.add(dataset, {
    ...ownProperties,
    ...{ refquota: '1000', refreservation: '1000', sharenfs: 'rw', [note]: 'rw' },
  });
  zfs.mark(dataset, 'shared', true);
});

afterEach(() => {
  zfs.remove();
});

function repair(
  repairs: readonly Repair[],
  host: RemoteZfs = remoteZfsOn(zfs, { timeoutMs: 10_000 }),
): Promise<void> {
  return host.repair({ host: 'nas-1', dataset, identity: anIdentity, repairs });
}

const property = (name: string): string | undefined => zfs.property(dataset, name);
const mountpoint = (): Repair => ({ kind: 'mountpoint', mountpoint: zfs.path(dataset) });
const quota = (sizeBytes: bigint, name: 'refquota' | 'quota' = 'refquota'): Repair => {
  return { kind: 'quota', property: name, sizeBytes };
};
const share = (sharenfs: string): Repair => ({ kind: 'share', sharenfs });

/** Everything that can be repaired is otherwise. */
function spoil(): void {
  zfs.set(dataset, { refquota: '0', refreservation: '0', readonly: 'on', mountpoint: '/x' });
  zfs.set(dataset, { sharenfs: 'off' });
  zfs.mark(dataset, 'mounted', false);
  zfs.mark(dataset, 'shared', false);
}

const everything = (): readonly Repair[] => [
  ...([share('rw'), { kind: 'mount' }, { kind: 'reservation', sizeBytes: 1000n }] as const),
  ...[quota(1000n), { kind: 'readonly' } as const, mountpoint()],
];

function expectWhole(): void {
  expect({
    limits: [property('refquota'), property('refreservation')],
    others: [property('readonly'), property('mountpoint'), property('sharenfs')],
    flags: [zfs.is(dataset, 'mounted'), zfs.is(dataset, 'shared')],
  }).toEqual({
    limits: ['1000', '1000'],
    others: [undefined, undefined, 'rw'],
    flags: [true, true],
  });
}

describe('repair', () => {
  it('makes all as it was, in the order in which one needs the other', async () => {
    spoil();

    await repair(everything());

    expectWhole();
    const changes = zfs.takeLog().filter((line) => !line.startsWith('get'));
    expect(changes).toEqual([
      `inherit mountpoint ${dataset}`,
      `inherit readonly ${dataset}`,
      `set refquota=1000 ${dataset}`,
      `set refreservation=1000 ${dataset}`,
      `mount ${dataset}`,
      `set sharenfs=rw ${dataset}`,
      `share ${dataset}`,
    ]);
  });

  it('changes nothing that is right', async () => {
    await repair(everything());

    expect(zfs.takeLog().filter((line) => /^(set|inherit|mount)/.test(line))).toEqual([]);
    expectWhole();
  });

  it.each<[string, Repair, string]>([
    ['a quota', quota(999n), 'refquota'],
    ['a reservation', { kind: 'reservation', sizeBytes: 999n }, 'refreservation'],
  ])('never lowers %s', async (_what, lower, name) => {
    await repair([lower]);

    expect(property(name)).toBe('1000');
    expect(zfs.takeVerbs()).not.toContain('set');
  });

  it('sets the quota that it is told', async () => {
    await repair([quota(5000n, 'quota')]);

    expect([property('refquota'), property('quota')]).toEqual(['1000', '5000']);
  });

  it('is one exec, and none where nothing is asked for', async () => {
    const runner = new ShellScriptRunner();
    const run = jest.spyOn(runner, 'run');
    const host = remoteZfsOn(zfs, { runner, timeoutMs: 10_000 });

    await repair([], host);
    expect(run).not.toHaveBeenCalled();

    await repair(everything(), host);
    expect(run).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['another volume’s', { 'zfs-provisioner.io:volume': 'pvc-2' }],
    ['another cluster’s', { 'zfs-provisioner.io:cluster': 'cluster-2' }],
    ['another instance’s', { 'io.kubernetes.pv.zfs:managed_by': 'other' }],
    ['marked by its parent only', { 'zfs-provisioner.io:volume': 'pvc-1\tinherited from tank' }],
    ['marked by what was received', { 'zfs-provisioner.io:volume': 'pvc-1\treceived' }],
    ['a volume', { type: 'volume\t-' }],
  ])('leaves a dataset alone that is %s', async (_case, properties) => {
    spoil();
    zfs.set(dataset, properties);

    await expect(repair(everything())).rejects.toThrow(DatasetNotOwnedError);

    expect(zfs.takeVerbs()).toBe('get');
  });

  it('believes no value with a line break', async () => {
    zfs.set(dataset, { 'io.kubernetes.pv.zfs:managed_by': 'x\ny\tz\tlocal' });

    await expect(repair(everything())).rejects.toThrow(OutputUnreadableError);

    expect(zfs.takeVerbs()).toBe('get');
  });

  it('says that there is none', async () => {
    const gone = { host: 'nas-1', dataset: 'tank/k/pvc-9', identity: anIdentity };

    await expect(
      remoteZfsOn(zfs).repair({ ...gone, repairs: [{ kind: 'mount' }] }),
    ).rejects.toThrow(DatasetMissingError);
  });

  it('repairs a dataset of the classic provisioner, by its name', async () => {
    zfs.set(dataset, {
      'zfs-provisioner.io:cluster': '-\t-',
      'zfs-provisioner.io:volume': '-\t-',
    });
    spoil();

    await repair([quota(1000n)]);

    expect(property('refquota')).toBe('1000');
  });
});

describe('what cannot be repaired', () => {
  it('is a mountpoint that inheriting would not give', async () => {
    zfs.set('tank/k', { mountpoint: '/elsewhere' });
    zfs.set(dataset, { mountpoint: '/x' });

    const failure = repair([mountpoint()]);

    await expect(failure).rejects.toMatchObject({ code: 'PARENT_CHANGED' });
    await expect(failure).rejects.toThrow('/elsewhere/pvc-1');
    expect(property('mountpoint')).toBe('/x');
  });

  it.each(['none', 'legacy'])('is one whose parent has the mountpoint %s', async (value) => {
    zfs.set('tank/k', { mountpoint: value });
    zfs.set(dataset, { mountpoint: '/x' });

    await expect(repair([mountpoint()])).rejects.toThrow(`${value}/pvc-1`);
  });

  it('is one that is read-only because of its parent', async () => {
    zfs.set('tank/k', { readonly: 'on' });

    await expect(repair([{ kind: 'readonly' }])).rejects.toThrow(ParentUnusableError);
    expect(zfs.takeVerbs()).toBe('get');

    zfs.set(dataset, { readonly: 'on' });
    await expect(repair([{ kind: 'readonly' }])).rejects.toThrow('its readonly is "on"');
  });

  it('is a share that is noted otherwise by now', async () => {
    zfs.set(dataset, { [note]: 'rw=@192.0.2.0/24' });

    const failure = repair([share('rw=@198.51.100.0/24')]);

    await expect(failure).rejects.toMatchObject({ code: 'DATASET_DIFFERS' });
    expect(property('sharenfs')).toBe('rw');
  });

  it('is what there is no room for', async () => {
    spoil();
    const words = `cannot set property for '${dataset}': size is greater than available space`;
    zfs.fail('set.2', words);

    await expect(repair(everything())).rejects.toThrow(OutOfSpaceError);

    // In the order in which they are done: what came before stays, what comes after is not tried.
    expect(property('refquota')).toBe('1000');
    expect(zfs.is(dataset, 'mounted')).toBe(false);
  });

  it('is what ZFS takes and does not do', async () => {
    spoil();
    zfs.fail('mount.1', `cannot mount '${dataset}': filesystem already mounted`);
    await expect(repair([{ kind: 'mount' }])).rejects.toThrow('its mounted is "no"');

    zfs.fail('set.1', '', 0);
    await expect(repair([quota(1000n)])).rejects.toThrow(InvalidPropertyError);
  });

  it.each<[string, Repair]>([
    ['no size', quota(0n)],
    ['less than no size', { kind: 'reservation', sizeBytes: -1n }],
    ['no path', { kind: 'mountpoint', mountpoint: 'none' }],
    ['no options', share('')],
    ['two lines', share('rw\nx')],
  ])('is sent to no host: %s', async (_case, wrong) => {
    const runner = new FakeScriptRunner(() => ({ exitCode: 0, stdout: '', stderr: '' }));

    await expect(repair([wrong], remoteZfsOn(zfs, { runner }))).rejects.toThrow(
      InvalidPropertyError,
    );

    expect(runner.ran).toEqual([]);
  });
});

describe('a share that is repaired', () => {
  it('is noted where it was not, and taken off the net where it is to be off', async () => {
    zfs.set(dataset, { [note]: `rw\tinherited from tank` });

    await repair([share('ro')]);
    expect([property(note), property('sharenfs')]).toEqual(['ro', 'ro']);

    zfs.set(dataset, { [note]: 'off' });
    await repair([share('off')]);
    expect([property('sharenfs'), zfs.is(dataset, 'shared')]).toEqual(['off', false]);
  });

  it('is one though ZFS could not share it at once', async () => {
    zfs.set(dataset, { sharenfs: 'off' });
    zfs.mark(dataset, 'shared', false);
    zfs.fail('set.1', 'property may be set but unable to reshare filesystem', 1, 'unshared');

    await repair([share('rw')]);

    expect([property('sharenfs'), zfs.is(dataset, 'shared')]).toEqual(['rw', true]);
  });
});

describe('a repair that is cut off', () => {
  const changes = ['inherit.1', 'inherit.2', 'set.1', 'set.2', 'mount.1', 'set.3', 'share.1'];

  const cuts = changes.flatMap((call) => [[call, 'before'] as const, [call, 'after'] as const]);

  // The last of them: that it is shared already is as good.
  it.each(cuts.slice(0, -1))('at %s (%s) is finished by the next', async (call, when) => {
    spoil();
    zfs.fail(call, 'Killed', 137, when);
    await expect(repair(everything())).rejects.toThrow(CommandFailedError);
    zfs.fail(call, '', 0, 'after');

    await repair(everything());

    expectWhole();
  });
});

it.each(
  [['dash'], ['bash', '--posix'], ['busybox', 'sh'], ['ksh'], ['mksh'], ['yash']].filter(
    ([program = '']) => spawnSync(program, ['-c', ':']).error === undefined,
  ),
)('repair works under %s', async (...shell) => {
  const host = remoteZfsOn(zfs, { runner: new ShellScriptRunner(shell), timeoutMs: 10_000 });
  spoil();

  await repair(everything(), host);
  expectWhole();

  zfs.set('tank/k', { mountpoint: '/elsewhere' });
  await expect(repair([{ kind: 'mountpoint', mountpoint: '/y' }], host)).rejects.toMatchObject({
    code: 'PARENT_CHANGED',
  });
  zfs.set(dataset, { 'zfs-provisioner.io:volume': 'pvc-2' });
  await expect(repair(everything(), host)).rejects.toThrow(DatasetNotOwnedError);
});
