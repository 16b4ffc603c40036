import { spawn } from 'node:child_process';
import { join } from 'node:path';

/**
 * Starts a process of its own that removes a bench as soon as this process ends, however it ends.
 * Removed in order before, the bench leaves it nothing to do.
 */
export function reapWhenThisProcessEnds(benchId: string): void {
  const reaper = spawn(process.execPath, [join(import.meta.dirname, 'reaper.ts'), benchId], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  reaper.unref();
  // Neither may the pipe keep this process alive; the kernel closes it at the end.
  (reaper.stdin as unknown as { unref(): void }).unref();
}
