import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { completionScripts } from './shells.ts';

let folder: string;

/** Stands in for the commands: says with which words it was called, and two names. */
const stub = `#!/bin/sh
[ "$1" = __complete ] || exit 1
shift
for word in "$@"; do printf '<%s>' "$word" >>"$CALLS"; done
printf 'storage-1:tank/a\\tof default/a\\nstorage-1:tank/b\\n'
`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'completion-'));
  for (const [shell, script] of Object.entries(completionScripts)) {
    writeFileSync(join(folder, shell), script);
  }
  writeFileSync(join(folder, 'kubectl-zfs'), stub);
  chmodSync(join(folder, 'kubectl-zfs'), 0o755);
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Completed {
  /** What the shell offers. */
  readonly offered: readonly string[];
  readonly calledWith: string;
}

function completedBy(shell: string, args: readonly string[]): Completed {
  const calls = join(folder, 'calls');
  writeFileSync(calls, '');
  const env = { PATH: `${folder}:${process.env['PATH'] ?? ''}`, HOME: folder, CALLS: calls };
  const { stdout, stderr, status, error } = spawnSync(shell, args, { env, encoding: 'utf8' });
  expect({ stderr, status, error }).toEqual({ stderr: '', status: 0, error: undefined });
  const calledWith = execFileSync('cat', [calls], { encoding: 'utf8' });
  return { offered: stdout.split('\n').filter(Boolean), calledWith };
}

/** As readline calls it: what bash takes for the words is not looked at. */
const inBash = (line: string): Completed =>
  completedBy('bash', [
    '--noprofile',
    '--norc',
    '-c',
    `. "$1"; complete -p kubectl-zfs >/dev/null || exit 1
     COMP_LINE=$2; COMP_POINT=\${#2}; COMP_WORDBREAKS=$' \\t\\n"\\'><=;|&(:'
     _kubectl_zfs; printf '%s\\n' "\${COMPREPLY[@]}"`,
    'bash',
    join(folder, 'bash'),
    line,
  ]);

describe('the completion of bash', () => {
  it.each([
    ['kubectl-zfs ', '<>', ['storage-1:tank/a', 'storage-1:tank/b']],
    ['kubectl-zfs adopt sto', '<adopt><sto>', ['storage-1:tank/a', 'storage-1:tank/b']],
    ['kubectl-zfs adopt storage-1:ta', '<adopt><storage-1:ta>', ['tank/a', 'tank/b']],
    ['kubectl-zfs -o json adopt ', '<-o><json><adopt><>', ['storage-1:tank/a', 'storage-1:tank/b']],
  ])('of %j asks for %s', (line, calledWith, offered) => {
    expect(inBash(line)).toEqual({ calledWith, offered });
  });

  it('asks only for what is before the cursor, and gives what readline replaces', () => {
    const script = `. "$1"; kubectl-zfs() { printf -- '--sort=used\\n'; }
      COMP_LINE='kubectl-zfs list --sort=us --host x'; COMP_POINT=26; COMP_WORDBREAKS=' ='
      _kubectl_zfs; printf '%s\\n' "\${COMPREPLY[@]}"`;

    const { offered } = completedBy('bash', ['-c', script, 'bash', join(folder, 'bash')]);

    expect(offered).toEqual(['used']);
  });

  it('is written as shellcheck likes it, as that of kubectl is', () => {
    for (const [shell, as] of [
      ['bash', 'bash'],
      ['kubectl', 'sh'],
    ] as const) {
      const checked = spawnSync('shellcheck', ['-s', as, join(folder, shell)], {
        encoding: 'utf8',
      });
      expect(checked).toMatchObject({ status: 0, stdout: '' });
    }
  });
});

describe('the completion of fish', () => {
  it.each([
    ['kubectl-zfs ', '<>'],
    ['kubectl-zfs adopt storage-1:ta', '<adopt><storage-1:ta>'],
  ])('of %j asks for %s', (line, calledWith) => {
    const script = `source ${folder}/fish; complete -C ${JSON.stringify(line)}`;

    const completed = completedBy('fish', ['--no-config', '-c', script]);

    expect(completed).toEqual({
      calledWith,
      offered: ['storage-1:tank/a\tof default/a', 'storage-1:tank/b'],
    });
  });
});

describe('the completion of zsh', () => {
  it('asks for the words before the cursor, and offers names with what they are', () => {
    const script = `compdef() { registered=$2 }
      source $1
      [[ $registered == kubectl-zfs ]] || exit 1
      compadd() { print -rl -- "$@" $names $lines }
      words=(kubectl-zfs adopt storage-1:ta); CURRENT=3; PREFIX=storage-1:ta
      _kubectl_zfs`;

    const { offered, calledWith } = completedBy('zsh', [
      '-f',
      '-c',
      script,
      'zsh',
      join(folder, 'zsh'),
    ]);

    expect(calledWith).toBe('<adopt><storage-1:ta>');
    expect(offered).toEqual([
      ...['-l', '-d', 'lines', '-a', 'names', 'storage-1:tank/a', 'storage-1:tank/b'],
      ...['storage-1:tank/a  -- of default/a', 'storage-1:tank/b'],
    ]);
  });
});

describe('the completion of kubectl', () => {
  it('hands over the words, and says that no files are wanted', () => {
    const completed = completedBy('sh', [join(folder, 'kubectl'), 'adopt', 'sto']);

    expect(completed).toEqual({
      calledWith: '<adopt><sto>',
      offered: ['storage-1:tank/a\tof default/a', 'storage-1:tank/b', ':4'],
    });
  });
});
