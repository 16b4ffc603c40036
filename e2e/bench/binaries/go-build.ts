import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { ProgressLines } from '../progress.ts';
import { withMachineLock } from '../machine/machine-lock.ts';
import { runCommand } from '../machine/run-command.ts';
import { binaryPath, cacheFolder } from './cache.ts';
import { benchFolder, benchPrograms, moduleFolder, programs, versionOf } from './programs.ts';
import type { Program, ProgramName } from './programs.ts';

/** Where each program is, built. */
export type Binaries = Readonly<Record<ProgramName | 'zfs-shim', string>>;

const oldestGo = { major: 1, minor: 26 };

export const goEnv = {
  ...process.env,
  CGO_ENABLED: '0',
  GOFLAGS: '',
  GOWORK: 'off',
  GOTOOLCHAIN: 'local',
};

/** Builds into the user's cache what is not there yet: about five minutes when Go's own cache is cold. */
export async function buildBinaries(
  progress: ProgressLines,
  names: readonly ProgramName[] = benchPrograms,
): Promise<Binaries> {
  const wanted = names.map((name): Program => programs[name]);
  for (const [module, group] of Object.entries(Object.groupBy(wanted, (each) => each.module))) {
    if (group !== undefined) await buildModule(module, group, progress);
  }
  const shim = await buildShim(progress);
  const paths = Object.values(programs).map((each) => [each.name, pathOf(each)]);
  return { ...Object.fromEntries(paths), 'zfs-shim': shim } as Binaries;
}

function pathOf(program: Program): string {
  return binaryPath(program.name, versionOf(program));
}

async function buildModule(
  module: string,
  group: readonly Program[],
  progress: ProgressLines,
): Promise<void> {
  const isMissing = (program: Program): boolean => !existsSync(pathOf(program));
  if (!group.some(isMissing)) return;
  await withBuildLock(async () => {
    const missing = group.filter(isMissing);
    const [first] = missing;
    if (first === undefined) return; // somebody else built them meanwhile
    await build({
      title: `${missing.map((program) => program.name).join(', ')} ${versionOf(first)}`,
      folder: moduleFolder(first),
      linkerFlags: linkerFlags(module, versionOf(first)),
      outputs: missing.map((program) => ({ package: program.package, path: pathOf(program) })),
      progress,
    });
  });
}

/** Kubernetes tells its version from what is linked in; its compatibility checks read it. */
function linkerFlags(module: string, version: string): string {
  if (module !== 'kubernetes') return '-s -w';
  const [major = '', minor = ''] = version.slice(1).split('.');
  const set = (name: string, value: string): string =>
    `-X k8s.io/component-base/version.${name}=${value}`;
  return ['-s -w', set('gitVersion', version), set('gitMajor', major), set('gitMinor', minor)].join(
    ' ',
  );
}

/** The shim's version is the digest of its sources. */
async function buildShim(progress: ProgressLines): Promise<string> {
  const folder = join(benchFolder, 'zfs-shim');
  const digest = createHash('sha256');
  const sources = readdirSync(folder).filter((file) => !file.endsWith('_test.go'));
  for (const file of sources.sort()) digest.update(readFileSync(join(folder, file)));
  const path = binaryPath('zfs-shim', digest.digest('hex').slice(0, 12));
  if (existsSync(path)) return path;
  await withBuildLock(() =>
    build({
      title: "the storage host's zfs-shim",
      folder,
      linkerFlags: '-s -w',
      outputs: [{ package: 'zfs-shim', path }],
      progress,
    }),
  );
  return path;
}

interface Build {
  readonly title: string;
  readonly folder: string;
  readonly linkerFlags: string;
  readonly outputs: readonly { readonly package: string; readonly path: string }[];
  readonly progress: ProgressLines;
}

/** One `go build` for all outputs, into a temporary folder; each then appears at once and whole. */
async function build(request: Build): Promise<void> {
  await assertGo();
  mkdirSync(cacheFolder(), { recursive: true });
  const temporary = mkdtempSync(join(cacheFolder(), 'building-'));
  let compiled = 0;
  const stop = request.progress.during(
    () => `building ${request.title}: ${compiled} packages compiled`,
  );
  try {
    await runCommand('go', buildArguments(request, temporary), {
      cwd: request.folder,
      env: goEnv,
      onStderr: (text) => (compiled += text.split('\n').length - 1),
    });
    for (const output of request.outputs) {
      mkdirSync(dirname(output.path), { recursive: true });
      renameSync(join(temporary, programNameOf(output.package)), output.path);
    }
  } finally {
    stop();
    rmSync(temporary, { recursive: true, force: true });
  }
  request.progress.say(`built ${request.title}`);
}

function buildArguments(request: Build, outputFolder: string): string[] {
  const packages = request.outputs.map((output) => output.package);
  return [
    ...['build', '-v', '-mod=readonly', '-trimpath', '-buildvcs=false'],
    ...['-ldflags', request.linkerFlags, '-o', `${outputFolder}/`, ...packages],
  ];
}

/** As the go command names a program: the package's last element, but not its major version. */
function programNameOf(goPackage: string): string {
  const last = basename(goPackage);
  return /^v\d+$/.test(last) ? basename(dirname(goPackage)) : last;
}

/** One process at a time puts things into the cache. */
export async function withBuildLock(work: () => Promise<void>): Promise<void> {
  await withMachineLock(join(cacheFolder(), 'bin', 'lock'), work);
}

async function assertGo(): Promise<void> {
  const needed = `Go ${oldestGo.major}.${oldestGo.minor} or newer is needed to build the bench's programs`;
  const version = await runCommand('go', ['env', 'GOVERSION'], { env: goEnv }).catch(() => {
    throw new Error(`${needed}, and there is no go on the PATH`);
  });
  if (!isNewEnough(version.trim())) {
    throw new Error(`${needed}; the go on the PATH is ${version.trim()}`);
  }
}

export function isNewEnough(goVersion: string): boolean {
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(goVersion) ?? [];
  if (major === undefined || minor === undefined) return false;
  if (Number(major) !== oldestGo.major) return Number(major) > oldestGo.major;
  return Number(minor) >= oldestGo.minor;
}
