import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ShellScriptRunner } from '../../test/support/fake-script-runner.ts';
import { FakeZfs } from '../../test/support/fake-zfs.ts';
import { examinationScript, readExamination, sessionScript } from './examination.ts';
import type { Examination, ExaminationOrder } from './examination.ts';

// Hundreds of small processes: slow where the machine is busy.
jest.setTimeout(30_000);

const nonce = 'nonce0nonce0';
let zfs: FakeZfs;

beforeEach(() => {
  zfs = new FakeZfs('tank', 'tank/k');
});
afterEach(() => {
  zfs.remove();
});

function order(change: Partial<ExaminationOrder> = {}): ExaminationOrder {
  return {
    commands: { zfs: zfs.command, chmod: 'chmod', chown: 'chown', setfacl: '/nowhere/setfacl' },
    exportsFiles: [],
    tools: ['chmod', 'chown', 'setfacl'],
    parents: ['tank/k'],
    ...{ nonce, timeoutMs: 20_000 },
    ...change,
  };
}

async function examine(
  asked: ExaminationOrder,
  shell: readonly string[] = ['sh'],
  env: Readonly<Record<string, string>> = {},
): Promise<Examination> {
  const { stdout, exitCode } = await new ShellScriptRunner(shell, env).run(
    'nas-1',
    examinationScript(asked),
  );
  return readExamination(stdout, exitCode, nonce);
}

const shells = [
  ['dash'],
  ['bash', '--posix'],
  ['busybox', 'sh'],
  ['ksh'],
  ['mksh'],
  ['yash'],
].filter(([program = '']) => spawnSync(program, ['-c', ':']).error === undefined);

describe('the examination of a host', () => {
  it.each(shells.map((shell) => [shell.join(' '), shell] as const))(
    'tells all of it under %s',
    async (_name, shell) => {
      const exportsFile = join(zfs.root, 'etab');
      writeFileSync(exportsFile, '/tank *(rw)\n');
      const found = await examine(order({ exportsFiles: ['/nowhere', exportsFile] }), shell);
      const [parent] = found.parents;

      expect(found).toMatchObject({ isWhole: true, hasBegun: true, noise: '' });
      expect(Math.abs((found.clockSeconds ?? 0) - Date.now() / 1000)).toBeLessThan(20);
      expect(found.system).toMatch(/^Linux /);
      expect(found.exportsFiles).toEqual([
        { file: '/nowhere', state: 'absent' },
        { file: exportsFile, state: 'readable' },
      ]);
      expect(found.nfs).toMatch(/^(running|stopped)$/);
      expect(parent).toMatchObject({ dataset: 'tank/k', exitCode: 0 });
      expect(parent?.properties.get('mounted')).toBe('yes');
      expect(parent?.rights.get('zfs')?.said).toMatch(/dataset does not exist$/);
      expect(parent?.rights.get('chmod')?.said).toMatch(/No such file or directory$/);
      expect(parent?.rights.get('setfacl')?.exitCode).toBe(127);
      expect(found.pools).toMatchObject([{ pool: 'tank', exitCode: 0 }]);
    },
  );

  it('changes nothing: what would change is tried on names that nothing has', async () => {
    await examine(order());
    const changing = zfs.takeLog().filter((line) => line !== '' && !/^(get|version) /.test(line));

    expect(changing).toEqual([`set zfs-provisioner.io:doctor=${nonce} tank/k/doctor-${nonce}`]);
  });

  it('asks sudo what it would run, and does not run it', async () => {
    const bin = join(zfs.root, 'bin');
    mkdirSync(bin);
    const log = join(zfs.root, 'asked');
    writeFileSync(
      join(bin, 'sudo'),
      `#!/bin/sh\nif [ "$1" = -n ] && [ "$2" = -H ]; then shift 2; exec "$@"; fi\necho "$*" >>${log}\ncase $* in *destroy*) exit 1 ;; esac\n`,
    );
    chmodSync(join(bin, 'sudo'), 0o755);
    const commands = { ...order().commands, zfs: `sudo -H ${zfs.command}` };
    const [parent] = (
      await examine(order({ commands, tools: [] }), ['sh'], { PATH: `${bin}:/usr/bin:/bin` })
    ).parents;

    expect(parent?.rights.get('zfs')?.said).toMatch(/dataset does not exist$/);
    const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
    expect(lines.filter((line) => !line.startsWith('-n -l sh '))).toEqual([]);
    const would = [...(parent?.wouldRun ?? [])].map(([verb, { exitCode }]) => [verb, exitCode]);
    expect(would).toEqual([
      ...['create', 'mount', 'unmount', 'share'].map((verb) => [verb, 0]),
      ['destroy', 1],
      ['inherit', 0],
      ['rename', 0],
    ]);
  });

  it('tells of a parent that is missing what zfs says, and of the others all', async () => {
    const { parents } = await examine(order({ parents: ['tank/gone', 'tank/k'] }));

    expect(parents.map(({ dataset, exitCode }) => [dataset, exitCode])).toEqual([
      ['tank/gone', 1],
      ['tank/k', 0],
    ]);
    expect(parents[0]?.said).toContain("cannot open 'tank/gone'");
  });

  it('is read as far as it came, with what it was at', () => {
    const lines = [
      'banner',
      `${nonce}\tbegin\t1`,
      `${nonce}\tclock\t12`,
      `${nonce}\tdoing\tzpool list`,
    ];
    const found = readExamination(lines.join('\n'), -1, nonce);

    expect(found).toMatchObject({
      ...{ isWhole: false, hasBegun: true, doing: 'zpool list', noise: 'banner' },
      clockSeconds: 12,
    });
  });

  it('that only opens a session looks at nothing', async () => {
    const { stdout } = await new ShellScriptRunner().run('nas-1', sessionScript(order()));

    expect(readExamination(stdout, 0, nonce)).toMatchObject({ isWhole: true, parents: [] });
    expect(zfs.takeLog()).toEqual(['']);
  });
});
