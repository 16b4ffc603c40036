import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { FakeClock } from '../../../test/support/fake-clock.ts';
import type { CliWorld } from '../cli-world.ts';
import { runProgram } from '../program.ts';

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly told: string;
}

/** Runs `kubectl zfs host-setup`, which must never ask for a cluster. */
async function hostSetup(...args: readonly string[]): Promise<Ended> {
  const ended = { out: '', told: '' };
  const world: CliWorld = {
    version: '1.2.3',
    clock: new FakeClock(),
    signal: new AbortController().signal,
    connect: () => Promise.reject(new Error('no cluster is needed')),
    consult: () => Promise.reject(new Error('no cluster is needed')),
    openConsole: () => Promise.reject(new Error('no console is needed')),
    terminal: {
      write: (text) => (ended.out += text),
      tell: (line) => (ended.told += `${line}\n`),
      columns: undefined,
      hasColour: false,
      ask: undefined,
    },
  };
  const code = await runProgram(['host-setup', ...args], world);
  return { code, ...ended };
}

describe('host-setup', () => {
  it.each([
    ['debian', 'visudo -c'],
    ['freebsd', 'doas -C'],
  ])('prints steps for %s that a shell can read', async (os, checked) => {
    const { code, out } = await hostSetup('--os', os, '--parent', 'tank/k=/mnt/k', '--gate');
    const { status, stderr } = spawnSync('sh', ['-n'], { input: out, encoding: 'utf8' });

    expect([code, status, stderr]).toEqual([0, 0, '']);
    expect(out).toContain(checked);
    expect(out).toContain('restrict,command="/usr/local/libexec/zfs-provisioner/gate"');
    expect(out).toContain('ZFS_ALLOWED_PARENTS=tank/k\n');
    expect(out).toContain('zfs create -p -o mountpoint=/mnt/k tank/k');
  });

  it('prints one part for a file', async () => {
    const { out } = await hostSetup('--parent', 'tank/k', '--print', 'sudoers');

    expect(spawnSync('visudo', ['-c', '-s', '-f', '-'], { input: out }).status).toBe(0);
    expect(out).toContain('/usr/sbin/zfs ^destroy tank/k/(\\.trash/)?[A-Za-z0-9]');
    expect(out).toContain(' /tank/k/[A-Za-z0-9][A-Za-z0-9_.:-]*$');
  });

  it('tells the commands that doas and zfs allow need', async () => {
    const doas = await hostSetup('--os', 'freebsd', '--parent', 'tank/k');
    const allow = await hostSetup('--os', 'freebsd', '--parent', 'tank/k', '--rights', 'zfs-allow');

    expect(doas.out).toContain("ZFS_BIN='doas /usr/local/libexec/zfs-provisioner/as-root zfs'\n");
    expect(allow.out).toContain('ZFS_BIN=zfs\n');
    expect(allow.out).toMatch(/^zfs allow -u zfs-provisioner [a-z,0-9_]+ tank\/k$/m);
  });

  it('puts the key in, and no more than its first line', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'host-setup-'));
    const file = join(folder, 'key.pub');
    const args = ['--parent', 'tank/k', '--public-key', file, '--print', 'authorized-keys'];
    writeFileSync(file, 'ssh-ed25519 AAAAC3Nza me@example.com\n');
    const { out } = await hostSetup(...args);
    writeFileSync(file, 'ssh-ed25519 AAAAC3Nza\nssh-ed25519 BBBB\n');
    const second = await hostSetup(...args);
    rmSync(folder, { recursive: true });

    expect(out).toBe('restrict ssh-ed25519 AAAAC3Nza me@example.com\n');
    expect(second).toMatchObject({ code: 2, out: '' });
  });

  it('tells all that is wrong at once, and prints nothing that means more than it says', async () => {
    const { code, out, told } = await hostSetup(
      ...['--user', 'x ALL=(ALL) ALL', '--parent', 'tank/..', '--parent', "tank/k=/a'$(x)"],
      ...['--zfs-program', '/sbin/zfs, ALL', '--allowed-properties', 'mountpoint'],
      ...['--exports-files', '/etc/a b'],
    );

    expect([code, out]).toEqual([2, '']);
    expect(told.split('\n').filter((line) => line.startsWith('  - '))).toHaveLength(6);
    await expect(hostSetup('--os', 'plan9')).resolves.toMatchObject({ code: 2 });
    await expect(hostSetup()).resolves.toMatchObject({ code: 2 });
    await expect(hostSetup('--user', 'root', '--parent', 'tank/k')).resolves.toMatchObject({
      code: 2,
    });
    await expect(
      hostSetup('--parent', 'tank/k', '--public-key', '/nowhere/key.pub'),
    ).resolves.toMatchObject({ code: 2 });
  });
});
