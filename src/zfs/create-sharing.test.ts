import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { aCreation } from '../../test/support/creation.ts';
import { ShellScriptRunner } from '../../test/support/fake-script-runner.ts';
import { FakeZfs, ownProperties, remoteZfsOn } from '../../test/support/fake-zfs.ts';
import type { Dataset, Sharing } from './dataset.ts';
import { ExportsWrongError, InvalidPropertyError, ParentUnusableError } from './dataset-errors.ts';

const dataset = 'tank/k/pvc-1';
const options = { linux: 'rw=@192.0.2.0/24', freebsd: '-network 192.0.2.0/24' };

let zfs: FakeZfs;

beforeEach(() => {
  zfs = new FakeZfs('tank', 'tank/k');
});

afterEach(() => {
  zfs.remove();
});

const note = 'zfs-provisioner.io:share';

/** Programs of the host that tests put in front of its own. */
function program(name: string, text: string): void {
  const file = join(zfs.root, 'bin', name);
  mkdirSync(join(zfs.root, 'bin'), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
}

function create(sharing: Sharing, exportsFiles = [join(zfs.root, 'etab')]): Promise<Dataset> {
  const runner = new ShellScriptRunner(['sh'], { PATH: `${join(zfs.root, 'bin')}:/usr/bin:/bin` });
  return remoteZfsOn(zfs, { runner, exportsFiles }).create(aCreation({ sharing }));
}

/** Creates one for these clients on a host that exports it as the lines say, PATH standing for its path. */
function createFor(clients: readonly string[], ...lines: readonly string[]): Promise<Dataset> {
  const text = lines.map((line) => `${line.replaceAll('PATH', zfs.path(dataset))}\n`).join('');
  writeFileSync(join(zfs.root, 'etab'), `# a comment\n/other\t*(rw)\n${text}`);
  return create({ kind: 'on', options: { linux: 'on', freebsd: 'on' }, clients });
}

describe('create: sharing', () => {
  it.each([
    ['Linux', options.linux],
    ['FreeBSD', options.freebsd],
    ['SunOS', options.linux],
  ])('is in the words of the operating system: %s', async (system, expected) => {
    program('uname', `echo ${system}`);

    await create({ kind: 'on', options, clients: undefined });

    expect(zfs.property(dataset, 'sharenfs')).toBe(expected);
    expect(zfs.property(dataset, note)).toBe(expected);
  });

  it('is noted on the dataset: that nobody shares it, too, and on one that is adopted', async () => {
    await create({ kind: 'off' });
    expect(zfs.property(dataset, note)).toBe('off');

    await create({ kind: 'on', options, clients: undefined });
    expect(zfs.property(dataset, note)).toBe(options.linux);
  });

  it('does not ask which it is where the words are the same', async () => {
    program('uname', 'exit 1');

    const same = { linux: 'on', freebsd: 'on' };

    await expect(create({ kind: 'on', options: same, clients: undefined })).resolves.toMatchObject({
      exports: 'not-asked',
    });
  });

  it('is no share where the host exports it to nobody, whatever the words were', async () => {
    const sharing: Sharing = { kind: 'on', options, clients: undefined };
    writeFileSync(join(zfs.root, 'etab'), '/other\t*(rw)\n');

    await expect(create(sharing)).rejects.toThrow('is not exported to anyone');
    expect(zfs.has(dataset)).toBe(false);

    writeFileSync(join(zfs.root, 'etab'), `${zfs.path(dataset)}\t*(rw)\n`);
    await expect(create(sharing)).resolves.toMatchObject({ exports: 'not-asked' });
  });

  it('is left to the parent where it is to be inherited', async () => {
    zfs.set('tank/k', { sharenfs: 'rw' });

    await create({ kind: 'inherit' });

    expect(zfs.property(dataset, 'sharenfs')).toBeUndefined();
    expect(zfs.is(dataset, 'shared')).toBe(true);
    expect(zfs.takeVerbs()).toBe('create get');
  });

  it('is given back to the parent on one that is adopted', async () => {
    zfs.set('tank/k', { sharenfs: 'rw' });
    zfs.add(dataset, { ...ownProperties, sharenfs: 'ro', [note]: 'ro' });

    await create({ kind: 'inherit' });

    expect(zfs.property(dataset, 'sharenfs')).toBeUndefined();
    expect(zfs.property(dataset, note)).toBeUndefined();
    expect(zfs.is(dataset, 'shared')).toBe(true);
  });

  it('is repaired where it is inherited, too', async () => {
    zfs.set('tank/k', { sharenfs: 'rw' });
    zfs.fail('create.1', 'filesystem successfully created, but not shared', 1, 'unshared');

    await create({ kind: 'inherit' });

    expect(zfs.is(dataset, 'shared')).toBe(true);
  });

  it.each([[false], [true]])(
    'that the parent does not have is refused (adopted: %s)',
    async (adopted) => {
      if (adopted) zfs.add(dataset, ownProperties);

      const failure = create({ kind: 'inherit' });

      await expect(failure).rejects.toThrow(ParentUnusableError);
      await expect(failure).rejects.toThrow('Set sharenfs on the parent');
      expect(zfs.has(dataset)).toBe(adopted);
    },
  );
});

describe('create: what is exported', () => {
  it.each([
    ['a network', ['192.0.2.0/24'], ['PATH\t192.0.2.0/24(rw,sync,no_root_squash)']],
    [
      'addresses, a line each',
      ['192.0.2.1', '192.0.2.2/32'],
      ['PATH 192.0.2.1(rw)', 'PATH 192.0.2.2(ro)'],
    ],
    ['clients in one line', ['a.test', '@nodes'], ['PATH a.test(rw) @nodes(rw)']],
    ['IPv6', ['fd00:77::/64', '[fd00::1]'], ['PATH fd00:77::/64(rw)', 'PATH fd00::1(rw)']],
    ['everybody', ['*'], ['PATH *(sec=sys,rw,no_subtree_check,mountpoint)']],
    ['everybody without a name', ['*'], ['PATH (rw)']],
    ['a network of FreeBSD', ['192.0.2.0/24'], ['PATH\t-maproot=root -network 192.0.2.0/24']],
    ['a mask of FreeBSD', ['192.0.2.0/25'], ['PATH\t-network=192.0.2.0 -mask 255.255.255.128']],
    ['hosts of FreeBSD', ['a.test', '192.0.2.1'], ['PATH\t-ro a.test 192.0.2.1']],
    ['everybody on FreeBSD', ['*'], ['PATH\t-maproot=root', 'PATH']],
  ])('is as asked: %s', async (_title, clients, lines) => {
    await expect(createFor(clients, ...lines)).resolves.toMatchObject({ exports: 'as-asked' });
  });

  it.each([
    [
      'the world besides',
      ['fd00:77::/64'],
      ['PATH fd00(rw)', 'PATH *(rw)'],
      /exported to everybody/,
    ],
    ['the world on FreeBSD', ['192.0.2.0/24'], ['PATH\t-ro'], /exported to everybody/],
    ['nobody', ['gone.test'], [], /it is not exported to gone\.test\./],
    ['a client too few', ['a.test', 'b.test'], ['PATH a.test(rw)'], /not exported to b\.test\./],
    ['a client too many', ['a.test'], ['PATH a.test(rw) b.test(rw)'], /b\.test, which nobody/],
    ['another network', ['192.0.2.0/24'], ['PATH 192.0.2.0/16(rw)'], /192\.0\.2\.0\/16/],
    ['another path', ['192.0.2.0/24'], ['PATH/x 192.0.2.0/24(rw)'], /not exported to 192/],
  ])('must not be %s', async (_title, clients, lines, reason) => {
    program('getent', 'exit 2');

    const failure = createFor(clients, ...lines);

    await expect(failure).rejects.toThrow(ExportsWrongError);
    await expect(failure).rejects.toThrow(reason);
    await expect(failure).rejects.toThrow('What this attempt had changed was undone');
    expect(zfs.has(dataset)).toBe(false);
  });

  it('may be a host’s full name, whichever was asked for', async () => {
    program('getent', '[ "$2" = web ] && echo "192.0.2.7 web.cluster.test web"');

    await expect(
      createFor(['web', '192.0.2.9'], 'PATH web.cluster.test(rw) 192.0.2.9(rw)'),
    ).resolves.toMatchObject({ exports: 'as-asked' });
  });

  it('is not another host’s because the one asked for has a full name', async () => {
    program('getent', '[ "$2" = web ] && echo "192.0.2.7 web.cluster.test"');

    await expect(createFor(['web'], 'PATH web.cluster.test(rw) db(rw)')).rejects.toThrow(
      'exported to db, which nobody',
    );
  });

  it('is taken back from one that was adopted, which stays', async () => {
    zfs.add(dataset, ownProperties);

    await expect(createFor(['192.0.2.0/24'], 'PATH *(rw)')).rejects.toThrow(ExportsWrongError);

    expect(zfs.has(dataset)).toBe(true);
    expect(zfs.property(dataset, 'sharenfs')).toBe('off');
    expect(zfs.is(dataset, 'shared')).toBe(false);
  });

  it('is read from the first file that can be read', async () => {
    const sharing: Sharing = {
      kind: 'on',
      options: { linux: 'on', freebsd: 'on' },
      clients: ['*'],
    };
    writeFileSync(join(zfs.root, 'second'), `${zfs.path(dataset)} *(rw)\n`);
    const files = ['first', 'second', 'third'].map((name) => join(zfs.root, name));

    await expect(create(sharing, files)).resolves.toMatchObject({ exports: 'as-asked' });
    await expect(create(sharing, files.slice(2))).resolves.toMatchObject({ exports: 'unchecked' });
  });

  it.each([
    ['a client of two words', ['a b']],
    ['an empty client', ['']],
    ['a client with options', ['a(rw)']],
  ])('is not looked for with %s', async (_title, clients) => {
    await expect(createFor(clients)).rejects.toThrow(InvalidPropertyError);

    expect(zfs.takeLog()).toEqual(['']);
  });

  it('is not asked for with empty options, which would mean to inherit', async () => {
    const empty: Sharing = {
      kind: 'on',
      options: { linux: '', freebsd: 'on' },
      clients: undefined,
    };

    await expect(create(empty)).rejects.toThrow(InvalidPropertyError);
  });
});
