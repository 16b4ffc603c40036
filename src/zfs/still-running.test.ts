import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { ChildProcess } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aCreation, sharedWith } from '../../test/support/creation.ts';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { transmission } from '../../test/support/fake-script-runner.ts';
import { FakeZfs } from '../../test/support/fake-zfs.ts';
import type { HostScript, ScriptResult, ScriptRunner } from '../host/command.ts';
import { OutcomeUnknownError } from '../host/command.ts';
import { StillRunningError } from './dataset-errors.ts';
import { RemoteZfs } from './remote-zfs.ts';
import { UnendedVerbs } from './unended-verbs.ts';

jest.setTimeout(30_000);

const request = aCreation({ sharing: sharedWith('on'), refreservationBytes: undefined });

const shells = [['dash'], ['bash'], ['busybox', 'sh'], ['ksh'], ['mksh']].filter(
  ([program = '']) => spawnSync('which', [program]).status === 0,
);

/** Gives a script up as soon as zfs hangs, as at a deadline; the script goes on. */
class ImpatientRunner implements ScriptRunner {
  readonly children: ChildProcess[] = [];
  readonly #shell: readonly string[];
  readonly #isHung: () => boolean;

  constructor(shell: readonly string[], isHung: () => boolean) {
    this.#shell = shell;
    this.#isHung = isHung;
  }

  run(host: string, script: HostScript): Promise<ScriptResult> {
    const [program = 'sh', ...options] = this.#shell;
    const child = spawn(program, [...options, '-s'], {
      env: { PATH: '/usr/bin:/bin' },
      detached: true,
    });
    this.children.push(child);
    let stdout = '';
    return new Promise((resolve, reject) => {
      const look = setInterval(() => {
        if (!this.#isHung() || !stdout.includes('\tbegin\t')) return;
        clearInterval(look);
        reject(new OutcomeUnknownError(host, 'late', { stdout, isLate: true }));
      }, 10);
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
      child.on('close', (exitCode) => {
        clearInterval(look);
        resolve({ exitCode: exitCode ?? 255, stdout, stderr: '' });
      });
      child.stdin.on('error', () => undefined);
      child.stdin.end(transmission(script));
    });
  }
}

let zfs: FakeZfs;
let folder: string;

beforeEach(() => {
  zfs = new FakeZfs('tank', 'tank/k');
  folder = mkdtempSync(join(tmpdir(), 'still-running-'));
  // Hangs once, until it is let go; each call leaves a line.
  const program = [
    '#!/bin/sh',
    'left=3000', // a minute: a test that is killed lets nobody go
    `echo "$1" >>${folder}/calls`,
    `if [ ! -e ${folder}/hung ]; then : >${folder}/hung; until [ -e ${folder}/go ] || [ ! -d ${folder} ] || [ $((left = left - 1)) -le 0 ]; do sleep 0.02; done; rm -f ${folder}/hanging; fi`,
    `exec ${zfs.command} "$@"`,
    '',
  ].join('\n');
  writeFileSync(join(folder, 'zfs'), program);
  writeFileSync(join(folder, 'hanging'), '');
  chmodSync(join(folder, 'zfs'), 0o755);
});

afterEach(() => {
  writeFileSync(join(folder, 'go'), '');
  rmSync(folder, { recursive: true, force: true });
  zfs.remove();
});

const calls = (): readonly string[] =>
  readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');

function hostOn(runner: ScriptRunner): { readonly host: RemoteZfs; readonly clock: FakeClock } {
  const clock = new FakeClock();
  const host = new RemoteZfs({
    runner,
    zfsCommand: join(folder, 'zfs'),
    ...{ chmodCommand: 'chmod', chownCommand: 'chown', setfaclCommand: 'setfacl' },
    exportsFiles: [],
    operationTimeoutMs: 400,
    nonce: () => 'nonce0nonce0',
    unended: new UnendedVerbs({ clock }),
  });
  return { host, clock };
}

/** Asks again until the answer is another than that something still runs. */
async function createOnceFree(host: RemoteZfs, clock: FakeClock): Promise<unknown> {
  for (;;) {
    await clock.advance(30_000);
    const error = await host.create(request).catch((thrown: unknown) => thrown);
    if (!(error instanceof StillRunningError)) return error;
  }
}

const isHungNow = (): boolean =>
  existsSync(join(folder, 'hung')) && existsSync(join(folder, 'hanging'));

describe('a create that hangs', () => {
  it.each(shells)(
    'gets no second one beside it under %s, and is found when it is done',
    async (...shell) => {
      let hasGivenUp = false;
      const runner = new ImpatientRunner(shell, () => !hasGivenUp && isHungNow());
      const { host, clock } = hostOn(runner);

      await expect(host.create(request)).rejects.toThrow(OutcomeUnknownError);
      hasGivenUp = true;
      await expect(host.create(request)).rejects.toThrow(StillRunningError);
      expect(calls()).toHaveLength(1);

      writeFileSync(join(folder, 'go'), '');
      expect(await createOnceFree(host, clock)).toMatchObject({ adopted: true });
      expect(calls().filter((call) => call === 'create')).toHaveLength(2);
    },
  );

  it('is seen where its shell was killed and only zfs is left', async () => {
    let hasGivenUp = false;
    const runner = new ImpatientRunner(['sh'], () => !hasGivenUp && isHungNow());
    const { host, clock } = hostOn(runner);
    await expect(host.create(request)).rejects.toThrow(OutcomeUnknownError);
    hasGivenUp = true;
    runner.children[0]?.kill('SIGKILL');

    await expect(host.create(request)).rejects.toThrow(StillRunningError);
    expect(calls()).toHaveLength(1);
    writeFileSync(join(folder, 'go'), '');
    expect(await createOnceFree(host, clock)).toMatchObject({ dataset: request.dataset });
  });

  it('is not seen in a later process that has its number', async () => {
    const other = spawn('sleep', ['20'], { stdio: 'ignore' });
    const { pid = 0 } = other;
    const runner = new ImpatientRunner(['sh'], () => false);
    const { host } = hostOn({
      run: (name, script) => {
        const [word = '', ...others] = script.parameters;
        const parameters = [`${word} ${pid}-${pid}-12345`, ...others];
        return runner.run(name, { ...script, parameters });
      },
    });
    writeFileSync(join(folder, 'hung'), '');

    await expect(host.create(request)).resolves.toMatchObject({ adopted: false });
    other.kill();
  });
});
