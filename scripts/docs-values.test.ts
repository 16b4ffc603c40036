import { beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { buildBinaries } from '../e2e/bench/binaries/go-build.ts';
import { ProgressLines } from '../e2e/bench/progress.ts';

const root = join(import.meta.dirname, '..');

/** What pages show as `values.yaml`. */
const shown = ['README.md', ...globSync('docs/*.md', { cwd: root })].flatMap((page) => {
  const text = readFileSync(join(root, page), 'utf8');
  const blocks = text.matchAll(/^`values\.yaml`.*\n+```yaml\n(?<values>[\s\S]*?)^```/gm);
  return [...blocks].map(({ groups = {} }) => ({ page, values: groups['values'] ?? '' }));
});

describe('values.yaml in the documentation', () => {
  let helm: string;

  beforeAll(async () => {
    ({ helm } = await buildBinaries(new ProgressLines(), ['helm']));
  }, 600_000);

  it('is in every page for a kind of host', () => {
    const pages = globSync('docs/getting-started-*.md', { cwd: root });

    expect(pages).toHaveLength(4);
    expect(shown.map(({ page }) => page)).toEqual(expect.arrayContaining(pages));
  });

  it.each(shown)('of $page is taken by the chart', ({ values }) => {
    const chart = join(root, 'charts/zfs-provisioner');
    const args = ['template', 'zfs-provisioner', chart, '--values', '-'];
    const { stderr, stdout } = spawnSync(helm, args, { input: values, encoding: 'utf8' });

    expect([stderr, stdout]).toEqual(['', expect.stringContaining('kind: StorageClass')]);
  });
});
