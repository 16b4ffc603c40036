import type { ChildProcess } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { generateKeyPair } from '../../test/support/ssh-server.ts';
import type { HostScript } from './command.ts';
import {
  HostAuthenticationError,
  HostKeyError,
  HostUnreachableError,
  OutcomeUnknownError,
} from './command.ts';
import type { SshConnection } from './ssh-connection.ts';
import type { SshOptions } from './ssh-dialer.ts';
import { SshDialer } from './ssh-dialer.ts';

const sshd = '/usr/sbin/sshd';
const hostKeyTypes = ['ed25519', 'ecdsa', 'rsa'] as const;
const maxSessions = 3;

let folder: string;
let port: number;
let daemon: ChildProcess;
const open: SshConnection[] = [];

beforeAll(async () => {
  if (!existsSync(sshd))
    throw new Error(`this test needs OpenSSH's server at ${sshd}: install openssh-server`);
  folder = mkdtempSync(path.join(tmpdir(), 'openssh-'));
  for (const type of hostKeyTypes)
    keygen('-t', type, '-N', '', '-f', path.join(folder, `host_${type}`));
  keygen('-t', 'ed25519', '-a', '1', '-N', 'correct horse', '-f', path.join(folder, 'id_ed25519'));
  port = await freePort();
  writeFileSync(path.join(folder, 'sshd_config'), sshdConfig());
  writeFileSync(
    path.join(folder, 'config'),
    `Host nas\nHostName 127.0.0.1\nUser ${userInfo().username}\n`,
  );
  // sshd's place for unprivileged children; the packages make it only when the service starts.
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true });
  daemon = spawn(sshd, ['-D', '-e', '-f', path.join(folder, 'sshd_config')]);
  await listening(daemon);
});

afterEach(() => {
  for (const connection of open.splice(0)) connection.close();
});

afterAll(() => {
  daemon.kill();
  // Sessions that outlive it hold the other end.
  daemon.stderr?.destroy();
  rmSync(folder, { recursive: true });
});

function sshdConfig(): string {
  const hostKeys = hostKeyTypes.map((type) => `HostKey ${folder}/host_${type}`);
  return [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    ...hostKeys,
    `AuthorizedKeysFile ${folder}/id_ed25519.pub`,
    'StrictModes no',
    'UsePAM no',
    'PidFile none',
    'PermitRootLogin prohibit-password',
    'PasswordAuthentication no',
    `MaxSessions ${maxSessions}`,
    '',
  ].join('\n');
}

function keygen(...args: string[]): void {
  execFileSync('ssh-keygen', ['-q', ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: free } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return free;
}

function listening(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('Server listening')) resolve();
    });
    child.once('exit', () => {
      reject(new Error(`sshd did not start: ${said}`));
    });
  });
}

function recordHostKey(type: (typeof hostKeyTypes)[number]): void {
  const key = readFileSync(path.join(folder, `host_${type}.pub`), 'utf8');
  writeFileSync(path.join(folder, 'known_hosts'), `[127.0.0.1]:${port} ${key}`);
}

async function dial(
  options: Partial<SshOptions> = {},
  clock = new FakeClock(),
): Promise<SshConnection> {
  const keyPassphrase = 'correct horse';
  const dialer = new SshDialer({ mountPath: folder, port, keyPassphrase, ...options }, clock);
  const connection = await dialer.dial('nas');
  open.push(connection);
  return connection;
}

function aScript(script: string, parameters: readonly string[] = []): HostScript {
  return { verb: 'create', script, parameters, timeoutMs: 60_000 };
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe("OpenSSH's server", () => {
  it.each(hostKeyTypes)('is recognised by its %s key, whichever else it has', async (type) => {
    recordHostKey(type);
    keygen('-H', '-f', path.join(folder, 'known_hosts'));

    expect((await (await dial()).run(aScript('echo "$1"', ["it's"]))).stdout).toBe("it's\n");
  });

  it('is refused with another key', async () => {
    const other = generateKeyPair().public;
    writeFileSync(path.join(folder, 'known_hosts'), `[127.0.0.1]:${port} ${other}\n`);

    await expect(dial()).rejects.toThrow(HostKeyError);
  });

  it('refuses another user key', async () => {
    recordHostKey('ed25519');
    const keyFile = path.join(folder, 'other');
    writeFileSync(keyFile, generateKeyPair().private);

    await expect(dial({ keyFile })).rejects.toThrow(HostAuthenticationError);
  });

  it('gives exit codes, both outputs, and hostile parameters unharmed', async () => {
    const connection = await dial();
    const parameters = ['', "a'b", '$(id)', 'two\nlines', '漢字', '-n', 'x'.repeat(100_000)];
    const script = aScript(`printf '%s|' "$@"; echo warning >&2; exit 42`, parameters);

    expect(await connection.run(script)).toEqual({
      exitCode: 42,
      stdout: `${parameters.join('|')}|`,
      stderr: 'warning\n',
    });
  });

  it('ends a script although it left something running behind', async () => {
    const { exitCode } = await (await dial()).run(aScript('sleep 20 >/dev/null 2>&1 &'));

    expect(exitCode).toBe(0);
  });

  it('refuses sessions above its limit, which then certainly did not start', async () => {
    const connection = await dial();
    const marker = path.join(folder, 'started');
    const script = aScript('echo x >>"$1"; until [ -e "$1.go" ]; do sleep 0.02; done', [marker]);
    const runs = Array.from({ length: maxSessions }, () => connection.run(script));
    await until(
      () => existsSync(marker) && readFileSync(marker, 'utf8').length === 2 * maxSessions,
    );

    await expect(connection.run(script)).rejects.toThrow(/refused another session.*MaxSessions/);
    await expect(connection.run(script)).rejects.toThrow(HostUnreachableError);
    writeFileSync(`${marker}.go`, '');
    expect((await Promise.all(runs)).map((result) => result.exitCode)).toEqual([0, 0, 0]);
    expect(readFileSync(marker, 'utf8')).toHaveLength(2 * maxSessions);
  });

  it('stays usable after a script passed its deadline', async () => {
    const clock = new FakeClock();
    const connection = await dial({}, clock);
    const marker = path.join(folder, 'late');
    // Ends by itself: the server does not deliver signals to commands of root.
    const script = aScript('echo >"$1"; until [ -e "$1.stop" ]; do sleep 0.02; done', [marker]);
    const failure = connection.run(script).catch((thrown: unknown) => thrown);
    await until(() => existsSync(marker));
    await clock.advance(60_000);

    expect(await failure).toBeInstanceOf(OutcomeUnknownError);
    expect((await connection.run(aScript('echo next'))).stdout).toBe('next\n');
    await clock.advance(5_000);
    expect(connection.isOpen).toBe(true);
    writeFileSync(`${marker}.stop`, '');
  });

  it('leaves an unknown outcome when its session process dies', async () => {
    const connection = await dial();
    // The login shell may stand between sshd's session process and the script's shell.
    const findSession =
      'p=$PPID; until grep -q "^Name:.sshd" "/proc/$p/status"; do p=$(awk "/^PPid/ { print \\$2 }" "/proc/$p/status"); done';
    const failure = connection.run(aScript(`${findSession}; kill -9 "$p"; sleep 1`));

    await expect(failure).rejects.toThrow(/unknown outcome: the line was cut/);
    expect(connection.isOpen).toBe(false);
  });

  it('runs scripts with a terminal', async () => {
    const connection = await dial({ requireTty: true });
    const script = aScript('stty size </dev/tty; echo "$1"; echo warning >&2; exit 3', [
      "it's\ntwo",
    ]);
    const { exitCode, stdout } = await connection.run(script);

    expect(exitCode).toBe(3);
    expect(stdout).toBe("80 200\nit's\ntwo\nwarning\n");
  });
});
