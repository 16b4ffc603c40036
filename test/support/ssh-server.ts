import { spawn } from 'node:child_process';
import type { AddressInfo, Socket } from 'node:net';
import type { Connection, ParsedKey, Server as SshServer, ServerChannel, Session } from 'ssh2';
import ssh2 from 'ssh2';

export interface KeyPair {
  /** OpenSSH format. */
  readonly private: string;
  /** One line: type and base64. */
  readonly public: string;
}

type KeyType = 'ed25519' | 'rsa' | 'ecdsa';

export function generateKeyPair(type: KeyType = 'ed25519', passphrase?: string): KeyPair {
  const encryption =
    passphrase === undefined ? {} : { passphrase, cipher: 'aes256-ctr', rounds: 1 };
  const bits = { ed25519: {}, rsa: { bits: 2048 }, ecdsa: { bits: 256 } }[type];
  // The types know of each key type's options only one by one.
  const options = { ...bits, ...encryption } as { bits: number };
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync(type as 'rsa', options);
    // About one key in two hundred that ssh2 1.17 makes is malformed.
    if (!(ssh2.utils.parseKey(pair.private, passphrase) instanceof Error)) return pair;
  }
}

export interface SshServerOptions {
  readonly hostKeys: readonly string[];
  readonly authorizedKeys: readonly string[];
}

/** An SSH server in this process, whose commands run in a local shell, with levers to misbehave. */
export class SshServerFixture {
  /** Answers session requests with a refusal, as sshd does above MaxSessions. */
  refuseSessions = false;
  refuseExecs = false;
  /** Accepts an exec request and never runs nor ends it. */
  stallExecs = false;
  /** Never answers the request for a session. */
  stallSessions = false;
  /** Called with each accepted exec before it runs. */
  onExec: (connection: Connection, channel: ServerChannel) => void = () => undefined;
  readonly commands: string[] = [];
  /** Connections that logged in, in order. */
  readonly connections: Connection[] = [];
  readonly signals: string[] = [];
  /** Execs whose script has arrived. */
  scriptsReceived = 0;
  readonly #server: SshServer;
  readonly #authorized: readonly ParsedKey[];

  private constructor(options: SshServerOptions) {
    this.#authorized = options.authorizedKeys.map(parsePublicKey);
    this.#server = new ssh2.Server({ hostKeys: [...options.hostKeys] }, (connection) => {
      this.#serve(connection);
    });
  }

  static async start(options: SshServerOptions, port = 0): Promise<SshServerFixture> {
    const fixture = new SshServerFixture(options);
    await new Promise<void>((resolve) => {
      fixture.#server.listen(port, '127.0.0.1', resolve);
    });
    return fixture;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Cuts every connection, as a lost host does. */
  dropAll(): void {
    for (const connection of this.connections) cut(connection);
  }

  async stop(): Promise<void> {
    this.dropAll();
    await new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }

  #serve(connection: Connection): void {
    socketOf(connection).setNoDelay(true);
    connection.on('error', () => undefined);
    connection.on('authentication', (context) => {
      const isAuthorized =
        context.method === 'publickey' &&
        this.#authorized.some((key) => key.getPublicSSH().equals(context.key.data));
      if (isAuthorized) context.accept();
      else context.reject(['publickey']);
    });
    connection.on('ready', () => {
      this.connections.push(connection);
    });
    connection.on('session', (accept, reject) => {
      if (this.stallSessions) return;
      if (this.refuseSessions) reject();
      else this.#serveSession(connection, accept());
    });
  }

  #serveSession(connection: Connection, session: Session): void {
    session.on('pty', (accept) => {
      accept();
    });
    session.on('signal', (accept, _reject, signal) => {
      this.signals.push(signal.name);
      // Null when the client asked for no answer.
      (accept as (() => void) | null)?.();
    });
    session.on('exec', (accept, reject, { command }) => {
      if (this.refuseExecs) {
        reject();
        return;
      }
      this.commands.push(command);
      const channel = accept();
      channel.once('data', () => this.scriptsReceived++);
      this.onExec(connection, channel);
      if (!this.stallExecs) runInShell(command, channel);
    });
  }
}

function runInShell(command: string, channel: ServerChannel): void {
  const child = spawn('sh', ['-c', command], { detached: true });
  child.stdin.on('error', () => undefined);
  // What the command prints after the client has closed the channel has nowhere to go.
  channel.on('error', () => undefined);
  channel.stderr.on('error', () => undefined);
  channel.pipe(child.stdin);
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr, { end: false });
  child.on('close', (code, signal) => {
    if (code !== null) channel.exit(code);
    else if (signal !== null) channel.exit(signal);
    channel.end();
  });
  channel.on('close', () => {
    killGroup(child.pid);
  });
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** Stops reading, as a frozen host does whose kernel still takes what comes. */
export function freeze(connection: Connection): void {
  socketOf(connection).pause();
}

/** Cuts the line without a word, unlike Connection.end. */
export function cut(connection: Connection): void {
  socketOf(connection).destroy();
}

/** The types do not show the socket. */
function socketOf(connection: Connection): Socket {
  return (connection as unknown as { _sock: Socket })._sock;
}

function parsePublicKey(text: string): ParsedKey {
  const key = ssh2.utils.parseKey(text);
  if (key instanceof Error) throw key;
  return key;
}
