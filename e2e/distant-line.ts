import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './bench/eventually.ts';
import { descendantsOf, identifyProcess, killProcess } from './bench/machine/process-identity.ts';
import { runCommand } from './bench/machine/run-command.ts';
import type { StorageHost } from './bench/storage-host/storage-host.ts';

const port = 22;
const farMac = '02:00:00:00:00:02';

/**
 * A second way to a storage host of the bench: its sshd once more, in a network namespace of its own, behind a
 * line (a veth pair) that can swallow every packet. The namespace goes with the sshd.
 */
export class DistantLine {
  readonly address: string;
  readonly port = port;
  readonly #child: ChildProcess;
  readonly #far: string;

  private constructor(child: ChildProcess, address: string, far: string) {
    this.#child = child;
    this.address = address;
    this.#far = far;
  }

  static async to(host: StorageHost, runDir: string): Promise<DistantLine> {
    const configuration = readFileSync(join(runDir, 'hosts', host.name, 'sshd_config'), 'utf8')
      .replace(/^ListenAddress .*$/m, 'ListenAddress 0.0.0.0')
      .replace(/^Port .*$/m, `Port ${port}`);
    const folder = join(runDir, 'hosts', host.name, 'distant');
    mkdirSync(folder, { recursive: true });
    const file = join(folder, 'sshd_config');
    writeFileSync(file, configuration);
    const log = openSync(join(folder, 'sshd.log'), 'a');
    // It must not outlive the scenario: the namespace would stay.
    const sshd = ['/usr/sbin/sshd', '-D', '-e', '-f', file];
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', '--net', ...sshd], {
      stdio: ['ignore', log, log],
    });
    const pid = child.pid ?? 0;
    const isApart = async (): Promise<boolean> =>
      (await runCommand('readlink', [`/proc/${pid}/ns/net`])) !==
      (await runCommand('readlink', ['/proc/self/ns/net']));
    await eventually('the namespace is there', isApart);
    // 198.18.0.0/15 is for tests of networks (RFC 2544).
    const net = `198.${randomInt(18, 20)}.${randomInt(256)}.${randomInt(64) * 4}`;
    const [near, far] = [addressIn(net, 1), addressIn(net, 2)];
    const word = randomInt(2 ** 32).toString(36);
    const line = new DistantLine(child, far, `far${word}`);
    await runCommand('ip', ['link', 'add', `nr${word}`, 'type', 'veth', 'peer', 'name', line.#far]);
    await runCommand('ip', ['link', 'set', line.#far, 'netns', String(pid)]);
    await line.#inside('address', 'add', `${far}/30`, 'dev', line.#far);
    await line.#inside('link', 'set', line.#far, 'address', farMac);
    await runCommand('ip', ['address', 'add', `${near}/30`, 'dev', `nr${word}`]);
    await runCommand('ip', ['link', 'set', `nr${word}`, 'up']);
    // Or this machine would find out by itself, when nobody answers for the address.
    const neighbour = [far, 'lladdr', farMac, 'dev', `nr${word}`, 'nud', 'permanent'];
    await runCommand('ip', ['neighbour', 'replace', ...neighbour]);
    await line.mend();
    return line;
  }

  /** Every packet is lost from now on, either way; nobody is told. */
  async drop(): Promise<void> {
    await this.#inside('link', 'set', this.#far, 'down');
  }

  async mend(): Promise<void> {
    await this.#inside('link', 'set', this.#far, 'up');
  }

  /** Every packet takes so much longer, there and back. @throws CommandError where the kernel has no netem */
  async delay(delayMs: number): Promise<void> {
    const netem = ['qdisc', 'replace', 'dev', this.#far, 'root', 'netem', 'delay', `${delayMs}ms`];
    await runCommand('nsenter', [this.#namespace, 'tc', ...netem]);
  }

  /** The sshd, its sessions, and with them the namespace and the line. */
  async end(): Promise<void> {
    const { pid } = this.#child;
    const daemon = pid === undefined ? undefined : identifyProcess(pid);
    if (pid === undefined || daemon === undefined) return;
    const sessions = descendantsOf(pid);
    await killProcess(daemon);
    await Promise.all(sessions.map((session) => killProcess(session)));
  }

  async #inside(...words: readonly string[]): Promise<void> {
    await runCommand('nsenter', [this.#namespace, 'ip', ...words]);
  }

  get #namespace(): string {
    return `--net=/proc/${this.#child.pid ?? 0}/ns/net`;
  }
}

function addressIn(net: string, offset: number): string {
  return net.replace(/\d+$/, (last) => String(Number(last) + offset));
}
