import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../eventually.ts';
import { Daemon } from '../machine/daemon.ts';
import type { Ledger } from '../machine/ledger.ts';
import { descendantsOf, killProcess, signalProcess } from '../machine/process-identity.ts';
import type { ProcessIdentity } from '../machine/process-identity.ts';
import { runCommand } from '../machine/run-command.ts';
import { SshLog } from './ssh-log.ts';

export interface SshDaemonOptions {
  readonly hostName: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly authorizedKeysFile: string;
  readonly folder: string;
  readonly logFile: string;
  readonly ledger: Ledger;
}

/** An OpenSSH server for one storage host, with the levers of its failures. */
export class SshDaemon {
  readonly log: SshLog;
  readonly #options: SshDaemonOptions;
  readonly #hostKeyFile: string;
  #daemon: Daemon | undefined;

  constructor(options: SshDaemonOptions) {
    this.#options = options;
    this.#hostKeyFile = join(options.folder, 'host_key');
    this.log = new SshLog(options.logFile);
  }

  /** Resolves when it listens. */
  async start(): Promise<void> {
    const { hostName, folder, logFile, ledger } = this.#options;
    mkdirSync('/run/sshd', { recursive: true, mode: 0o755 }); // sshd's own empty folder
    const configFile = join(folder, 'sshd_config');
    writeFileSync(configFile, this.#configuration());
    const mark = this.log.mark();
    const daemon = Daemon.start({
      name: `sshd of ${hostName}`,
      program: '/usr/sbin/sshd', // it insists on an absolute path
      args: ['-D', '-f', configFile, '-E', logFile],
      logFile,
      cwd: '/',
      ledger,
    });
    this.#daemon = daemon;
    const isListening = (): boolean => this.log.since(mark).includes('Server listening on');
    const meanwhile = (): void => {
      daemon.assertRunning();
    };
    await eventually(`sshd of ${hostName} listens`, isListening, { meanwhile, intervalMs: 5 });
  }

  /** The host is gone: nothing listens and every connection is cut. */
  async stop(): Promise<void> {
    const daemon = this.#running();
    const sessions = this.#sessions();
    await daemon.kill();
    await Promise.all(sessions.map((session) => killProcess(session)));
    this.#daemon = undefined;
  }

  /** The line goes silent: connections stay, nothing comes back. What runs on the host goes on. */
  pauseSessions(): void {
    for (const session of this.#sessions()) signalProcess(session, 'SIGSTOP');
  }

  resumeSessions(): void {
    for (const session of this.#sessions()) signalProcess(session, 'SIGCONT');
  }

  /** As pauseSessions, and new connections are accepted by the kernel but never greeted. */
  freeze(): void {
    signalProcess(this.#running().identity, 'SIGSTOP');
    this.pauseSessions();
  }

  thaw(): void {
    this.resumeSessions();
    signalProcess(this.#running().identity, 'SIGCONT');
  }

  /** Cuts every connection; new ones are welcome. */
  async killConnections(): Promise<void> {
    await Promise.all(this.#sessions().map((session) => killProcess(session)));
  }

  /** New connections meet another host key than known_hosts tells; existing ones stay. */
  async swapHostKey(): Promise<void> {
    await this.makeHostKey();
    const mark = this.log.mark();
    signalProcess(this.#running().identity, 'SIGHUP');
    await eventually('sshd took the new host key', () =>
      this.log.since(mark).includes('Server listening on'),
    );
  }

  async makeHostKey(): Promise<void> {
    const fresh = `${this.#hostKeyFile}.new`;
    rmSync(fresh, { force: true });
    await runCommand('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', fresh]);
    renameSync(fresh, this.#hostKeyFile);
    renameSync(`${fresh}.pub`, `${this.#hostKeyFile}.pub`);
  }

  /** `ssh-ed25519 AAAA...` */
  get hostPublicKey(): string {
    return readFileSync(`${this.#hostKeyFile}.pub`, 'utf8').trim();
  }

  #running(): Daemon {
    if (this.#daemon === undefined) {
      throw new Error(`sshd of ${this.#options.hostName} is stopped; start it first`);
    }
    return this.#daemon;
  }

  /** sshd's processes for connections, without the commands in them. */
  #sessions(): ProcessIdentity[] {
    return descendantsOf(this.#running().identity.pid).filter(
      ({ pid }) => programNameOf(pid) === 'sshd',
    );
  }

  #configuration(): string {
    const { address, port, user, authorizedKeysFile } = this.#options;
    return [
      `ListenAddress ${address}`,
      `Port ${port}`,
      `HostKey ${this.#hostKeyFile}`,
      'PidFile none',
      'LogLevel VERBOSE', // tells of every command
      `AllowUsers ${user}`,
      'AuthenticationMethods publickey',
      `AuthorizedKeysFile ${authorizedKeysFile}`,
      'StrictModes no',
      'UsePAM no',
      'PrintMotd no',
      'PrintLastLog no',
      '',
    ].join('\n');
  }
}

function programNameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}
