import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { parse } from 'yaml';

import { moduleFilePaths } from '../../../e2e/bench/binaries/module-files.ts';
import { programPath } from './helm.ts';

interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: unknown;
  readonly [keyword: string]: unknown;
}

interface Definition extends Schema {
  readonly 'x-kubernetes-group-version-kind'?: readonly GroupVersionKind[];
}

interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

interface CustomResource {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly name: string;
      readonly schema: { readonly openAPIV3Schema: Schema };
    }[];
  };
}

/** Definitions of OpenAPI 2 that JSON Schema would read otherwise than the API server. */
const special: Readonly<Record<string, Schema>> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { type: ['string', 'number'] },
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { type: ['string', 'integer'] },
};

/**
 * Checks objects against the schemas of the Kubernetes version that the bench runs, and of the Prometheus
 * operator's custom resources; a field that they do not know is a problem too.
 *
 * @returns what kubeconform finds wrong
 */
export class Kubeconform {
  readonly #folder = mkdtempSync(join(tmpdir(), 'zfs-provisioner-schemas-'));

  constructor() {
    for (const [file, schema] of [...kubernetesSchemas(), ...customSchemas()]) {
      writeFileSync(join(this.#folder, file), JSON.stringify(schema));
    }
  }

  problemsOf(manifests: string): readonly string[] {
    const template = `${this.#folder}/{{.ResourceKind}}{{.KindSuffix}}.json`;
    const args = ['-strict', '-output', 'json', '-schema-location', template, '-'];
    let output: string;
    try {
      output = execFileSync(programPath('kubeconform'), args, {
        input: manifests,
        encoding: 'utf8',
      });
    } catch (thrown) {
      output = (thrown as { readonly stdout: string }).stdout;
    }
    const { resources } = JSON.parse(output) as {
      readonly resources: readonly { readonly kind: string; readonly msg: string }[];
    };
    return resources.map(({ kind, msg }) => `${kind}: ${msg}`);
  }

  end(): void {
    rmSync(this.#folder, { recursive: true });
  }
}

function* kubernetesSchemas(): Generator<readonly [string, Schema]> {
  const [file = ''] = moduleFilePaths('kubernetes');
  const { definitions } = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly definitions: Readonly<Record<string, Definition>>;
  };
  for (const definition of Object.values(definitions)) {
    // What has several is no object that a chart makes, such as DeleteOptions.
    const [identity, ...others] = definition['x-kubernetes-group-version-kind'] ?? [];
    if (identity === undefined || others.length > 0 || identity.kind.endsWith('List')) continue;
    const used = Object.fromEntries(definitionsOf(definition, definitions));
    yield [fileNameOf(identity), { ...strict(definition), definitions: used }];
  }
}

/** A definition's references, theirs, and so on. */
function definitionsOf(
  schema: Schema,
  all: Readonly<Record<string, Schema>>,
  found = new Map<string, Schema>(),
): Map<string, Schema> {
  for (const [, name = ''] of JSON.stringify(schema).matchAll(/"#\/definitions\/([^"]+)"/g)) {
    const definition = all[name];
    if (definition === undefined || found.has(name)) continue;
    found.set(name, special[name] ?? strict(definition));
    definitionsOf(definition, all, found);
  }
  return found;
}

function* customSchemas(): Generator<readonly [string, Schema]> {
  for (const path of moduleFilePaths('prometheus-operator')) {
    const { spec } = parse(readFileSync(path, 'utf8')) as CustomResource;
    for (const { name, schema } of spec.versions) {
      const { group, names } = spec;
      const file = fileNameOf({ group, version: name, kind: names.kind });
      yield [file, strict(schema.openAPIV3Schema)];
    }
  }
}

/** As kubeconform's ResourceKind and KindSuffix make it: deployment-apps-v1.json */
function fileNameOf({ group, version, kind }: GroupVersionKind): string {
  const [first = ''] = group.split('.');
  return `${[kind, first, version].filter((part) => part !== '').join('-')}.json`.toLowerCase();
}

/** Fields that are not there may not be given. */
function strict(schema: Schema): Schema {
  if (schema['x-kubernetes-int-or-string'] === true) return { type: ['string', 'integer'] };
  const { properties, items, additionalProperties } = schema;
  return {
    ...schema,
    ...(isSchema(items) && { items: strict(items) }),
    ...(isSchema(additionalProperties) && { additionalProperties: strict(additionalProperties) }),
    ...(properties !== undefined && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, part]) => [name, strict(part)]),
      ),
      ...(isClosed(schema) && { additionalProperties: false }),
    }),
  };
}

function isClosed(schema: Schema): boolean {
  return (
    schema.additionalProperties === undefined &&
    schema['x-kubernetes-preserve-unknown-fields'] !== true
  );
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null;
}
