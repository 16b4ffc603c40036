import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { aCreation } from '../../test/support/creation.ts';
import { FakeZfs, ownProperties, remoteZfsOn } from '../../test/support/fake-zfs.ts';
import type { Dataset, Ownership } from './dataset.ts';
import {
  CommandFailedError,
  HostPermissionError,
  InvalidPropertyError,
  ParentUnusableError,
} from './dataset-errors.ts';

const dataset = 'tank/k/pvc-1';
const classic: Ownership = { mode: 'g+w', uid: undefined, gid: undefined, acl: [] };

let zfs: FakeZfs;

beforeEach(() => {
  zfs = new FakeZfs('tank', 'tank/k');
});

afterEach(() => {
  zfs.remove();
});

/** A program of the host that writes down how it was called, and fails if it is to. */
function tool(name: string, words = ''): string {
  const file = join(zfs.root, `${name}.sh`);
  const failing = words === '' ? '' : `echo "${words}" >&2\nexit 1\n`;
  writeFileSync(file, `echo "${name} $*" >>${zfs.root}/log\n${failing}`);
  return `sh ${file}`;
}

function create(
  ownership: Partial<Ownership>,
  failing: Readonly<Record<string, string>> = {},
): Promise<Dataset> {
  const host = remoteZfsOn(zfs, {
    chmodCommand: tool('chmod', failing['chmod']),
    chownCommand: tool('chown', failing['chown']),
    setfaclCommand: tool('setfacl', failing['setfacl']),
  });
  return host.create(aCreation({ ownership: { ...classic, ...ownership } }));
}

const ran = (): readonly string[] =>
  zfs.takeLog().filter((line) => /^(chmod|chown|setfacl|list) /.test(line));

describe('create: the root directory', () => {
  it('has the mode alone set where nothing else is asked for, without another look', async () => {
    await create({});

    expect(ran()).toEqual([`chmod g+w ${zfs.path(dataset)}`]);
  });

  it('has owner, mode and ACL set in this order, after ZFS said what is at that path', async () => {
    await create({ uid: 1000, gid: 100, mode: '2770', acl: ['u:1001:rwx', 'd:g:100:rwx'] });

    const path = zfs.path(dataset);
    expect(ran()).toEqual([
      `list -H -o name ${path}`,
      `chown 1000:100 ${path}`,
      `chmod 2770 ${path}`,
      `setfacl -m u:1001:rwx,d:g:100:rwx ${path}`,
    ]);
  });

  it.each([
    ['uid', { uid: 0 }, 'chown 0 '],
    ['gid', { gid: 4294967294 }, 'chown :4294967294 '],
  ])('may have its %s set alone', async (_title, ownership, call) => {
    await create(ownership);

    expect(ran()[1]).toBe(`${call}${zfs.path(dataset)}`);
  });

  it('is set again, the same, on one that is adopted', async () => {
    await create({ uid: 1000 });
    zfs.takeLog();

    await expect(create({ uid: 1000 })).resolves.toMatchObject({ adopted: true });

    const path = zfs.path(dataset);
    const look = `list -H -o name ${path}`;
    expect(ran()).toEqual([look, look, `chown 1000 ${path}`, `chmod g+w ${path}`]);
  });

  it.each([
    ['new', false],
    ['adopted', true],
  ])('of a %s one is not touched while something else is at its path', async (_title, adopted) => {
    if (adopted) zfs.add(dataset, ownProperties);
    writeFileSync(join(zfs.root, 'hidden'), '');

    const failure = create({ uid: 1000 });

    await expect(failure).rejects.toThrow(ParentUnusableError);
    await expect(failure).rejects.toThrow('is not its root directory');
    expect(ran()).toEqual([`list -H -o name ${zfs.path(dataset)}`]);
    expect(zfs.has(dataset)).toBe(adopted);
  });

  it('is not touched when ZFS does not say what is at its path', async () => {
    zfs.fail('list.1', "cannot open '/x': not a ZFS filesystem");

    await expect(create({ gid: 5 })).rejects.toThrow(ParentUnusableError);

    expect(ran()).toHaveLength(1);
  });

  it.each([
    ['chown', "chown: changing ownership of '/x': Operation not permitted", HostPermissionError],
    ['chmod', "chmod: changing permissions of '/x': Operation not permitted", HostPermissionError],
    ['setfacl', 'setfacl: /x: Operation not supported', InvalidPropertyError],
    ['setfacl', 'sudo: a password is required', HostPermissionError],
    ['chown', 'something else', CommandFailedError],
  ])('that %s cannot change takes the dataset away again: %s', async (name, words, error) => {
    const failure = create({ uid: 1000, acl: ['u:1:r'] }, { [name]: words });

    await expect(failure).rejects.toThrow(error);
    await expect(failure).rejects.toThrow(`${name} failed`);
    expect(zfs.has(dataset)).toBe(false);
  });

  it.each([
    ['a uid that is none', { uid: -1 }],
    ['a uid with a fraction', { uid: 0.5 }],
    ['a gid that is none', { gid: Number.NaN }],
    ['an ACL entry that is an option', { acl: ['-R'] }],
    ['an ACL entry of two words', { acl: ['u:1:rwx /etc'] }],
    ['an ACL entry that is two', { acl: ['u:1:rwx,o::rwx'] }],
    ['an ACL entry that is a command', { acl: ['u:$(id):rwx'] }],
    ['an empty ACL entry', { acl: [''] }],
    ['a mode that is a path', { mode: '/etc' }],
  ])('is refused %s before anything is sent', async (_title, ownership) => {
    await expect(create(ownership)).rejects.toThrow(InvalidPropertyError);

    expect(zfs.takeLog()).toEqual(['']);
  });
});
