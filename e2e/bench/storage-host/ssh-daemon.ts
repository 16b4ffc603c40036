import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { eventually } from '../eventually.ts';
import { Daemon } from '../machine/daemon.ts';
import type { Ledger } from '../machine/ledger.ts';
import { descendantsOf, killProcess, signalProcess } from '../machine/process-identity.ts';
import type { ProcessIdentity } from '../machine/process-identity.ts';
import { SshServer, type SshServerOptions } from './ssh-server.ts';

export interface SshDaemonOptions extends SshServerOptions {
  readonly ledger: Ledger;
}

/** The OpenSSH server of a storage host that shares this machine. */
export class SshDaemon extends SshServer {
  readonly #ledger: Ledger;
  #daemon: Daemon | undefined;

  constructor(options: SshDaemonOptions) {
    super(options);
    this.#ledger = options.ledger;
  }

  async start(): Promise<void> {
    const { hostName, logFile } = this.serverOptions;
    mkdirSync('/run/sshd', { recursive: true, mode: 0o755 }); // sshd's own empty folder
    writeFileSync(this.configFile, this.configuration());
    const mark = this.log.mark();
    const daemon = Daemon.start({
      name: `sshd of ${hostName}`,
      program: '/usr/sbin/sshd', // it insists on an absolute path
      args: ['-D', '-f', this.configFile, '-E', logFile],
      logFile,
      cwd: '/',
      ledger: this.#ledger,
    });
    this.#daemon = daemon;
    const isListening = (): boolean => this.log.since(mark).includes('Server listening on');
    const meanwhile = (): void => {
      daemon.assertRunning();
    };
    await eventually(`sshd of ${hostName} listens`, isListening, { meanwhile, intervalMs: 5 });
  }

  async stop(): Promise<void> {
    const daemon = this.#running();
    const sessions = this.#sessions();
    await daemon.kill();
    await Promise.all(sessions.map((session) => killProcess(session)));
    this.#daemon = undefined;
  }

  pauseSessions(): Promise<void> {
    for (const session of this.#sessions()) signalProcess(session, 'SIGSTOP');
    return Promise.resolve();
  }

  resumeSessions(): Promise<void> {
    for (const session of this.#sessions()) signalProcess(session, 'SIGCONT');
    return Promise.resolve();
  }

  freeze(): Promise<void> {
    signalProcess(this.#running().identity, 'SIGSTOP');
    return this.pauseSessions();
  }

  async thaw(): Promise<void> {
    await this.resumeSessions();
    signalProcess(this.#running().identity, 'SIGCONT');
  }

  async killConnections(): Promise<void> {
    await Promise.all(this.#sessions().map((session) => killProcess(session)));
  }

  protected reload(): Promise<void> {
    signalProcess(this.#running().identity, 'SIGHUP');
    return Promise.resolve();
  }

  #running(): Daemon {
    if (this.#daemon === undefined) {
      throw new Error(`sshd of ${this.serverOptions.hostName} is stopped; start it first`);
    }
    return this.#daemon;
  }

  /** sshd's processes for connections, without the commands in them. */
  #sessions(): ProcessIdentity[] {
    return descendantsOf(this.#running().identity.pid).filter(
      ({ pid }) => programNameOf(pid) === 'sshd',
    );
  }
}

function programNameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}
