import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Bench } from './bench/bench.ts';
import { benchFolder } from './bench/binaries/programs.ts';
import { runCommand } from './bench/machine/run-command.ts';
import type { Stage } from './stage.ts';

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The bundle of the administrator's commands. Build it first (`node build.ts`). */
const bundle = resolve(benchFolder, '../../dist/kubectl-zfs.cjs');

/**
 * The commands as a person of the bench runs them: with the kubeconfig of its administrator, the folder of its ssh
 * keys, and nothing else of this process's environment but PATH. Nobody is there to answer questions.
 */
export class KubectlZfs {
  readonly #env: Readonly<Record<string, string>>;
  readonly #home: string;

  constructor({ bench, installation }: Stage) {
    this.#home = mkdtempSync(join(tmpdir(), 'kubectl-zfs-'));
    this.#env = {
      HOME: this.#home,
      KUBECONFIG: bench.kubeconfig,
      ZFS_SSH_MOUNT_PATH: bench.ssh.path,
      ZFS_EXPORTS_FILES: installation.env['ZFS_EXPORTS_FILES'] ?? '',
      ZFS_ORPHAN_GRACE: '1s',
    };
  }

  remove(): void {
    rmSync(this.#home, { recursive: true });
  }

  run(...args: readonly string[]): Promise<Ended> {
    return this.runIn({}, ...args);
  }

  /** With variables besides, or instead. */
  async runIn(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Ended> {
    const child = spawn(process.execPath, [bundle, ...args], {
      env: { PATH: process.env['PATH'], ...this.#env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const { promise, resolve: end } = Promise.withResolvers<number | null>();
    child.on('close', end);
    return { exitCode: await promise, stdout, stderr };
  }

  /** As kubectl finds it: by its name, on PATH. Resolves with standard output. */
  byKubectl(bench: Bench, ...args: readonly string[]): Promise<string> {
    rmSync(join(this.#home, 'kubectl-zfs'), { force: true });
    symlinkSync(bundle, join(this.#home, 'kubectl-zfs'));
    const folders = [this.#home, dirname(process.execPath), process.env['PATH']];
    const env = { ...this.#env, PATH: folders.join(':') };
    return runCommand(bench.binaries.kubectl, args, { env });
  }

  /** What kubectl tells a shell how `kubectl zfs ...` may go on. */
  completedByKubectl(bench: Bench, script: string, ...args: readonly string[]): Promise<string> {
    writeFileSync(join(this.#home, 'kubectl_complete-zfs'), script, { mode: 0o755 });
    return this.byKubectl(bench, '__complete', 'zfs', ...args);
  }

  /**
   * The items of `-o json`.
   * @throws unless the command ends well
   */
  async items(...args: readonly string[]): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const { exitCode, stdout, stderr } = await this.run(...args, '-o', 'json');
    if (exitCode !== 0)
      throw new Error(`kubectl zfs ${args.join(' ')}: ${exitCode ?? ''} ${stderr}`);
    const { items } = JSON.parse(stdout) as { items: Readonly<Record<string, unknown>>[] };
    return items;
  }
}
