import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parameterNames } from '../src/provisioner/class-parameters.ts';
import { settingsSchema } from '../src/settings/variables.ts';
import { hostsFileJsonSchema } from './hosts-file-page.ts';

/** The part of JSON Schema that the chart's schema uses. */
export interface ValueSchema {
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, ValueSchema>>;
  readonly items?: ValueSchema;
  readonly [keyword: string]: unknown;
}

interface ClassSchema extends ValueSchema {
  readonly properties: Readonly<Record<string, ValueSchema>>;
}

const file = join(import.meta.dirname, '../charts/zfs-provisioner/values.schema.json');

/** Fields of a class in the values that are parameters of the StorageClass, under another name or the same. */
const parametersWithField = [
  'parentDataset',
  'hostname',
  'type',
  'node',
  'shareProperties',
  'reserveSpace',
  'destroySnapshots',
];

/** values.schema.json, with the names that the product knows: settings, fields of hosts, parameters of classes. */
export function chartSchema(): ValueSchema {
  const schema = JSON.parse(readFileSync(file, 'utf8')) as ValueSchema;
  const classes = property(property(schema, 'storageClass'), 'classes');
  return {
    ...schema,
    properties: {
      ...schema.properties,
      env: { ...property(schema, 'env'), propertyNames: settingNames() },
      hosts: hostsSchema(property(schema, 'hosts')),
      storageClass: {
        ...property(schema, 'storageClass'),
        properties: {
          ...property(schema, 'storageClass').properties,
          classes: { ...classes, items: classSchema(classes.items as ClassSchema) },
        },
      },
    },
  };
}

export function chartSchemaText(): string {
  return `${JSON.stringify(chartSchema(), undefined, 2)}\n`;
}

/** Ours by name; variables of others, such as TZ, by not beginning as ours do. */
function settingNames(): object {
  const ours = Object.keys(settingsSchema.shape).filter((name) => name.startsWith('ZFS_'));
  return { anyOf: [{ enum: ours }, { pattern: '^([^Z]|Z[^F]|ZF[^S]|ZFS[^_])' }] };
}

/** What a host is the product says; what the value is the chart says. */
function hostsSchema(value: ValueSchema): ValueSchema {
  const { properties } = JSON.parse(hostsFileJsonSchema()) as ValueSchema;
  return { ...properties?.['hosts'], ...value, items: properties?.['hosts']?.items ?? {} };
}

function classSchema(schema: ClassSchema): ClassSchema {
  const further = parameterNames.filter((name) => !parametersWithField.includes(name));
  const parameters = {
    ...schema.properties['parameters'],
    propertyNames: { anyOf: [{ enum: further }, { pattern: '^properties\\..' }] },
    additionalProperties: { type: ['string', 'boolean', 'integer'] },
  };
  return { ...schema, properties: { ...schema.properties, parameters } };
}

function property(schema: ValueSchema, name: string): ValueSchema {
  const found = schema.properties?.[name];
  if (found === undefined) throw new Error(`values.schema.json has no ${name}`);
  return found;
}
