import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../eventually.ts';
import { Daemon } from '../machine/daemon.ts';
import type { Ledger } from '../machine/ledger.ts';
import { runCommand } from '../machine/run-command.ts';

export interface VirtualMachineOptions {
  /** Its host name; unique in the bench. */
  readonly name: string;
  readonly role: 'storage' | 'worker';
  /** On the network that the machines of a bench share, 192.168.77.0/24. */
  readonly segmentAddress: string;
  /** A port of this machine that leads to one of the guest: `127.0.0.2:20022-:22`. */
  readonly forward?: string;
  readonly poolSizeBytes?: number;
  readonly logFolder: string;
  readonly ledger: Ledger;
}

const script = join(import.meta.dirname, 'machine.sh');
/** The first start ever builds the image. */
const startTimeoutMs = 20 * 60_000;

/** A virtual machine of machine.sh; it goes with the bench. */
export class VirtualMachine {
  readonly name: string;
  readonly segmentAddress: string;
  /** For ssh(1): the host `vm` is this machine, entered as root. */
  readonly sshConfig: string;
  readonly #folder: string;
  readonly #env: Readonly<Record<string, string>>;

  private constructor(options: VirtualMachineOptions) {
    const { name, role, segmentAddress, forward = '', poolSizeBytes, ledger } = options;
    this.name = name;
    this.segmentAddress = segmentAddress;
    // Not the run directory: names of sockets must be short.
    const state = join(ledger.stateDir, 'machines');
    mkdirSync(state, { recursive: true });
    this.#folder = join(state, name);
    this.sshConfig = join(this.#folder, 'ssh_config');
    this.#env = {
      ZFSVM_STATE: state,
      ZFSVM_ROLE: role,
      ZFSVM_IP: `${segmentAddress}/24`,
      ZFSVM_SEGMENT: `socket,mcast=${multicastGroupOf(ledger.id)}:5577,localaddr=127.0.0.1`,
      ZFSVM_SERIAL: join(options.logFolder, `kernel-${name}.log`),
      ...(forward === '' ? {} : { ZFSVM_FORWARD: forward }),
      ...(poolSizeBytes === undefined ? {} : { ZFSVM_POOL_SIZE: `${poolSizeBytes}` }),
    };
  }

  /** Resolves when it can be used. */
  static async start(options: VirtualMachineOptions): Promise<VirtualMachine> {
    const machine = new VirtualMachine(options);
    const { name, logFolder, ledger } = options;
    const variables = Object.entries(machine.#env).map(([key, value]) => `${key}=${value}`);
    const daemon = Daemon.start({
      name: `machine ${name}`,
      program: 'env',
      args: [...variables, script, 'run', name],
      logFile: join(logFolder, `machine-${name}.log`),
      cwd: '/',
      ledger,
    });
    const isUp = (): boolean => existsSync(join(machine.#folder, 'env'));
    const meanwhile = (): void => {
      daemon.assertRunning();
    };
    await eventually(`machine ${name} is up`, isUp, { meanwhile, timeoutMs: startTimeoutMs });
    return machine;
  }

  /** Runs a shell command in it as root and resolves with its standard output. */
  run(command: string, stdin = ''): Promise<string> {
    return runCommand('ssh', ['-F', this.sshConfig, 'vm', command], { stdin });
  }

  /** Copies a file of this machine into it. */
  async copyIn(file: string, path: string): Promise<void> {
    await runCommand('scp', ['-q', '-F', this.sshConfig, file, `vm:${path}`]);
  }

  /** At once, as after a power cut; what was written outside the pool is safe. Resolves when it is back. */
  async reboot(): Promise<void> {
    const before = await this.#bootId();
    await this.run(
      'sync -f /; (sleep 0.1; echo b >/proc/sysrq-trigger) </dev/null >/dev/null 2>&1 &',
    );
    const end = ['-F', this.sshConfig, '-O', 'exit', 'vm'];
    await runCommand('ssh', end).catch(() => undefined); // the connection may have gone already
    const isBack = async (): Promise<boolean> => (await this.#bootId()) !== before;
    await eventually(`machine ${this.name} is back`, isBack, { timeoutMs: 120_000 });
  }

  /** Of a machine that is up; it throws before. */
  async #bootId(): Promise<string> {
    const ask = 'test -e /run/ready && cat /proc/sys/kernel/random/boot_id';
    return runCommand('timeout', ['5', 'ssh', '-F', this.sshConfig, 'vm', ask]);
  }
}

/** Benches do not hear each other. */
function multicastGroupOf(benchId: string): string {
  return `239.${[...Buffer.from(benchId, 'hex')].join('.')}`;
}
