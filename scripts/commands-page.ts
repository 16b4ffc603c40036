import type { Command, Option } from 'commander';

import { nameOf } from '../src/cli/frame.ts';
import { environment, everyExitCode } from '../src/cli/manual/manual-page.ts';
import { manualPages } from '../src/cli/manual/manual-pages.ts';
import { ownOptions, programOf } from '../src/cli/manual/manual-text.ts';
import { outlinedCommands } from '../src/cli/manual/program-outline.ts';
import { code, table } from './markdown.ts';

/** `kubectl zfs help COMMAND` of all commands, on one page. */
export function commandsPage(): string {
  const commands = outlinedCommands();
  const [first] = commands;
  const global = first === undefined ? [] : programOf(first).options;
  return `# Commands of \`kubectl zfs\`

What they are for, how they find cluster and hosts, and what they print: [kubectl-zfs.md](kubectl-zfs.md).
\`kubectl zfs help COMMAND\` shows the same.

${table(['Command', ''], commands.map(rowOf))}
## Options of all commands

${optionsTable(global)}
## Exit codes of all commands

${exitCodesTable(everyExitCode)}
## Environment

${table(
  ['Variable', 'Meaning'],
  environment.map(([name, meaning]) => [names(name), meaning]),
)}
${commands.map(sectionOf).join('\n')}`;
}

function rowOf(command: Command): readonly string[] {
  const name = nameOf(command);
  return [`[${code(name)}](#${name.replaceAll(' ', '-')})`, command.description()];
}

function sectionOf(command: Command): string {
  const name = nameOf(command);
  const page = manualPages[name] ?? { description: [], examples: [] };
  const options = ownOptions(command);
  return `## ${name}

\`kubectl zfs ${name} ${command.usage()}\`

${page.description.join('\n\n')}

${options.length === 0 ? '' : optionsTable(options)}
\`\`\`sh
${page.examples.map(({ what, line }) => `kubectl zfs ${line} # ${what}`).join('\n')}
\`\`\`

${exitCodesTable(page.exitCodes ?? [])}`;
}

function exitCodesTable(codes: readonly (readonly [number, string])[]): string {
  if (codes.length === 0) return '';
  return table(
    ['Exit code', 'Meaning'],
    codes.map(([exitCode, meaning]) => [String(exitCode), meaning]),
  );
}

function optionsTable(options: readonly Option[]): string {
  return table(
    ['Option', 'Meaning'],
    options.map(({ flags, description }) => [code(flags), description]),
  );
}

function names(list: string): string {
  return list.split(', ').map(code).join(', ');
}
