import { settingsSchema } from '../src/settings/variables.ts';
import { code, table } from './markdown.ts';

interface SettingMeta {
  readonly expected: string;
  readonly description: string;
  readonly example: string;
  readonly default?: string;
  readonly unset?: string;
  readonly secret?: boolean;
}

export function settingsPage(): string {
  const rows = Object.entries(settingsSchema.shape).map(([name, field]) => {
    const meta = field.meta() as unknown as SettingMeta;
    const whatItIs = meta.secret === true ? `${meta.description} Never shown.` : meta.description;
    return [code(name), whatItIs, meta.expected, defaultOf(meta), exampleOf(meta)];
  });
  return `# Settings

All settings are environment variables; an empty variable counts as not set. Everything wrong is reported
at once, and the process exits with 2. What is legal but looks like a mistake (\`ZFS_EXEC_LOCAL=yes\`, an
unknown \`ZFS_...\` variable) is a warning in the log.

Durations are written as in Go: \`500ms\`, \`60s\`, \`1m30s\`, \`1.5h\`.

${table(['Variable', 'Meaning', 'Value', 'Default', 'Example'], rows)}

These belong together: \`ZFS_LEASE_DURATION\` is more than \`ZFS_LEASE_RENEW_DEADLINE\`, which is more than 1.2
times \`ZFS_LEASE_RETRY_PERIOD\`.
`;
}

function defaultOf(meta: SettingMeta): string {
  if (meta.default === '') return '(empty)';
  return meta.default === undefined ? (meta.unset ?? '') : code(meta.default);
}

function exampleOf({ example }: SettingMeta): string {
  return example.startsWith('(') ? example : code(example);
}
