import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../eventually.ts';
import { Daemon } from '../machine/daemon.ts';
import type { Ledger } from '../machine/ledger.ts';
import { runCommand } from '../machine/run-command.ts';
import type { VirtualMachine } from './virtual-machine.ts';

/** Nothing is remembered: what the guest does is seen at once. */
const uncached = [
  'dir_cache=no',
  'attr_timeout=0',
  'entry_timeout=0',
  'negative_timeout=0',
  'direct_io',
  'ControlPath=none', // a connection of its own
];

/** The root directory of a virtual machine, seen from this one through sshfs. */
export class GuestRoot {
  readonly path: string;
  readonly #machine: VirtualMachine;
  readonly #ledger: Ledger;
  readonly #logFolder: string;

  private constructor(machine: VirtualMachine, ledger: Ledger, logFolder: string) {
    this.path = join(ledger.stateDir, `${machine.name}.root`);
    this.#machine = machine;
    this.#ledger = ledger;
    this.#logFolder = logFolder;
  }

  static async mount(
    machine: VirtualMachine,
    ledger: Ledger,
    logFolder: string,
  ): Promise<GuestRoot> {
    const root = new GuestRoot(machine, ledger, logFolder);
    mkdirSync(root.path, { recursive: true });
    ledger.add({ kind: 'mount', path: root.path });
    await root.#mount();
    return root;
  }

  /** A folder of the guest gets the same path here. */
  link(folder: string): void {
    this.#ledger.add({ kind: 'file', path: folder });
    symlinkSync(join(this.path, folder), folder);
  }

  /** After the machine was away. */
  async mountAgain(): Promise<void> {
    // sshfs goes, and its mount with it, once it notices that the other side is gone.
    await runCommand('umount', ['--lazy', '--no-canonicalize', this.path]).catch(() => undefined);
    await this.#mount();
  }

  async #mount(): Promise<void> {
    const { name, sshConfig } = this.#machine;
    const daemon = Daemon.start({
      name: `sshfs of ${name}`,
      program: 'sshfs',
      args: ['-f', '-F', sshConfig, '-o', uncached.join(','), 'vm:/', this.path],
      logFile: join(this.#logFolder, `sshfs-${name}.log`),
      cwd: '/',
      ledger: this.#ledger,
    });
    const meanwhile = (): void => {
      daemon.assertRunning();
    };
    const isThere = (): boolean => existsSync(join(this.path, 'proc/uptime'));
    await eventually(`the files of ${name} are there`, isThere, { meanwhile, intervalMs: 20 });
  }
}
