/**
 * Where the machine has no OpenZFS (/dev/zfs), Debian's zfs-fuse stands in. Only one daemon can run on a
 * machine, so benches share it: the first starts it, and the last pool gone ends it if a bench started it.
 * Call these under the machine lock.
 */
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { CommandError, runCommand } from './run-command.ts';
import { eventually } from '../eventually.ts';
import { machineFolder } from './ledger.ts';
import {
  identifyProcess,
  isRunning,
  killProcess,
  signalProcess,
  waitUntilGone,
} from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';

const pidFile = '/run/zfs-fuse.pid';
const daemonRecord = join(machineFolder, 'zfs-fuse.json');
/** Whoever mounts, or copies the mounts of the machine, holds this lock. */
export const mountingLockFile = join(machineFolder, 'mounting');
const answerSeconds = 15;
/** timeout(1) with --signal=KILL kills itself as well, by the same signal: no exit code. */
const killedByTimeout = null;

export function hasOpenZfs(): boolean {
  return existsSync('/dev/zfs');
}

export function isZfsFuseRunning(): boolean {
  return findDaemon() !== undefined;
}

export async function startZfsFuse(): Promise<void> {
  if (hasOpenZfs() || findDaemon() !== undefined) return;
  if (!existsSync('/dev/fuse')) {
    throw new Error('there is neither /dev/zfs (OpenZFS) nor /dev/fuse (zfs-fuse) on this machine');
  }
  mkdirSync(machineFolder, { recursive: true });
  rmSync(pidFile, { force: true }); // it leaves it behind, and does not start beside one
  // It goes to the background by itself and keeps no hold of our streams.
  await runCommand('setsid', ['zfs-fuse', '--no-kstat-mount', '--pidfile', pidFile]);
  await eventually('zfs-fuse answers', () => runCommand('zpool', ['list', '-H']).then(() => true));
  const daemon = findDaemon();
  if (daemon === undefined) throw new Error('zfs-fuse was started but is not running');
  writeFileSync(daemonRecord, JSON.stringify(daemon));
}

/** Runs a command that mounts. zfs-fuse must never mount two at once: zfs-shim/native.go says why. */
export async function runAlone(program: string, args: readonly string[]): Promise<void> {
  await runCommand('flock', ['--exclusive', mountingLockFile, program, ...args]);
}

/** Ends the daemon if a bench started it and no pool is left, whoever's. */
export async function stopIdleZfsFuse(): Promise<void> {
  if (!existsSync(daemonRecord)) return;
  const daemon = JSON.parse(readFileSync(daemonRecord, 'utf8')) as ProcessIdentity;
  if (isRunning(daemon)) {
    const pools = await runCommand('zpool', ['list', '-H', '-o', 'name']);
    if (pools.trim() !== '') return;
    signalProcess(daemon, 'SIGTERM');
    await waitUntilGone(daemon, 15_000);
  }
  rmSync(daemonRecord, { force: true });
}

/**
 * Ends the daemon that a bench started when it answers no more, with all its pools: it hangs, or its
 * socket is out of reach. Then what waits for it ends too, and the next bench starts another.
 * @param mountpoint of a pool that it has to serve
 */
export async function endUnusableZfsFuse(mountpoint: string): Promise<void> {
  const daemon = findDaemon();
  if (daemon === undefined || (await serves(mountpoint))) return;
  const recorded = existsSync(daemonRecord) && readFileSync(daemonRecord, 'utf8');
  if (recorded !== JSON.stringify(daemon)) {
    throw new Error(
      `zfs-fuse (pid ${daemon.pid}) does not answer, and no bench started it: end it`,
    );
  }
  await killProcess(daemon);
  rmSync(daemonRecord);
}

/** Asks the daemon for its pools and the file system for its size, which is never answered from a cache. */
async function serves(mountpoint: string): Promise<boolean> {
  const answersZpool = (await exitCodeWithin(answerSeconds, 'zpool', 'list')) === 0;
  if (!answersZpool) return false;
  // Another failure than that of time says only that the file system is not there.
  return (
    (await exitCodeWithin(answerSeconds, 'stat', '--file-system', mountpoint)) !== killedByTimeout
  );
}

async function exitCodeWithin(seconds: number, ...command: string[]): Promise<number | null> {
  try {
    await runCommand('timeout', ['--signal=KILL', String(seconds), ...command]);
    return 0;
  } catch (error) {
    return error instanceof CommandError ? error.exitCode : null;
  }
}

/** A daemon in another mount namespace listens on another socket. */
function findDaemon(): ProcessIdentity | undefined {
  const namespace = linkOf('/proc/self/ns/mnt');
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry) || !linkOf(`/proc/${entry}/exe`).endsWith('/zfs-fuse')) continue;
    if (linkOf(`/proc/${entry}/ns/mnt`) === namespace) {
      return identifyProcess(Number(entry));
    }
  }
  return undefined;
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
