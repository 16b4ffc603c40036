import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';

import { runCommand } from '../bench/machine/run-command.ts';
import { reachesBuilder } from './build-context.ts';
import type { BuildStage, Step } from './dockerfile.ts';
import { checkout } from './dockerfile.ts';

/** What fetches the packages; here the checkout's are taken, which come from the same lock file. */
const install = 'npm ci';

/**
 * Runs the steps of the Dockerfile's build stage in a folder, with nothing in it but what they copy. The folder has to
 * be on the checkout's file system.
 */
export async function runBuildStage(stage: BuildStage, folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  const inside = join(folder, stage.folder);
  mkdirSync(inside, { recursive: true });
  for (const step of stage.steps) {
    if (step.kind === 'copy') copyFromCheckout(step, inside);
    else if (step.command === install) {
      await runCommand('cp', ['-al', join(checkout, 'node_modules'), inside]);
    } else if (typeof step.command === 'string') {
      await runCommand('sh', ['-c', step.command], { cwd: inside });
    } else {
      const [program = '', ...args] = step.command;
      await runCommand(program, args, { cwd: inside });
    }
  }
}

type Copy = Extract<Step, { kind: 'copy' }>;

/** Copies what .dockerignore lets through; a folder's content, as COPY does. */
export function copyFromCheckout({ sources, target }: Copy, inside: string): void {
  const dockerignore = readFileSync(join(checkout, '.dockerignore'), 'utf8');
  const filter = (from: string): boolean => {
    const file = relative(checkout, from);
    return reachesBuilder(file, dockerignore);
  };
  for (const source of sources) {
    const to = target.endsWith('./') ? join(inside, target, source) : join(inside, target);
    cpSync(join(checkout, source), to, { recursive: true, filter });
  }
}
