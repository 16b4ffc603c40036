import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { parseAllDocuments } from 'yaml';

const helmVersion = '4.3.1';
const chart = join(import.meta.dirname, '..');

/** A Kubernetes object as the chart renders it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}

export interface HelmResult {
  readonly succeeded: boolean;
  readonly output: string;
}

const results = new Map<string, HelmResult>();

/** Runs helm with the values; `output` is what it printed, its error messages if it failed. */
export function helm(command: 'lint' | 'template', values: object = {}): HelmResult {
  const key = `${command} ${JSON.stringify(values)}`;
  const result = results.get(key) ?? runHelm(command, values);
  results.set(key, result);
  return result;
}

function runHelm(command: 'lint' | 'template', values: object): HelmResult {
  const where = command === 'lint' ? [chart, '--strict'] : ['release', chart];
  const options = ['--namespace', 'zfs-system', '--values', '-'];
  try {
    const output = execFileSync(helmPath(), [command, ...where, ...options], {
      input: JSON.stringify(values),
      encoding: 'utf8',
      stdio: 'pipe',
    });
    return { succeeded: true, output };
  } catch (thrown) {
    const { stderr, stdout } = thrown as { stderr?: string; stdout?: string };
    if (stderr === undefined) throw thrown;
    return { succeeded: false, output: stderr + (stdout ?? '') };
  }
}

/** The objects of a release in the namespace zfs-system. */
export function render(values: object = {}): Manifest[] {
  const { succeeded, output } = helm('template', values);
  if (!succeeded) throw new Error(output);
  // Kubernetes and helm read YAML 1.1, where 0440 is octal.
  return parseAllDocuments(output, { version: '1.1' })
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
}

function helmPath(): string {
  const cache =
    process.env['ZFS_PROVISIONER_CACHE'] ??
    join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'zfs-provisioner');
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const path =
    process.env['HELM'] ?? join(cache, 'bin', `helm-v${helmVersion}-${architecture}`, 'helm');
  if (existsSync(path)) return path;
  throw new Error(
    `The tests of the chart need helm, and there is none at ${path}: ` +
      'node e2e/bench/main.ts build builds it, or set HELM to one.',
  );
}
