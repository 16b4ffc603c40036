import { existsSync, readFileSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { endCgroup } from '../node/cgroup.ts';
import type { Progress } from '../progress.ts';
import { forgetRecord, isLeftover, machineLockFile, readRecord, readRecords } from './ledger.ts';
import type { BenchRecord, Resource } from './ledger.ts';
import { withMachineLock } from './machine-lock.ts';
import { descendantsOf, isRunning, killProcess, processesOfUser } from './process-identity.ts';
import { CommandError, runCommand } from './run-command.ts';
import { endUnusableZfsFuse, hasOpenZfs, isZfsFuseRunning, stopIdleZfsFuse } from './zfs-fuse.ts';

export interface RemovalOptions {
  /** Leave `<runDir>/logs`: somebody will want to know what happened. */
  readonly keepLogs: boolean;
}

/**
 * Removes all that a bench made, and its record last: cut short, it is simply done again. It works from
 * the record alone, so the owner, its reaper, `main.ts down` and the next bench can all do it.
 */
export async function removeBench(id: string, options: RemovalOptions): Promise<void> {
  await withMachineLock(machineLockFile, async () => {
    const record = readRecord(id);
    if (record !== undefined) await remove(record, options);
  });
}

/** Removes the benches whose owners died; their logs stay. One that cannot be removed hinders nobody. */
export async function removeLeftovers(say: Progress): Promise<void> {
  for (const { id, runDir } of readRecords().filter(isLeftover)) {
    try {
      await removeBench(id, { keepLogs: true });
      say(`removed the bench that an earlier run left in ${runDir}`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      say(`could not remove the bench that an earlier run left in ${runDir}: ${reason}`);
    }
  }
}

async function remove(record: BenchRecord, options: RemovalOptions): Promise<void> {
  const [anyPool] = ofKind(record, 'pool');
  // First, because what waits for a file system that hangs cannot be killed.
  if (anyPool !== undefined && !hasOpenZfs()) await endUnusableZfsFuse(anyPool.mountpoint);
  for (const { path } of ofKind(record, 'mount')) await unmount(path);
  // What their pods hold open would keep the pools.
  await Promise.all(ofKind(record, 'node').map(({ cgroup }) => endCgroup(cgroup)));
  await Promise.all(ofKind(record, 'process').map((each) => endProcessTree(each)));
  await Promise.all(ofKind(record, 'user').map(({ name }) => endProcessesOf(name)));
  for (const pool of ofKind(record, 'pool')) await destroyPool(pool);
  for (const file of ofKind(record, 'file')) rmSync(file.path, { force: true });
  for (const user of ofKind(record, 'user')) await deleteUser(user.name);
  await removeRunDir(record.runDir, options);
  forgetRecord(record.id);
  if (!hasOpenZfs()) await stopIdleZfsFuse();
}

type OfKind<K extends Resource['kind']> = Extract<Resource, { kind: K }>;

function ofKind<K extends Resource['kind']>(record: BenchRecord, kind: K): OfKind<K>[] {
  return record.resources.filter((each): each is OfKind<K> => each.kind === kind);
}

/** sshd's sessions and what runs in them go with it. */
async function endProcessTree({ identity }: OfKind<'process'>): Promise<void> {
  if (!isRunning(identity)) return;
  const tree = [identity, ...descendantsOf(identity.pid)];
  await Promise.all(tree.map((each) => killProcess(each)));
}

/** A file system may be in use for a moment yet by a command that was just ended. */
async function destroyPool({ name, mountpoint }: OfKind<'pool'>): Promise<void> {
  const servesPools = hasOpenZfs() || isZfsFuseRunning(); // a pool without cache file ends with the daemon
  for (let attempt = 1; ; attempt++) {
    const failure = servesPools ? await tryDestroyPool(name) : undefined;
    if (failure === undefined) break;
    if (attempt === 20) throw failure;
    if (attempt > 5) await unmountBelow(mountpoint);
    await delay(20 * attempt);
  }
  await unmountBelow(mountpoint);
  if (existsSync(mountpoint)) rmdirSync(mountpoint);
}

async function tryDestroyPool(name: string): Promise<CommandError | undefined> {
  try {
    await runCommand('zpool', ['destroy', '-f', name]);
    return undefined;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return error.stderr.includes('no such pool') ? undefined : error;
  }
}

/** Also takes away what a zfs-fuse that was killed left mounted. */
async function unmountBelow(folder: string): Promise<void> {
  const mounted = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => (line.split(' ')[1] ?? '').replaceAll('\\040', ' '))
    .filter((path) => path === folder || path.startsWith(`${folder}/`))
    .reverse();
  for (const path of mounted) await runCommand('umount', ['--lazy', path]).catch(() => undefined);
}

/** Whether the other side answers or not, and without asking it. */
async function unmount(path: string): Promise<void> {
  const isMounted = readFileSync('/proc/self/mounts', 'utf8').includes(` ${path} `);
  if (isMounted) await runCommand('umount', ['--lazy', '--no-canonicalize', path]);
}

/** A remote script may outlive the session that it was started in, by one retry or more. */
async function endProcessesOf(userName: string): Promise<void> {
  const number = await runCommand('id', ['--user', userName]).catch(() => undefined); // never made
  if (number === undefined) return;
  await Promise.all(processesOfUser(Number(number)).map((each) => killProcess(each)));
}

async function deleteUser(name: string): Promise<void> {
  try {
    await runCommand('userdel', [name]);
  } catch (error) {
    const isMissing = error instanceof CommandError && error.exitCode === 6; // see userdel(8)
    if (!isMissing) throw error;
  }
}

/** Never beyond a mount: what lies in a file system is not the run directory's. */
async function removeRunDir(runDir: string, { keepLogs }: RemovalOptions): Promise<void> {
  if (!existsSync(runDir)) return;
  const doomed = keepLogs
    ? readdirSync(runDir)
        .filter((entry) => entry !== 'logs')
        .map((entry) => join(runDir, entry))
    : [runDir];
  await runCommand('rm', ['-rf', '--one-file-system', '--', ...doomed]);
}
