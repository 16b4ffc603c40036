import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { stringify } from 'yaml';

interface ToolResult {
  readonly succeeded: boolean;
  readonly output: string;
}

/** Runs promtool (Debian's package prometheus) on files of the given contents; the arguments may name them. */
export function promtool(
  args: readonly string[],
  files: Readonly<Record<string, object>>,
): ToolResult {
  const folder = mkdtempSync(join(tmpdir(), 'zfs-alerts-'));
  try {
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(join(folder, name), stringify(content));
    }
    const { status, stdout, stderr, error } = spawnSync('promtool', args, {
      cwd: folder,
      encoding: 'utf8',
      timeout: 120_000,
    });
    if (error !== undefined) throw error;
    return { succeeded: status === 0, output: stdout + stderr };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
