import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { errorAdvice } from '../src/cli/explain/error-advice.ts';
import { code, table } from './markdown.ts';

interface DocumentedError {
  readonly code: string;
  readonly retry: string;
  readonly meaning: string;
}

const root = join(import.meta.dirname, '..');
const declaration =
  /\/\*\*(?<doc>(?:(?!\*\/)[\s\S])*)\*\/\nexport class \w+ extends \w+ \{\n\s+readonly code = '(?<code>\w+)';\n\s+readonly retry = '(?<retry>[\w-]+)';/g;

/** Every error class of src/, by its code: the comment above the class is what the page says. */
export function readErrors(): readonly DocumentedError[] {
  const files = globSync('src/**/*.ts', { cwd: root }).filter((file) => !file.endsWith('.test.ts'));
  return files
    .flatMap((file) => [...readFileSync(join(root, file), 'utf8').matchAll(declaration)])
    .map(({ groups = {} }) => ({
      code: groups['code'] ?? '',
      retry: groups['retry'] ?? '',
      meaning: (groups['doc'] ?? '').replaceAll(/\s*\n\s*\*?\s*/g, ' ').trim(),
    }))
    .sort((a, b) => (a.code < b.code ? -1 : 1));
}

export function errorsPage(): string {
  const rows = readErrors().map((error) => [code(error.code), error.retry, error.meaning]);
  return `# Errors

Every failure has a stable code. It is the field \`code\` of log lines and the label \`code\` of
\`zfs_provisioner_reconcile_errors_total\`; its message is the text of the Event on the claim or volume.

How it is repeated:

- **backoff**: after 0.5 s, then with doubling delays up to 5 minutes.
- **slow**: after 30 s, then with doubling delays up to 10 minutes: a person has to look, or space has to appear.
- **on-change**: as soon as the claim, its class or the volume changes, and every 15 minutes all the same.

\`kubectl zfs explain CODE\` says the same of one, and what to do:

${table(['Code', 'Repeated', 'Meaning'], rows)}
## What to do

${Object.entries(errorAdvice)
  .toSorted(([a], [b]) => (a < b ? -1 : 1))
  .map(
    ([name, { cause, remedy }]) =>
      `### ${code(name)}\n\n${cause}\n\n${remedy.map((step) => `- ${step}`).join('\n')}\n`,
  )
  .join('\n')}`;
}
