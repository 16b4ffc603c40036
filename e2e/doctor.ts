import { expect } from '@jest/globals';
import type { Ended, KubectlZfs } from './kubectl-zfs.ts';

/** A finding as `kubectl zfs doctor -o json` tells it. */
export interface Told {
  readonly where: string;
  readonly check: string;
  readonly subject?: string;
  readonly state: 'ok' | 'warn' | 'fail' | 'skipped';
  readonly seen: string;
  readonly todo?: string;
  readonly code?: string;
}

/** What a seeded fault has to be found as. */
export interface Expected {
  readonly where: string;
  readonly check: string;
  readonly state: 'warn' | 'fail';
  /** In what was seen. */
  readonly names: string;
  /** In what is to be done. */
  readonly todo: string;
}

export async function consult(
  kubectlZfs: KubectlZfs,
  env: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<{ readonly ended: Ended; readonly told: readonly Told[] }> {
  const ended = await kubectlZfs.runIn(env, 'doctor', '-o', 'json', ...args);
  if (ended.stdout === '') throw new Error(`doctor told nothing: ${ended.stderr}`);
  const { items } = JSON.parse(ended.stdout) as { items: Told[] };
  return { ended, told: items };
}

/** The fault is found, named, and told what to do about; the exit code follows. */
export function expectFound(
  { ended, told }: Awaited<ReturnType<typeof consult>>,
  { where, check, state, names, todo }: Expected,
): void {
  const bad = told.filter((each) => each.state === 'fail' || each.state === 'warn');
  expect(bad).toContainEqual(
    expect.objectContaining({
      ...{ where, check, state },
      seen: expect.stringContaining(names),
      todo: expect.stringContaining(todo),
    }),
  );
  expect(ended.exitCode).toBe(bad.some((each) => each.state === 'fail') ? 1 : 0);
}
