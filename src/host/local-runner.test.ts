import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '../../test/support/fake-clock.ts';
import type { HostScript } from './command.ts';
import { HostOutputError, HostUnreachableError, OutcomeUnknownError } from './command.ts';
import type { ExecEvent } from './exec-event.ts';
import { LocalRunner } from './local-runner.ts';

function aScript(script: string, parameters: readonly string[] = []): HostScript {
  return { verb: 'test', script, parameters, timeoutMs: 60_000 };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function eventually(isTrue: () => boolean): Promise<void> {
  const untilMs = performance.now() + 5000;
  while (!isTrue() && performance.now() < untilMs)
    await new Promise((resolve) => setTimeout(resolve, 5));
  expect(isTrue()).toBe(true);
}

describe('local runner', () => {
  const clock = new FakeClock();

  it.each([
    [
      'success',
      'echo "$1"; echo warning >&2',
      { exitCode: 0, stdout: "it's\n", stderr: 'warning\n' },
    ],
    ['failure', 'exit 42', { exitCode: 42, stdout: '', stderr: '' }],
  ])('resolves with %s', async (_, script, expected) => {
    expect(await new LocalRunner({ clock }).run('localhost', aScript(script, ["it's"]))).toEqual(
      expected,
    );
  });

  it('reports each exec', async () => {
    const events: ExecEvent[] = [];
    const runner = new LocalRunner({ clock, onExec: (event) => events.push(event) });
    await runner.run('localhost', aScript('true'));
    await runner.run('localhost', aScript('false'));

    expect(events.map((event) => event.result)).toEqual(['ok', 'failed']);
    expect(events[0]).toMatchObject({ host: 'localhost', verb: 'test', waitedMs: 0 });
  });

  it('ends the whole process group at the deadline and does not know the outcome', async () => {
    const stepped = new FakeClock();
    const dir = `/tmp/local-runner-${process.pid}`;
    const script = aScript(
      'mkdir "$1"; sleep 60 & echo "$!" > "$1/pid"; mv "$1/pid" "$1/child"; wait',
      [dir],
    );
    const { existsSync, readFileSync, rmSync } = await import('node:fs');
    const result = new LocalRunner({ clock: stepped }).run('localhost', script);
    await eventually(() => existsSync(`${dir}/child`));
    const pid = Number(readFileSync(`${dir}/child`, 'utf8'));
    rmSync(dir, { recursive: true });
    expect(isRunning(pid)).toBe(true);

    const failure = result.catch((thrown: unknown) => thrown);
    await stepped.advance(60_000);

    expect(String(await failure)).toContain('unknown outcome: it was not done after 60 s');

    await eventually(() => !isRunning(pid));
  });

  it('does not know the outcome of a script that was killed', async () => {
    await expect(
      new LocalRunner({ clock }).run('localhost', aScript('kill -9 $$')),
    ).rejects.toThrow(OutcomeUnknownError);
  });

  it('stops a script that prints too much', async () => {
    const runner = new LocalRunner({ clock, limits: { stdoutBytes: 1000, stderrBytes: 10 } });

    await expect(runner.run('localhost', aScript('yes'))).rejects.toThrow(HostOutputError);
    await expect(runner.run('localhost', aScript('echo 01234567890 >&2'))).rejects.toThrow(
      HostOutputError,
    );
  });

  it('does not start when already aborted', async () => {
    const reason = new Error('stopping');

    await expect(
      new LocalRunner({ clock }).run('localhost', aScript('true'), AbortSignal.abort(reason)),
    ).rejects.toBe(reason);
  });

  it.each(['/does-not-exist', '/dev/null'])(
    'says that it was not started without a shell in %s',
    async (PATH) => {
      const runner = new LocalRunner({ clock, env: { PATH } });

      await expect(runner.run('localhost', aScript('true'))).rejects.toThrow(HostUnreachableError);
    },
  );

  it('does not pass on its own environment', async () => {
    process.env['ZFS_SSH_KEY_PASSPHRASE'] = 'correct horse';
    const { stdout } = await new LocalRunner({ clock }).run('localhost', aScript('env'));
    delete process.env['ZFS_SSH_KEY_PASSPHRASE'];

    expect(stdout).toContain('PATH=');
    expect(stdout).not.toContain('horse');
  });
});
