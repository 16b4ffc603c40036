import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ScriptRunner } from '../../src/host/command.ts';
import { RemoteZfs } from '../../src/zfs/remote-zfs.ts';
import type { HostCommands } from '../../src/zfs/remote-zfs.ts';
import { ShellScriptRunner } from './fake-script-runner.ts';

/** What a call that fails has done all the same (fake-zfs.sh). */
type When = 'before' | 'after' | 'unmounted' | 'unshared' | 'killed';

const program = join(import.meta.dirname, 'fake-zfs.sh');

/** A pool of plain files and a `zfs` for it (fake-zfs.sh), set up and looked at by tests. */
export class FakeZfs {
  readonly root = mkdtempSync(join(tmpdir(), 'fake-zfs-'));

  constructor(...datasets: readonly string[]) {
    mkdirSync(join(this.root, 'fail'));
    writeFileSync(join(this.root, 'log'), '');
    for (const dataset of datasets) this.add(dataset);
  }

  /** For ZFS_BIN. */
  get command(): string {
    return `sh ${program} ${this.root}`;
  }

  /** Adds a mounted dataset; a property is `value` (local) or `value TAB source`. */
  add(dataset: string, properties: Readonly<Record<string, string>> = {}): void {
    mkdirSync(join(this.#home(dataset), '.p'), { recursive: true });
    mkdirSync(this.path(dataset), { recursive: true });
    writeFileSync(join(this.#home(dataset), '.mounted'), '');
    this.set(dataset, properties);
  }

  set(dataset: string, properties: Readonly<Record<string, string>>): void {
    for (const [key, value] of Object.entries(properties)) {
      writeFileSync(
        join(this.#home(dataset), '.p', key),
        value.includes('\t') ? value : `${value}\tlocal`,
      );
    }
  }

  /** Raises or lowers a flag of the dataset: mounted, shared. */
  mark(dataset: string, flag: 'mounted' | 'shared', raised: boolean): void {
    const file = join(this.#home(dataset), `.${flag}`);
    if (raised) writeFileSync(file, '');
    else rmSync(file, { force: true });
  }

  snapshot(dataset: string, name: string, properties: Readonly<Record<string, string>> = {}): void {
    const home = join(this.#home(dataset), '.snap', name);
    mkdirSync(home, { recursive: true });
    for (const [key, value] of Object.entries(properties)) writeFileSync(join(home, key), value);
  }

  /** Makes a call fail: `destroy.2` the second destroy, `share.all` every share. */
  fail(call: string, words: string, exitCode = 1, when: When = 'before'): void {
    writeFileSync(join(this.root, 'fail', call), `${exitCode} ${when}\n${words}\n`);
  }

  /** Nothing fails any more. */
  heal(): void {
    const folder = join(this.root, 'fail');
    for (const rule of readdirSync(folder)) rmSync(join(folder, rule));
  }

  /** As if the script were killed after so many calls from now on; undefined: no more. */
  crashAfter(calls: number | undefined): void {
    const file = join(this.root, 'crash');
    if (calls === undefined) rmSync(file, { force: true });
    else writeFileSync(file, `${this.#countCalls() + calls}\n`);
  }

  #countCalls(): number {
    return readFileSync(join(this.root, 'log'), 'utf8').split('\n').filter(Boolean).length;
  }

  /** The calls so far, and from now on from the start. */
  takeLog(): string[] {
    const log = readFileSync(join(this.root, 'log'), 'utf8');
    writeFileSync(join(this.root, 'log'), '');
    return log.trimEnd().split('\n');
  }

  /** What was called, without the arguments. */
  takeVerbs(): string {
    return this.takeLog()
      .map((line) => line.split(' ', 1).join(''))
      .join(' ');
  }

  has(dataset: string): boolean {
    return existsSync(this.#home(dataset));
  }

  hasSnapshot(dataset: string, name: string): boolean {
    return existsSync(join(this.#home(dataset), '.snap', name));
  }

  is(dataset: string, flag: 'mounted' | 'shared'): boolean {
    return existsSync(join(this.#home(dataset), `.${flag}`));
  }

  property(dataset: string, key: string): string | undefined {
    const file = join(this.#home(dataset), '.p', key);
    return existsSync(file) ? readFileSync(file, 'utf8').split('\t')[0] : undefined;
  }

  /** Every dataset right below one, but for its trash. */
  below(dataset: string): readonly string[] {
    if (!this.has(dataset)) return [];
    const names = readdirSync(this.#home(dataset)).filter((name) => !name.startsWith('.'));
    return names.map((name) => `${dataset}/${name}`);
  }

  /** Where it is mounted. */
  path(dataset: string): string {
    return join(this.root, 'mnt', dataset);
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  #home(dataset: string): string {
    return join(this.root, 'ds', dataset);
  }
}

/** The verbs as they run on a host whose `zfs` is this one. */
export function remoteZfsOn(
  zfs: Pick<FakeZfs, 'command'>,
  parts: {
    readonly runner?: ScriptRunner;
    readonly chmodCommand?: string;
    readonly chownCommand?: string;
    readonly setfaclCommand?: string;
    readonly exportsFiles?: readonly string[];
    readonly timeoutMs?: number;
    readonly commandsOf?: (host: string) => HostCommands | undefined;
  } = {},
): RemoteZfs {
  return new RemoteZfs({
    runner: parts.runner ?? new ShellScriptRunner(),
    zfsCommand: zfs.command,
    chmodCommand: parts.chmodCommand ?? 'chmod',
    chownCommand: parts.chownCommand ?? 'chown',
    setfaclCommand: parts.setfaclCommand ?? 'setfacl',
    exportsFiles: parts.exportsFiles ?? [],
    operationTimeoutMs: parts.timeoutMs ?? 400,
    nonce: () => 'nonce0nonce0',
    ...(parts.commandsOf !== undefined && { commandsOf: parts.commandsOf }),
  });
}

export const anIdentity = {
  instance: 'example.test/zfs',
  clusterId: 'cluster-1',
  volumeName: 'pvc-1',
};

/** The properties of a dataset that is of `anIdentity`. */
export const ownProperties = {
  'io.kubernetes.pv.zfs:managed_by': 'example.test/zfs',
  'zfs-provisioner.io:cluster': 'cluster-1',
  'zfs-provisioner.io:volume': 'pvc-1',
};
