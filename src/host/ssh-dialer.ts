import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import path from 'node:path';
import { NodeSSH } from 'node-ssh';
import type { Config } from 'node-ssh';
import type { Client, PublicKeyAuthMethod } from 'ssh2';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { HostError } from './command.ts';
import { HostAuthenticationError, HostUnreachableError } from './command.ts';
import type { HostEndpoint, HostKeyCheck } from './host-keys.ts';
import { HostKeys } from './host-keys.ts';
import type { OutputLimits } from './output-buffer.ts';
import { defaultOutputLimits } from './output-buffer.ts';
import { SshConnection } from './ssh-connection.ts';
import type { HostSettings } from './ssh-config.ts';
import { parseSshConfig, settingsOfHost } from './ssh-config.ts';
import type { OpenedKeys, PrivateKey } from './ssh-key.ts';
import { readPrivateKey } from './ssh-key.ts';

/** How one host is logged in to, where that is said of it alone. Comes before everything else. */
export interface HostLogin {
  readonly address?: string | undefined;
  readonly port?: number | undefined;
  readonly user?: string | undefined;
  readonly keyFile?: string | undefined;
  /** Type and base64, the only key that is accepted: known_hosts is not read. */
  readonly knownHostKey?: string | undefined;
}

/** How hosts are logged in to. What is undefined comes from ssh_config, then from ssh's own defaults. */
export interface SshOptions {
  /** Folder that holds keys, `known_hosts` and `config`, as `~/.ssh` does. */
  readonly mountPath: string;
  readonly user?: string | undefined;
  readonly port?: number | undefined;
  readonly keyFile?: string | undefined;
  readonly keyPassphrase?: string | undefined;
  readonly knownHostsFile?: string | undefined;
  /** Asked at each dial. */
  readonly loginOf?: (host: string) => HostLogin | undefined;
  readonly trustOnFirstUse?: boolean;
  readonly requireTty?: boolean;
  /** For the TCP connection, name lookup included. */
  readonly dialTimeoutMs?: number;
  /** For key exchange and login together. */
  readonly handshakeTimeoutMs?: number;
  readonly keepaliveIntervalMs?: number;
  /** Keepalives that may stay unanswered; at the next one the connection counts as cut. */
  readonly keepaliveCountMax?: number;
  readonly probeTimeoutMs?: number;
  readonly outputLimits?: OutputLimits;
}

const defaults = {
  trustOnFirstUse: false,
  requireTty: false,
  dialTimeoutMs: 8_000,
  handshakeTimeoutMs: 12_000,
  keepaliveIntervalMs: 10_000,
  keepaliveCountMax: 3,
  probeTimeoutMs: 5_000,
  outputLimits: defaultOutputLimits,
};

interface Target extends HostEndpoint {
  readonly user: string;
  readonly keyFile: string | undefined;
  readonly identityFile: string | undefined;
  readonly knownHostKey: string | undefined;
}

/** Opens connections. Key, known_hosts and ssh_config are read at each dial, so changes count at once. */
export class SshDialer {
  readonly #options: SshOptions & typeof defaults;
  readonly #clock: Clock;
  readonly #hostKeys: HostKeys;
  readonly #openedKeys: OpenedKeys = new Map();

  constructor(options: SshOptions, clock: Clock) {
    this.#options = { ...defaults, ...options };
    this.#clock = clock;
    this.#hostKeys = new HostKeys({
      knownHostsFile: options.knownHostsFile ?? path.join(options.mountPath, 'known_hosts'),
      trustOnFirstUse: this.#options.trustOnFirstUse,
    });
  }

  /**
   * Connects and logs in. The signal ends the attempt, and later the connection.
   * @throws HostUnreachableError, HostKeyError, HostAuthenticationError
   */
  async dial(host: string, signal?: AbortSignal): Promise<SshConnection> {
    const { mountPath, keyPassphrase } = this.#options;
    const target = await this.#targetOf(host);
    const { keyFile, identityFile } = target;
    const sources = { host, keyFile, identityFile, mountPath, passphrase: keyPassphrase };
    const key = await readPrivateKey(sources, this.#openedKeys);
    const check = await this.#hostKeys.expect(target, target.knownHostKey);
    const socket = await this.#connect(target, signal);
    const client = await this.#logIn(target, key, check, socket);
    const { outputLimits: limits, requireTty, probeTimeoutMs } = this.#options;
    const parts = { host, client, socket, clock: this.#clock, limits, requireTty, probeTimeoutMs };
    const connection = new SshConnection(parts);
    await check.proved();
    return connection;
  }

  /**
   * Whether the host's port answers at all: connects, and hangs up.
   * @throws HostUnreachableError
   */
  async knock(host: string, signal?: AbortSignal): Promise<void> {
    const socket = await this.#connect(await this.#targetOf(host), signal);
    socket.destroy();
  }

  async #targetOf(host: string): Promise<Target> {
    const settings = await this.#settingsOf(host);
    const login = this.#loginOf(host);
    const port = login.port ?? portOf(host, settings);
    return {
      host,
      address: login.address ?? settings.hostName ?? host,
      port,
      user: login.user ?? settings.user ?? 'root',
      keyFile: login.keyFile,
      identityFile: settings.identityFile,
      knownHostKey: login.knownHostKey,
    };
  }

  /** What is said of this host alone comes before what is said of all. */
  #loginOf(host: string): HostLogin {
    const { loginOf, port, user, keyFile } = this.#options;
    const login = loginOf?.(host) ?? {};
    return {
      ...login,
      port: login.port ?? port,
      user: login.user ?? user,
      keyFile: login.keyFile ?? keyFile,
    };
  }

  async #settingsOf(host: string): Promise<HostSettings> {
    const file = path.join(this.#options.mountPath, 'config');
    try {
      return settingsOfHost(parseSshConfig(await readFile(file, 'utf8')), host);
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return {};
      const message = `${file} cannot be read, so ${host} is not dialed: ${messageOf(thrown)}`;
      throw new HostUnreachableError(host, message, { cause: thrown });
    }
  }

  #connect({ host, address, port }: Target, signal: AbortSignal | undefined): Promise<Socket> {
    const { dialTimeoutMs } = this.#options;
    return new Promise((resolve, reject) => {
      const socket = connect({ host: address, port, noDelay: true, signal });
      const fail = (why: string, cause?: unknown): void => {
        socket.destroy();
        timer.cancel();
        const where = address === host ? `${host}:${port}` : `${host} at ${address}:${port}`;
        reject(new HostUnreachableError(host, `cannot connect to ${where}: ${why}`, { cause }));
      };
      const timer = this.#clock.schedule(dialTimeoutMs, () => {
        fail(`no answer within ${dialTimeoutMs / 1000} s`);
      });
      const onError = (error: NodeJS.ErrnoException): void => {
        // Of several addresses that all failed, Node's message is empty.
        fail(error.message === '' ? (error.code ?? 'unknown error') : error.message, error);
      };
      socket.once('error', onError);
      socket.once('connect', () => {
        timer.cancel();
        socket.off('error', onError);
        resolve(socket);
      });
    });
  }

  async #logIn(
    target: Target,
    key: PrivateKey,
    check: HostKeyCheck,
    socket: Socket,
  ): Promise<Client> {
    const { handshakeTimeoutMs, keepaliveIntervalMs, keepaliveCountMax } = this.#options;
    const ssh = new NodeSSH();
    const deadline = { isPassed: false };
    const timer = this.#clock.schedule(handshakeTimeoutMs, () => {
      deadline.isPassed = true;
      socket.destroy();
    });
    const login: PublicKeyAuthMethod = { type: 'publickey', username: target.user, key: key.key };
    const config: Config = {
      sock: socket,
      username: target.user,
      authHandler: [login],
      algorithms: { serverHostKey: check.algorithms },
      hostVerifier: (blob: Buffer) => check.verify(blob),
      readyTimeout: 0,
      keepaliveInterval: keepaliveIntervalMs,
      keepaliveCountMax,
    };
    try {
      const connected = ssh.connect(config);
      const client = ssh.connection;
      // node-ssh listens for errors only until it is ready; later ones would end the process.
      client?.on('error', () => undefined);
      await connected;
      if (client === null) throw new Error('node-ssh made no client');
      return client;
    } catch (thrown) {
      socket.destroy();
      if (deadline.isPassed) {
        const message = `${target.host} accepted the connection but no login within ${handshakeTimeoutMs / 1000} s`;
        throw new HostUnreachableError(target.host, message, { cause: thrown });
      }
      throw check.refusal ?? loginError(target, key, thrown);
    } finally {
      timer.cancel();
    }
  }
}

function portOf(host: string, { port: text = '22' }: HostSettings): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65535) return port;
  throw new HostUnreachableError(
    host,
    `ssh_config gives ${host} the port '${text}', which is none`,
  );
}

function loginError({ host, user }: Target, { file }: PrivateKey, thrown: unknown): HostError {
  const level = (thrown as { level?: unknown }).level;
  if (level === 'client-authentication') {
    const message = `${host} refuses user ${user} with the key ${file}: add its public key to authorized_keys there, or set ZFS_SSH_USER`;
    return new HostAuthenticationError(host, message, { cause: thrown });
  }
  return new HostUnreachableError(host, `cannot log in to ${host}: ${messageOf(thrown)}`, {
    cause: thrown,
  });
}
