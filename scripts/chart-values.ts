import { stringify } from 'yaml';

import { chartSchema, type ValueSchema } from './chart-schema.ts';
import { code, table } from './markdown.ts';

const width = 100;

const head = `# Every value with its default. Generated from values.schema.json by scripts/generate-docs.ts.
`;

/** values.yaml of the chart: defaults, descriptions and examples of its schema. */
export function chartValues(): string {
  const parts = Object.entries(chartSchema().properties ?? {})
    .filter(([name]) => name !== 'global')
    .map(([name, schema]) => linesOf(name, schema).join('\n'));
  return `${head}\n${parts.join('\n\n')}\n`;
}

function linesOf(name: string, schema: ValueSchema): string[] {
  const comments = wrapped(schema.description ?? '').map((line) => `# ${line}`);
  if (isGroup(schema)) {
    const below = Object.entries(schema.properties ?? {}).flatMap(([each, part]) =>
      linesOf(each, part),
    );
    return [...comments, `${name}:`, ...below.map((line) => (line === '' ? '' : `  ${line}`))];
  }
  const value = yamlLines({ [name]: schema.default });
  return [...comments, ...value, ...exampleOf(schema)];
}

/** Only what is below it has defaults. */
function isGroup(schema: ValueSchema): boolean {
  return schema.default === undefined && schema.properties !== undefined;
}

function exampleOf({ examples: [example] = [] }: ValueSchema): string[] {
  if (example === undefined) return [];
  const value = typeof example === 'string' ? example.trimEnd().split('\n') : yamlLines(example);
  return value.map((line) => `#   ${line}`);
}

function yamlLines(value: unknown): string[] {
  return stringify(value, { lineWidth: 0, singleQuote: true }).trimEnd().split('\n');
}

function wrapped(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length >= width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.filter((line) => line !== '');
}

/** Rows of every value: key, default, meaning. Hosts have a page of their own. */
export function valuesTable(): string {
  const rows = Object.entries(chartSchema().properties ?? {}).flatMap(([name, schema]) =>
    rowsOf(name, schema),
  );
  return table(['Value', 'Default', 'Meaning'], rows);
}

function rowsOf(key: string, schema: ValueSchema): readonly (readonly string[])[] {
  const own = [code(key), defaultOf(schema), schema.description ?? ''];
  if (isGroup(schema)) return partsOf(key, schema);
  if (key === 'hosts' || schema.items?.properties === undefined) return [own];
  return [own, ...partsOf(`${key}[]`, schema.items)];
}

function partsOf(key: string, schema: ValueSchema): readonly (readonly string[])[] {
  return Object.entries(schema.properties ?? {})
    .filter(([, part]) => part.description !== undefined || isGroup(part))
    .flatMap(([name, part]) => rowsOf(`${key}.${name}`, part));
}

function defaultOf(schema: ValueSchema): string {
  return schema.default === undefined ? '' : code(JSON.stringify(schema.default));
}
