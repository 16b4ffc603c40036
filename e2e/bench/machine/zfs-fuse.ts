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
import { runCommand } from './run-command.ts';
import { eventually } from '../eventually.ts';
import { machineFolder } from './ledger.ts';
import { identifyProcess, isRunning, signalProcess, waitUntilGone } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';

/**
 * Where the machine has no OpenZFS (/dev/zfs), Debian's zfs-fuse stands in. Only one daemon can run on a
 * machine, so benches share it: the first starts it, and the last pool gone ends it if a bench started it.
 * Call these under the machine lock.
 */
const daemonRecord = join(machineFolder, 'zfs-fuse.json');

export function hasOpenZfs(): boolean {
  return existsSync('/dev/zfs');
}

export async function startZfsFuse(): Promise<void> {
  if (hasOpenZfs() || findDaemon() !== undefined) return;
  if (!existsSync('/dev/fuse')) {
    throw new Error('there is neither /dev/zfs (OpenZFS) nor /dev/fuse (zfs-fuse) on this machine');
  }
  mkdirSync(machineFolder, { recursive: true });
  // It goes to the background by itself and keeps no hold of our streams.
  await runCommand('setsid', ['zfs-fuse', '--no-kstat-mount', '--pidfile', '/run/zfs-fuse.pid']);
  await eventually('zfs-fuse answers', () => runCommand('zpool', ['list', '-H']).then(() => true));
  const daemon = findDaemon();
  if (daemon === undefined) throw new Error('zfs-fuse was started but is not running');
  writeFileSync(daemonRecord, JSON.stringify(daemon));
}

/** Runs a command that mounts. zfs-fuse must never mount two at once: zfs-shim/native.go says why. */
export async function runAlone(program: string, args: readonly string[]): Promise<void> {
  await runCommand('flock', ['--exclusive', join(machineFolder, 'mounting'), program, ...args]);
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

function findDaemon(): ProcessIdentity | undefined {
  for (const entry of readdirSync('/proc')) {
    if (/^\d+$/.test(entry) && programOf(entry).endsWith('/zfs-fuse')) {
      return identifyProcess(Number(entry));
    }
  }
  return undefined;
}

function programOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return '';
  }
}
