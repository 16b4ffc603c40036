import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { eventually } from '../eventually.ts';
import { runCommand } from '../machine/run-command.ts';
import { type SessionFault, sessionScript } from './session-faults.ts';
import { SshLog } from './ssh-log.ts';

export interface SshServerOptions {
  readonly hostName: string;
  /** Where it listens; so the host itself sees it. */
  readonly listenAddress: string;
  readonly listenPort: number;
  readonly user: string;
  readonly authorizedKeysFile: string;
  /** Holds configuration and key. */
  readonly folder: string;
  readonly logFile: string;
}

/** OpenSSH's server on a storage host, with the levers of its failures. */
export abstract class SshServer {
  readonly log: SshLog;
  protected readonly serverOptions: SshServerOptions;
  readonly #hostKeyFile: string;

  protected constructor(options: SshServerOptions) {
    this.serverOptions = options;
    this.#hostKeyFile = join(options.folder, 'host_key');
    this.log = new SshLog(options.logFile);
  }

  /** Resolves when it listens. */
  abstract start(): Promise<void>;

  /** The host is gone: nothing listens and every connection is cut. */
  abstract stop(): Promise<void>;

  /** The line goes silent: connections stay, nothing comes back. What runs on the host goes on. */
  abstract pauseSessions(): Promise<void>;

  abstract resumeSessions(): Promise<void>;

  /** As pauseSessions, and new connections are accepted by the kernel but never greeted. */
  abstract freeze(): Promise<void>;

  abstract thaw(): Promise<void>;

  /** Cuts every connection; new ones are welcome. */
  abstract killConnections(): Promise<void>;

  protected abstract reload(): Promise<void>;

  /** New connections meet another host key than known_hosts tells; existing ones stay. */
  async swapHostKey(): Promise<void> {
    await this.makeHostKey();
    await this.#reloaded();
  }

  /** What happens to every session from now on, until told otherwise; open connections are cut. */
  async distort(fault: SessionFault | undefined): Promise<void> {
    if (fault === undefined) return this.#configure('');
    const script = join(dirname(this.serverOptions.authorizedKeysFile), 'session');
    writeFileSync(script, sessionScript(fault), { mode: 0o755 });
    return this.#configure(`ForceCommand /bin/sh ${script}`);
  }

  /** How many sessions a connection may have, 0 for none; undefined: sshd's default. Open ones are cut. */
  limitSessions(most: number | undefined): Promise<void> {
    return this.#configure(most === undefined ? '' : `MaxSessions ${most}`);
  }

  async #configure(line: string): Promise<void> {
    writeFileSync(this.#moreFile, `${line}\n`);
    await this.#reloaded();
    await this.killConnections();
  }

  async #reloaded(): Promise<void> {
    const mark = this.log.mark();
    await this.reload();
    await eventually('sshd reads its configuration again', () =>
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

  get #moreFile(): string {
    return join(this.serverOptions.folder, 'more.conf');
  }

  protected get configFile(): string {
    return join(this.serverOptions.folder, 'sshd_config');
  }

  protected configuration(pidFile = 'none'): string {
    const { listenAddress, listenPort, user, authorizedKeysFile } = this.serverOptions;
    writeFileSync(this.#moreFile, '\n');
    return [
      `Include ${this.#moreFile}`, // first: sshd takes the first value that it reads
      `ListenAddress ${listenAddress}`,
      `Port ${listenPort}`,
      `HostKey ${this.#hostKeyFile}`,
      `PidFile ${pidFile}`,
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
