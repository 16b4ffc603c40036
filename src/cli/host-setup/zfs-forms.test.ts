import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { aCreation, sharedWith } from '../../../test/support/creation.ts';
import { anIdentity, FakeZfs, remoteZfsOn } from '../../../test/support/fake-zfs.ts';
import { aHostPlan } from '../../../test/support/host-plan.ts';
import { doasConfOf, guardOf, guardPath } from './doas.ts';
import type { HostPlan } from './host-plan.ts';
import { sudoersOf } from './sudoers.ts';
import type { Separator } from './zfs-forms.ts';
import { expressionOf, forms, permissionsOf } from './zfs-forms.ts';

// Hundreds of small processes: slow where the machine is busy.
jest.setTimeout(60_000);

const folder = join(import.meta.dirname, '../../zfs/scripts');
const scripts = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
const code = scripts.join('\n').replaceAll(/^\s*#.*$/gm, '');

let zfs: FakeZfs;
let plan: HostPlan;
beforeEach(() => {
  zfs = new FakeZfs('tank', 'tank/k');
  plan = aHostPlan({ parents: [{ dataset: 'tank/k', mountpoint: zfs.path('tank/k') }] });
});
afterEach(() => {
  zfs.remove();
});

function allows(line: string, separator: Separator = ' '): boolean {
  return forms.some((form) =>
    new RegExp(`^${form.tool}${separator}${expressionOf(form, plan, separator)}$`).test(line),
  );
}

describe('the table of what is run as root', () => {
  it('has the commands of the scripts, and no others', () => {
    const run = /\b(?:zfs_run|persist|stream [a-z]+) ([a-z]+)\b/g;
    const found = new Set([...code.matchAll(run)].map((match) => match[1]));
    const listed = forms.flatMap(({ tool, words }) =>
      tool === 'zfs' ? [/^[a-z]+/.exec(words)?.[0]] : [],
    );

    expect([...found].sort()).toEqual([...new Set(listed)].sort());
  });

  it('has the programs of the scripts, and no others', () => {
    const found = new Set([...code.matchAll(/"\$([a-z]+)_command"/g)].map((match) => match[1]));

    expect([...found, 'zfs'].sort()).toEqual([...new Set(forms.map(({ tool }) => tool))].sort());
  });

  it('has the properties that the scripts set of their own accord', () => {
    const lines = code
      .split('\n')
      .filter((line) => /\b(set|set_all|set_property|create|put_back)\b/.test(line));
    const named = lines.flatMap((line) => [
      ...[...line.matchAll(/(?<=[ "])([a-z]+)=(?=[\w"$])/g)].map((match) => match[1] ?? ''),
      ...[...line.matchAll(/put_back ([a-z]+)/g)].map((match) => match[1] ?? ''),
    ]);
    const properties = new Set(
      named.filter((name) => /^(can|quota|ref|read|share|mount)/.test(name)),
    );

    expect([...properties].filter((name) => !allows(`zfs set ${name}=x tank/k/a`))).toEqual([]);
  });

  it('lets every verb do its work', async () => {
    const request = aCreation({
      sharing: sharedWith('on'),
      nativeProperties: { compression: 'zstd' },
      userProperties: { 'x:note': 'a=b' },
      spaceLimits: { maxFullnessPercent: undefined, maxOvercommit: 100 },
      ownership: { mode: '2770', uid: 1000, gid: 1000, acl: ['u:1000:rwx', 'm::rwx'] },
    });
    const log = join(zfs.root, 'tools');
    const tool = (name: string): string => {
      const program = join(zfs.root, name);
      writeFileSync(program, `#!/bin/sh\necho "${name} $*" >>${log}\n`, { mode: 0o755 });
      return program;
    };
    const host = remoteZfsOn(zfs, {
      chmodCommand: tool('chmod'),
      chownCommand: tool('chown'),
      setfaclCommand: tool('setfacl'),
    });
    const { dataset } = request;
    const location = { host: 'nas-1', dataset, identity: anIdentity };
    const removal = { ...location, parentGuid: undefined, mountpoint: undefined };
    await host.create(request);
    zfs.set(dataset, { quota: '5', atime: 'on' });
    await host.create(request);
    await host.create({ ...request, sharing: { kind: 'off' } });
    const limits = { reservation: 'thick', quota: 'both', maxOvercommit: 10 } as const;
    await host.grow({ ...location, ...limits, sizeBytes: 6_000_000_000n });
    await host.scan('nas-1', ['tank/k']);
    const options = { linux: 'rw=@192.0.2.0/24', freebsd: '-ro' };
    await host.reshare('nas-1', anIdentity, [
      { host: 'nas-1', dataset, volumeName: 'pvc-1', options },
    ]);
    const times = { trashedAtMs: 1_700_000_000_000, expiresAtMs: 1_700_000_001_000 };
    await host.retain({ ...removal, ...times });
    for (const end of ['restore', 'expire']) {
      const trashed = await host.trash({ ...removal, ...times });
      if (trashed.kind !== 'trashed') throw new Error('it is absent');
      const inTrash = { ...location, dataset: trashed.dataset };
      const expired = { ...removal, ...inTrash, expiredByMs: times.expiresAtMs + 1000 };
      if (end === 'restore') await host.restore({ ...inTrash, restoredAs: dataset });
      else await host.destroy({ ...expired, destroySnapshots: true, onlyIfEmpty: false });
    }
    await host.create(request);
    zfs.set(dataset, { readonly: 'on', mountpoint: '/elsewhere', sharenfs: 'off' });
    await host.repair({
      ...location,
      repairs: [
        { kind: 'mountpoint', mountpoint: zfs.path(dataset) },
        { kind: 'readonly' },
        { kind: 'quota', property: 'refquota', sizeBytes: 7_000_000_000n },
        { kind: 'reservation', sizeBytes: 7_000_000_000n },
        { kind: 'mount' },
      ],
    });
    zfs.snapshot(dataset, 'monday');
    zfs.fail('destroy.2', 'cannot destroy', 1);
    const destroy = { ...removal, destroySnapshots: true, onlyIfEmpty: false };
    await host.destroy(destroy).catch(() => undefined);
    await host.destroy(destroy);
    await host.destroy(destroy);
    const lines = [
      ...zfs.takeLog().map((line) => `zfs ${line}`),
      ...readFileSync(log, 'utf8').trimEnd().split('\n'),
    ];

    expect(lines.length).toBeGreaterThan(20);
    expect(lines.filter((line) => !allows(line))).toEqual([]);
    expect(lines.filter((line) => !allows(line.replaceAll(' ', '\t'), '\t'))).toEqual([]);
  });
});

/** What somebody with the key might try; `~` stands for where the parent is mounted. */
const hostile = [
  ...[
    'zfs destroy tank',
    'zfs destroy tank/k',
    'zfs destroy -r tank/k/a',
    'zfs destroy -f tank/k/a',
  ],
  ...[
    'zfs destroy tank/k/a/b',
    'zfs destroy tank/other/a',
    'zfs destroy tank/k/a@monday',
    'zfs destroy tank/k/.trash',
  ],
  ...[
    'zfs destroy tank/k/a tank',
    'zfs destroy tank/k/a@%,b',
    'zfs destroy -r tank/k/.trash',
    'zfs destroy tank/k2/a',
  ],
  ...[
    'zfs destroy tank/k/../other',
    'zfs destroy tank/k/a@%@%',
    'zfs destroy tankXk/a',
    'zfs destroy',
  ],
  ...[
    'zfs set mountpoint=/etc tank/k/a',
    'zfs set sharenfs=on tank',
    'zfs set x:y=z tank/k',
    'zfs set x:y=z tank tank/k/a',
  ],
  ...[
    'zfs set readonly=on tank/other tank/k/a',
    'zfs set overlay=on tank/k/a',
    'zfs set zoned=on tank/k/a',
    'zfs set -u x:y=z tank/k/a',
  ],
  ...[
    'zfs create tank/other/a',
    'zfs create -p tank/k/a/b',
    'zfs create -o mountpoint=/etc tank/k/a',
    'zfs create -V 1G tank/k/a',
  ],
  ...[
    'zfs create -o x:y=z -o mountpoint=/etc tank/k/a',
    'zfs create -o x:y=z tank/k',
    'zfs create -o context=x tank/k/a',
  ],
  ...[
    'zfs create -o canmount=off -o sharenfs=off -o mountpoint=/etc tank/k/.trash',
    'zfs create tank/k/.trash',
  ],
  ...[
    'zfs rename tank/k/a tank/other/a',
    'zfs rename tank/other/a tank/k/a',
    'zfs rename -f tank/k/a tank/k/.trash/a',
  ],
  ...[
    'zfs rename tank/k tank/k/.trash/a',
    'zfs rename tank/k/a tank/k/b',
    'zfs rename tank/k/a@x tank/k/.trash/a',
  ],
  ...[
    'zfs inherit mountpoint tank',
    'zfs inherit -r sharenfs tank/k/a',
    'zfs inherit sharenfs tank/k',
    'zfs inherit encryption tank/k/a',
  ],
  ...[
    'zfs mount -a',
    'zfs mount -o exec tank/k/a',
    'zfs unmount -a',
    'zfs unmount /etc',
    'zfs unmount -f tank/k/a',
    'zfs share -a',
  ],
  ...[
    'zfs get all',
    'zfs get -Hp -o name,value all tank/other',
    'zfs get -Hp -r -t filesystem -o name all other',
    'zfs list',
  ],
  ...[
    'zfs list -H -o name /etc',
    'zfs list -H -o name ~/../../etc',
    'zfs list -H -o name -d 1 -t filesystem,volume tank/other/a',
  ],
  ...[
    'zfs send tank/k/a@x',
    'zfs recv tank/k/a',
    'zfs snapshot tank/k/a@x',
    'zfs rollback tank/k/a@x',
    'zfs clone tank/k/a@x tank/k/b',
  ],
  ...[
    'zfs promote tank/k/a',
    'zfs allow everyone destroy tank',
    'zfs program tank x',
    'zfs load-key -a',
    'zfs',
    'zfs change-key tank/k/a',
  ],
  ...[
    'chmod 0777 /etc',
    'chmod -R 0777 ~/a',
    'chmod 0777 ~/a /etc/shadow',
    'chmod 0777 ~/a/b',
    'chmod 0777 ~/../x',
    'chmod -x ~/a',
  ],
  ...[
    'chmod 0777 ~',
    'chmod --reference=/etc/passwd ~/a',
    'chmod 04755 ~/a',
    'chmod 0777 ~/a/../../etc',
    'chmod u+s,-R ~/a',
  ],
  ...[
    'chown root ~/a',
    'chown 0 /etc/passwd',
    'chown -R 0:0 ~/a',
    'chown 0:0 ~/a/etc',
    'chown : ~/a',
    'chown 0:0 ~/a ~/b',
  ],
  ...[
    'setfacl -m u:1:rwx /etc',
    'setfacl -R -m u:1:rwx ~/a',
    'setfacl -b ~/a',
    'setfacl --restore=/tmp/x',
    'setfacl -m u:1:rwx ~/a /etc',
  ],
];

describe('what nobody needs', () => {
  it.each([' ', '\t'] as const)('is not in the table, parted by %j', (separator) => {
    const lines = hostile.map((line) => line.replaceAll('~', zfs.path('tank/k')));

    expect(lines.filter((line) => allows(line.replaceAll(' ', separator), separator))).toEqual([]);
  });

  it('cannot hide in a value where blanks part the words', () => {
    const words = ['create', '-o', 'x:y=a -o mountpoint=/etc', 'tank/k/a'];

    expect(allows(`zfs ${words.join(' ')}`)).toBe(false);
    expect(allows(`zfs\t${words.join('\t')}`, '\t')).toBe(true);
  });
});

describe('the lists', () => {
  it('are such that visudo and doas take them', () => {
    const files = { sudoers: sudoersOf(plan), doas: doasConfOf(plan) };
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(zfs.root, name), text, { mode: 0o440 });
    }
    const visudo = spawnSync('visudo', ['-c', '-s', '-f', join(zfs.root, 'sudoers')]);
    const doas = spawnSync('doas', ['-C', join(zfs.root, 'doas')]);

    expect([visudo.stderr.toString(), visudo.status]).toEqual(['', 0]);
    expect([doas.stderr.toString(), doas.status]).toEqual(['', 0]);
    expect(files.doas).toContain(`permit nopass zfs-provisioner as root cmd ${guardPath}\n`);
  });

  it('refuse to be made where sudo would not be asked, or a rule would be too long to match', () => {
    const commands = { ...plan.commands, zfs: 'zfs' };
    expect(() => sudoersOf({ ...plan, commands })).toThrow('zfs is called as "zfs", without sudo');
    const parents = Array.from({ length: 40 }, (_, index) => {
      const dataset = `tank/kubernetes-volumes-${index}`;
      return { dataset, mountpoint: `/${dataset}` };
    });
    expect(() => sudoersOf({ ...plan, parents })).toThrow('too many or too long');
  });

  it('name native properties of the administrator only where he allowed them', () => {
    expect(permissionsOf(plan)).not.toContain('overlay');
    plan = { ...plan, allowedProperties: ['overlay'] };
    expect(permissionsOf(plan)).toContain('overlay');
    expect(allows('zfs set overlay=on tank/k/a')).toBe(true);
  });
});

const shells = ['dash', 'busybox'].filter(
  (shell) => spawnSync(shell, shell === 'busybox' ? ['true'] : ['-c', ':']).error === undefined,
);

describe.each(shells)('the guard for doas, under %s,', (shell) => {
  const guard = (
    ...words: string[]
  ): { readonly status: number | null; readonly output: string } => {
    const file = join(zfs.root, 'as-root');
    const programs = {
      ...plan.programs,
      zfs: join(zfs.root, 'zfs'),
      chmod: join(zfs.root, 'chmod'),
    };
    for (const program of [programs.zfs, programs.chmod]) {
      writeFileSync(program, `#!/bin/sh\necho "ran: $0"; printf '<%s>' "$@"\n`, { mode: 0o755 });
    }
    writeFileSync(file, guardOf({ ...plan, programs }));
    const options = shell === 'busybox' ? ['sh', file] : [file];
    const { status, stdout, stderr } = spawnSync(shell, [...options, ...words], {
      encoding: 'utf8',
    });
    return { status, output: stdout + stderr };
  };

  it('runs what is in the table, with the very words', () => {
    const words = ['create', '-o', `x:note=it's "a" $HOME * \\ ; rm`, 'tank/k/a'];

    expect(guard('zfs', ...words)).toEqual({
      status: 0,
      output: `ran: ${join(zfs.root, 'zfs')}\n${words.map((word) => `<${word}>`).join('')}`,
    });
    expect(guard('chmod', 'g+w', `${zfs.path('tank/k')}/a`)).toMatchObject({ status: 0 });
  });

  it('refuses all else with one line', () => {
    const lines = hostile.map((line) => line.replaceAll('~', zfs.path('tank/k')).split(' '));
    const others = [
      ['zfs', 'destroy', 'tank/k/a\ntank'],
      ['zfs', 'destroy', 'tank/k/a\tx'],
      ['sh', '-c', 'true'],
      [],
    ];
    for (const words of [...lines, ...others]) {
      const { status, output } = guard(...words);
      expect([words, status, output.split('\n').length]).toEqual([words, 1, 2]);
      expect(output).toMatch(/^zfs-provisioner as-root: refused: /);
    }
  });
});
