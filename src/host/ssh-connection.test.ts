import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { cut, freeze, generateKeyPair, SshServerFixture } from '../../test/support/ssh-server.ts';
import type { Clock } from '../clock.ts';
import { systemClock } from '../clock.ts';
import type { HostScript } from './command.ts';
import {
  HostAuthenticationError,
  HostKeyError,
  HostOutputError,
  HostUnreachableError,
  OutcomeUnknownError,
} from './command.ts';
import type { SshConnection } from './ssh-connection.ts';
import type { SshOptions } from './ssh-dialer.ts';
import { SshDialer } from './ssh-dialer.ts';

const [hostKey, otherHostKey, userKey] = [
  generateKeyPair(),
  generateKeyPair('ecdsa'),
  generateKeyPair(),
];

let mountPath: string;
let server: SshServerFixture;
let clock: FakeClock;

beforeEach(async () => {
  mountPath = mkdtempSync(path.join(tmpdir(), 'ssh-connection-'));
  clock = new FakeClock();
  server = await SshServerFixture.start({
    hostKeys: [hostKey.private],
    authorizedKeys: [userKey.public],
  });
  writeFileSync(path.join(mountPath, 'id_ed25519'), userKey.private);
  writeFileSync(path.join(mountPath, 'known_hosts'), `127.0.0.1 ${hostKey.public}\n`);
  writeFileSync(
    path.join(mountPath, 'config'),
    `Host nas\nHostName 127.0.0.1\nPort ${server.port}\n`,
  );
});

afterEach(async () => {
  await server.stop();
  rmSync(mountPath, { recursive: true });
});

function dial(options: Partial<SshOptions> = {}, signal?: AbortSignal): Promise<SshConnection> {
  return new SshDialer({ mountPath, ...options }, clock).dial('nas', signal);
}

function aScript(script: string, parameters: readonly string[] = []): HostScript {
  return { verb: 'create', script, parameters, timeoutMs: 60_000 };
}

function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
}

describe('a script over SSH', () => {
  it.each([
    [
      'success',
      'echo "$1"; echo warning >&2',
      { exitCode: 0, stdout: "it's\n", stderr: 'warning\n' },
    ],
    ['failure', 'echo half; exit 42', { exitCode: 42, stdout: 'half\n', stderr: '' }],
  ])('resolves with %s', async (_, script, expected) => {
    const connection = await dial();

    expect(await connection.run(aScript(script, ["it's"]))).toEqual(expected);
    expect(server.commands).toEqual(['sh -s']);
  });

  it('runs beside others on one connection', async () => {
    const connection = await dial();
    const numbers = ['0', '1', '2', '3', '4', '5', '6', '7'];
    const scripts = numbers.map((number) => connection.run(aScript('echo "$1"', [number])));

    expect((await Promise.all(scripts)).map((result) => result.stdout.trim())).toEqual(numbers);
    expect(server.connections).toHaveLength(1);
  });

  it('may be long and print much, with characters that span two packets', async () => {
    const text = '漢字🐋'.repeat(50_000);
    const script = aScript('x=$(printf "%s" "$1" | wc -c); echo "$x"; printf "%s" "$1"', [text]);
    const { stdout } = await (await dial()).run(script);

    expect(stdout).toBe(`${Buffer.byteLength(text)}\n${text}`);
  });

  it.each([
    ['stdout', 'yes'],
    ['stderr', 'yes >&2'],
  ])('is stopped when it prints too much on %s', async (_, script) => {
    const connection = await dial({ outputLimits: { stdoutBytes: 100_000, stderrBytes: 50_000 } });

    await expect(connection.run(aScript(script))).rejects.toThrow(HostOutputError);
    expect((await connection.run(aScript('echo next'))).stdout).toBe('next\n');
  });

  it('has an unknown outcome when it was killed', async () => {
    server.stallExecs = true;
    server.onExec = (_, channel) => {
      channel.exit('KILL', false, '');
      channel.end();
    };

    await expect((await dial()).run(aScript('true'))).rejects.toThrow(
      new OutcomeUnknownError(
        'nas',
        'create on nas has an unknown outcome: it was ended by SIGKILL',
      ),
    );
  });

  it('has an unknown outcome when the session ends without exit code', async () => {
    server.stallExecs = true;
    server.onExec = (_, channel) => channel.end();

    await expect((await dial()).run(aScript('true'))).rejects.toThrow(/without an exit code/);
  });

  it('has an unknown outcome when the line is cut, although an exit code came', async () => {
    server.stallExecs = true;
    server.onExec = (connection, channel) => {
      channel.exit(0);
      setImmediate(() => {
        cut(connection);
      });
    };
    const connection = await dial();

    await expect(connection.run(aScript('true'))).rejects.toThrow(OutcomeUnknownError);
    expect(connection.isOpen).toBe(false);
  });

  it('has an unknown outcome at the deadline, and is left to end by itself', async () => {
    const connection = await dial();
    const run = failureOf(connection.run(aScript('sleep 50')));
    await until(() => server.scriptsReceived === 1);
    await clock.advance(60_000);

    const error = await run;
    expect(error).toHaveProperty('message', expect.stringMatching(/it was not done after 60 s/));
    expect(error).toMatchObject({ isLate: true, stdout: '', isCommandsFault: false });
    expect((await connection.run(aScript('echo next'))).stdout).toBe('next\n');
    await clock.advance(5_000);
    expect(connection.isOpen).toBe(true);
    expect(server.signals).toEqual([]);
  });

  it('takes no more sessions of a line once three scripts went on after their deadlines', async () => {
    const connection = await dial();
    for (const left of [1, 2, 3]) {
      expect(connection.isSpent).toBe(false);
      const run = failureOf(connection.run(aScript('sleep 50')));
      await until(() => server.scriptsReceived === left);
      await clock.advance(60_000);
      await run;
    }

    expect(connection.isSpent).toBe(true);
    expect(connection.isOpen).toBe(true);
  });

  it('takes a host that does not answer at all after a deadline for cut', async () => {
    const connection = await dial();
    const first = failureOf(connection.run(aScript('sleep 50')));
    const second = failureOf(connection.run({ ...aScript('sleep 50'), timeoutMs: 600_000 }));
    await until(() => server.scriptsReceived === 2);
    // Frozen from here on: the kernel still takes what comes, nobody reads it.
    server.connections.forEach(freeze);

    await clock.advance(60_000);
    expect(await first).toBeInstanceOf(OutcomeUnknownError);
    expect(connection.isOpen).toBe(true);
    await clock.advance(5_000);
    expect(connection.isOpen).toBe(false);
    expect(String(await second)).toContain('the line was cut (the host does not answer)');
  });
});

describe('a line on which nothing comes back any more', () => {
  it('is noticed while nobody uses it', async () => {
    const connection = await dial({ keepaliveIntervalMs: 20 });
    server.connections.forEach(freeze);
    const endsAt = performance.now() + 4000;
    await until(() => !connection.isOpen || performance.now() > endsAt);

    expect(connection.isOpen).toBe(false);
  });

  it('ends what runs on it, with an unknown outcome', async () => {
    const connection = await dial({ keepaliveIntervalMs: 100 });
    const run = failureOf(connection.run(aScript('sleep 50')));
    await until(() => server.scriptsReceived === 1);
    server.connections.forEach(freeze);

    expect(await run).toBeInstanceOf(OutcomeUnknownError);
    expect(String(await run)).toContain('the line was cut (Keepalive timeout)');
  });
});

describe('a script that certainly did not start', () => {
  it.each([
    [
      'the host refuses another session',
      'refuseSessions',
      /refused another session.*lower ZFS_SSH_CHANNELS/,
    ],
    ['the host refuses to run commands', 'refuseExecs', /refused to run a command/],
  ] as const)('is one where %s', async (_, lever, message) => {
    server[lever] = true;
    const connection = await dial();
    const error: unknown = await connection.run(aScript('true')).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(HostUnreachableError);
    expect((error as Error).message).toMatch(message);
    expect(connection.isSpent).toBe(lever === 'refuseSessions');
    server[lever] = false;
    expect((await connection.run(aScript('true'))).exitCode).toBe(0);
  });

  it('is one where the deadline passed before the session was open', async () => {
    server.stallSessions = true;
    const run = failureOf((await dial()).run(aScript('true')));
    await clock.advance(60_000);

    expect(await run).toHaveProperty(
      'message',
      'create was not started on nas: it opened no session within 60 s',
    );
  });

  it('is one where the line was cut before the session was open', async () => {
    server.stallSessions = true;
    const connection = await dial();
    const run = failureOf(connection.run(aScript('true')));
    await new Promise((resolve) => setTimeout(resolve, 20));
    server.dropAll();

    expect(await run).toBeInstanceOf(HostUnreachableError);
  });

  it('is one on a closed connection', async () => {
    const connection = await dial();
    connection.close();
    expect(connection.isOpen).toBe(false);

    await expect(connection.run(aScript('true'))).rejects.toThrow(HostUnreachableError);
  });
});

describe('with a terminal', () => {
  it('sends all in the command, and takes out the carriage returns', async () => {
    const connection = await dial({ requireTty: true });
    server.onExec = (_, channel) => channel.write('motd\r\n');
    const result = await connection.run(aScript('echo "$1"', ["it's\ntwo"]));

    expect(result).toEqual({
      exitCode: 0,
      stdout: "motd\nit's\ntwo\n",
      stderr: "motd\nit's\ntwo\n",
    });
    expect(server.commands[0]).toMatch(/^sh -c '/);
  });

  it('does not know the outcome when the line is cut after the command was sent', async () => {
    const connection = await dial({ requireTty: true });
    server.stallExecs = true;
    server.onExec = (each) => {
      cut(each);
    };

    await expect(connection.run(aScript('true'))).rejects.toThrow(OutcomeUnknownError);
  });
});

describe('dialing', () => {
  it('refuses a host with another key, with an explanation', async () => {
    writeFileSync(path.join(mountPath, 'known_hosts'), `127.0.0.1 ${otherHostKey.public}\n`);

    await expect(dial()).rejects.toThrow(HostKeyError);
    await expect(dial()).rejects.toThrow(
      /nas shows the ssh-ed25519 key SHA256:.* recorded is ecdsa/,
    );
    expect(server.connections).toEqual([]);
  });

  it('has no false alarm when the host has several keys and another one is recorded', async () => {
    await server.stop();
    const hostKeys = [hostKey.private, otherHostKey.private];
    server = await SshServerFixture.start({ hostKeys, authorizedKeys: [userKey.public] });
    writeFileSync(path.join(mountPath, 'known_hosts'), `127.0.0.1 ${otherHostKey.public}\n`);

    expect((await dial({ port: server.port })).isOpen).toBe(true);
  });

  it('trusts the first key when told so, and only that', async () => {
    const knownHostsFile = path.join(mountPath, 'none');
    const dialer = new SshDialer({ mountPath, knownHostsFile, trustOnFirstUse: true }, clock);
    (await dialer.dial('nas')).close();
    const { port } = server;
    await server.stop();
    server = await SshServerFixture.start(
      { hostKeys: [otherHostKey.private], authorizedKeys: [userKey.public] },
      port,
    );

    await expect(dialer.dial('nas')).rejects.toThrow(HostKeyError);
  });

  it('says whom the host refuses with which key', async () => {
    writeFileSync(path.join(mountPath, 'id_ed25519'), generateKeyPair().private);

    const error: unknown = await dial({ user: 'zfs' }).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(HostAuthenticationError);
    expect((error as Error).message).toMatch(
      /^nas refuses user zfs with the key .*id_ed25519: add its public key/,
    );
  });

  it.each(['ecdsa', 'rsa'] as const)('logs in with an %s key', async (type) => {
    const pair = generateKeyPair(type);
    await server.stop();
    server = await SshServerFixture.start({
      hostKeys: [hostKey.private],
      authorizedKeys: [pair.public],
    });
    writeFileSync(path.join(mountPath, 'key'), pair.private);

    expect((await dial({ port: server.port, keyFile: path.join(mountPath, 'key') })).isOpen).toBe(
      true,
    );
  });

  it('uses a renewed key without a restart', async () => {
    const dialer = new SshDialer({ mountPath }, clock);
    writeFileSync(path.join(mountPath, 'id_ed25519'), generateKeyPair().private);
    await expect(dialer.dial('nas')).rejects.toThrow(HostAuthenticationError);
    writeFileSync(path.join(mountPath, 'id_ed25519'), userKey.private);

    expect((await dialer.dial('nas')).isOpen).toBe(true);
  });

  it('says where nobody listens', async () => {
    await server.stop();

    await expect(dial()).rejects.toThrow(
      /cannot connect to nas at 127.0.0.1:\d+: connect ECONNREFUSED/,
    );
  });

  it('says which name is unknown', async () => {
    writeFileSync(path.join(mountPath, 'known_hosts'), `* ${hostKey.public}\n`);
    const dialer = new SshDialer({ mountPath }, clock);

    await expect(dialer.dial('nas.invalid')).rejects.toThrow(
      /cannot connect to nas.invalid:22: getaddrinfo/,
    );
  });

  it('refuses a port of ssh_config that is none', async () => {
    writeFileSync(path.join(mountPath, 'config'), 'Host nas\nPort ssh\n');

    await expect(dial()).rejects.toThrow("ssh_config gives nas the port 'ssh', which is none");
  });

  it('gives up after the dial deadline', async () => {
    const impatient: Clock = {
      ...systemClock,
      schedule: (_, callback) => {
        queueMicrotask(callback);
        return { cancel: () => undefined };
      },
    };
    const dialer = new SshDialer({ mountPath }, impatient);

    await expect(dialer.dial('nas')).rejects.toThrow(
      /cannot connect to nas .*no answer within 8 s/,
    );
  });

  it('says that ssh_config cannot be read', async () => {
    rmSync(path.join(mountPath, 'config'));
    mkdirSync(path.join(mountPath, 'config'));

    await expect(dial()).rejects.toThrow(/config cannot be read, so nas is not dialed:.*EISDIR/);
  });

  it('survives errors on a connection that nobody uses', async () => {
    const connection = await dial();
    server.dropAll();
    await until(() => !connection.isOpen);

    expect(connection.isOpen).toBe(false);
  });

  it('keeps nothing when the key cannot be read', async () => {
    chmodSync(path.join(mountPath, 'id_ed25519'), 0o600);
    rmSync(path.join(mountPath, 'id_ed25519'));

    await expect(dial()).rejects.toThrow(HostAuthenticationError);
    expect(server.connections).toEqual([]);
  });
});

describe('dialing a host that does not go on', () => {
  let silent: Server;

  beforeEach(async () => {
    silent = createServer((socket) => {
      socket.on('error', () => undefined).resume();
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  });

  afterEach(() => {
    silent.close();
  });

  function silentPort(): number {
    return (silent.address() as { port: number }).port;
  }

  it('gives up after the handshake deadline', async () => {
    const accepted = new Promise((resolve) => silent.once('connection', resolve));
    const dialed = failureOf(dial({ port: silentPort() }));
    await accepted;
    await new Promise((resolve) => setTimeout(resolve, 20));
    await clock.advance(12_000);

    expect(await dialed).toHaveProperty(
      'message',
      'nas accepted the connection but no login within 12 s',
    );
  });

  it('gives up at once when aborted', async () => {
    const accepted = new Promise((resolve) => silent.once('connection', resolve));
    const abort = new AbortController();
    const dialed = failureOf(dial({ port: silentPort() }, abort.signal));
    await accepted;
    abort.abort();

    expect(await dialed).toBeInstanceOf(HostUnreachableError);
  });
});
