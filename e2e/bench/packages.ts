import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './machine/run-command.ts';
import type { ProgressLines } from './progress.ts';

/** One line of packages.txt. */
export interface Requirement {
  /** Any one of them will do; the first is what gets installed. */
  readonly alternatives: readonly string[];
  /** With this file there it is not needed. */
  readonly unlessFile: string | undefined;
}

export function parsePackages(text: string): Requirement[] {
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '')
    .map((line) => {
      const [names = '', unlessFile] = line.split(/\s+unless\s+/);
      return { alternatives: names.split(/\s*\|\s*/), unlessFile };
    });
}

/** Installs what is missing of packages.txt, with apt-get. Starts no daemon. */
export async function installPackages(progress: ProgressLines): Promise<void> {
  const missing = await missingPackages();
  if (missing.length === 0) {
    progress.say('all packages are installed');
    return;
  }
  progress.say(`installing with apt-get: ${missing.join(' ')}`);
  const stop = progress.during(() => `installing ${missing.length} packages`);
  try {
    await installWithoutStarting(missing);
  } finally {
    stop();
  }
  progress.say(`installed ${missing.join(' ')}`);
}

async function missingPackages(): Promise<string[]> {
  const text = readFileSync(join(import.meta.dirname, 'packages.txt'), 'utf8');
  const missing: string[] = [];
  for (const { alternatives, unlessFile } of parsePackages(text)) {
    if (unlessFile !== undefined && existsSync(unlessFile)) continue;
    const installed = await Promise.all(alternatives.map(isInstalled));
    const [first] = alternatives;
    if (!installed.includes(true) && first !== undefined) missing.push(first);
  }
  return missing;
}

async function isInstalled(name: string): Promise<boolean> {
  const query = ['--show', '--showformat', '${db:Status-Status}', name];
  return (await runCommand('dpkg-query', query).catch(() => '')) === 'installed';
}

/** Lists that are there may be old: they name files that the mirror has no longer. */
async function installWithoutStarting(names: readonly string[]): Promise<void> {
  const install = ['install', '--yes', '--quiet', '--no-install-recommends', ...names];
  await withoutStartingDaemons(async () => {
    const isDone = hasPackageLists() && (await succeeds(aptGet(install)));
    if (isDone) return;
    await aptGet(['update', '--quiet']);
    await aptGet(install);
  });
}

function succeeds(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}

/** Waits for whoever else installs something. */
function aptGet(words: readonly string[]): Promise<string> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return runCommand('apt-get', ['-o', 'DPkg::Lock::Timeout=300', ...words], { env });
}

function hasPackageLists(): boolean {
  const folder = '/var/lib/apt/lists';
  return existsSync(folder) && readdirSync(folder).some((name) => name.includes('_Packages'));
}

/** Debian's way to say so: invoke-rc.d asks this program. An sshd on port 22 is not ours to start. */
async function withoutStartingDaemons<T>(work: () => Promise<T>): Promise<T> {
  const policy = '/usr/sbin/policy-rc.d';
  if (existsSync(policy)) return work();
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return await work();
  } finally {
    rmSync(policy, { force: true });
  }
}
