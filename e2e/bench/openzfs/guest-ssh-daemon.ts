import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../eventually.ts';
import { SshServer, type SshServerOptions } from '../storage-host/ssh-server.ts';
import type { VirtualMachine } from './virtual-machine.ts';

/** The OpenSSH server that the product talks to in a virtual machine. Another one is for the bench. */
export class GuestSshDaemon extends SshServer {
  readonly #machine: VirtualMachine;
  readonly #pidFile: string;

  constructor(options: SshServerOptions, machine: VirtualMachine) {
    super(options);
    this.#machine = machine;
    this.#pidFile = join(options.folder, 'sshd.pid');
  }

  async start(): Promise<void> {
    const { hostName, logFile } = this.serverOptions;
    writeFileSync(this.configFile, this.configuration(this.#pidFile));
    const mark = this.log.mark();
    await this.#machine.run(`/usr/sbin/sshd -f ${this.configFile} -E ${logFile}`);
    const isListening = (): boolean => this.log.since(mark).includes('Server listening on');
    await eventually(`sshd of ${hostName} listens`, isListening);
  }

  async stop(): Promise<void> {
    await this.#signal('KILL', '$listener $sessions');
  }

  async pauseSessions(): Promise<void> {
    await this.#signal('STOP', '$sessions');
  }

  async resumeSessions(): Promise<void> {
    await this.#signal('CONT', '$sessions');
  }

  async freeze(): Promise<void> {
    await this.#signal('STOP', '$listener $sessions');
  }

  async thaw(): Promise<void> {
    await this.#signal('CONT', '$sessions $listener');
  }

  async killConnections(): Promise<void> {
    await this.#signal('KILL', '$sessions');
  }

  protected async reload(): Promise<void> {
    await this.#signal('HUP', '$listener');
  }

  /** sessions: sshd's processes for connections, without the commands in them. */
  async #signal(signal: string, processes: string): Promise<void> {
    const program = [
      'below() { for child in $(pgrep -P "$1"); do',
      '  case $(cat "/proc/$child/comm" 2>/dev/null) in sshd*) echo "$child"; below "$child" ;; esac',
      'done; }',
      `listener=$(cat ${this.#pidFile})`,
      'sessions=$(below "$listener")',
      `for each in ${processes}; do kill -${signal} "$each" 2>/dev/null || :; done`,
    ];
    await this.#machine.run('sh -s', program.join('\n'));
  }
}
