import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Runs `work` while holding a lock of the whole machine. The kernel frees it when this process dies:
 * flock(1) holds it for as long as the pipe to its `cat` is open.
 */
export async function withMachineLock<T>(lockFile: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(lockFile), { recursive: true });
  const holder = spawn('flock', ['--exclusive', lockFile, 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true, // Ctrl-C in the terminal must not free it before the work has ended
  });
  const ended = once(holder, 'exit').then(() => {
    throw new Error(`flock could not lock ${lockFile}`);
  });
  ended.catch(() => undefined);
  await Promise.race([once(holder.stdout, 'data'), ended]);
  try {
    return await work();
  } finally {
    holder.stdin.end();
    await ended.catch(() => undefined);
  }
}
