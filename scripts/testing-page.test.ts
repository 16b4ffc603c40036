import { expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

it('docs/testing.md names each scenario, and none that there is not', () => {
  const page = readFileSync(join(root, 'docs/testing.md'), 'utf8');
  const rows = page.slice(page.indexOf("## The README's sentences")).matchAll(/^\|.*\|(.*)\|$/gm);
  const cells = [...rows]
    .slice(2)
    .map(([, cell = '']) => cell.split(',').map((name) => name.trim()));

  const files = readdirSync(join(root, 'e2e/scenarios')).map((file) => file.replace('.e2e.ts', ''));

  expect([...new Set(cells.flat())].sort()).toEqual(files.sort());
});
