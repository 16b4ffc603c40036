import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

import { parse, parseAllDocuments } from 'yaml';

import { binaryPath } from '../../../e2e/bench/binaries/cache.ts';
import { programs, versionOf } from '../../../e2e/bench/binaries/programs.ts';

const chart = join(import.meta.dirname, '..');
const samples = join(chart, 'ci');

/** A Kubernetes object as the chart renders it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

export interface HelmResult {
  readonly succeeded: boolean;
  readonly output: string;
}

/** The helm that everybody uses here, and its major version before. */
export type HelmName = 'helm' | 'helm3';

const kubeVersion = versionOf(programs['kube-apiserver']);

const commands = {
  lint: ['lint', chart, '--strict'],
  template: ['template', 'release', chart, '--kube-version', kubeVersion],
  /** Prints NOTES.txt too. */
  install: ['install', 'release', chart, '--dry-run=client'],
};

const results = new Map<string, HelmResult>();

/** Runs helm with the values; `output` is what it printed, its error messages if it failed. */
export function helm(
  command: keyof typeof commands,
  values: object = {},
  program: HelmName = 'helm',
): HelmResult {
  const key = `${program} ${command} ${JSON.stringify(values)}`;
  const result = results.get(key) ?? runHelm(programPath(program), commands[command], values);
  results.set(key, result);
  return result;
}

function runHelm(path: string, command: readonly string[], values: object): HelmResult {
  const options = ['--namespace', 'zfs-system', '--values', '-'];
  try {
    const output = execFileSync(path, [...command, ...options], {
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

/** The objects of a release in the namespace zfs-system, as text. */
export function renderText(values: object = {}, program: HelmName = 'helm'): string {
  const { succeeded, output } = helm('template', values, program);
  if (!succeeded) throw new Error(output);
  return output;
}

/** The objects of a release in the namespace zfs-system. */
export function render(values: object = {}, program: HelmName = 'helm'): Manifest[] {
  // Kubernetes and helm read YAML 1.1, where 0440 is octal.
  return parseAllDocuments(renderText(values, program), { version: '1.1' })
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
}

/** The only object of that kind. */
export function one(manifests: readonly Manifest[], kind: string): Manifest {
  const [found, ...others] = manifests.filter((manifest) => manifest.kind === kind);
  if (found === undefined || others.length > 0) throw new Error(`not exactly one ${kind}`);
  return found;
}

/** The sets of values in ci/, by name. */
export function sampleValues(): readonly (readonly [string, object])[] {
  return readdirSync(samples)
    .filter((file) => file.endsWith('-values.yaml'))
    .map((file) => [
      basename(file, '-values.yaml'),
      parse(readFileSync(join(samples, file), 'utf8')) as object,
    ]);
}

/** Path of a program that `node e2e/bench/main.ts build` builds; the variable HELM may name another helm. */
export function programPath(name: HelmName | 'kubeconform'): string {
  const given = name === 'helm' ? process.env['HELM'] : undefined;
  const path = given ?? binaryPath(name, versionOf(programs[name]));
  if (existsSync(path)) return path;
  throw new Error(
    `The tests of the chart need ${name}, and there is none at ${path}: ` +
      'node e2e/bench/main.ts build builds it.',
  );
}
