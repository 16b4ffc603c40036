// Writes the generated pages of docs/ and of the chart (`--check`: tells which are out of date and exits 1).
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { format, resolveConfig } from 'prettier';

import './text-modules.ts';
import { errorMeanings } from './error-meanings.ts';
import { chartPage } from './chart-page.ts';
import { chartSchemaText } from './chart-schema.ts';
import { chartValues } from './chart-values.ts';
import { errorsPage } from './errors-page.ts';
import { eventsPage } from './events-page.ts';
import { hostsFileJsonSchema, hostsFilePage } from './hosts-file-page.ts';
import { licencesPage } from './licences-page.ts';
import { metricsPage } from './metrics-page.ts';
import { parametersPage } from './parameters-page.ts';
import { performancePage } from './performance-page.ts';
import { reliabilityPage } from './reliability-page.ts';
import { scalePage } from './scale-page.ts';
import { settingsPage } from './settings-page.ts';

/** A page and what makes it; a new page is one more line. */
const pages: Readonly<Record<string, () => string | Promise<string>>> = {
  'docs/settings.md': settingsPage,
  'docs/metrics.md': metricsPage,
  'docs/errors.md': errorsPage,
  'docs/events.md': eventsPage,
  'docs/kubectl-zfs-commands.md': async () => (await import('./commands-page.ts')).commandsPage(),
  'src/cli/explain/error-meanings.ts': errorMeanings,
  'docs/parameters.md': parametersPage,
  'docs/licences.md': licencesPage,
  'docs/hosts-file.md': hostsFilePage,
  'docs/reliability.md': reliabilityPage,
  'docs/scale.md': scalePage,
  'docs/performance.md': performancePage,
  'docs/hosts-file.schema.json': hostsFileJsonSchema,
  'charts/zfs-provisioner/values.schema.json': chartSchemaText,
  'charts/zfs-provisioner/values.yaml': chartValues,
  'charts/zfs-provisioner/README.md': chartPage,
};

const root = join(import.meta.dirname, '..');
const notice = '<!-- Generated: change the source and run `node scripts/generate-docs.ts`. -->\n\n';

async function render(path: string, page: () => string | Promise<string>): Promise<string> {
  const options = await resolveConfig(join(root, path));
  const head = path.endsWith('.md') ? notice : '';
  return format(head + (await page()), { ...options, filepath: path });
}

function read(path: string): string | undefined {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    return undefined;
  }
}

const isCheck = process.argv.includes('--check');
for (const [path, page] of Object.entries(pages)) {
  const text = await render(path, page);
  if (text === read(path)) continue;
  if (isCheck) {
    console.error(`${path} is out of date: run node scripts/generate-docs.ts`);
    process.exitCode = 1;
  } else {
    writeFileSync(join(root, path), text);
    console.log(`${path} written`);
  }
}
