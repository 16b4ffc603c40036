/** Rows of `zfs get -Hp -o name,property,value,source`: values together with where they come from. */

export interface Property {
  readonly value: string;
  /** `local`, `default`, `received`, `inherited from ...`, `-`; `ambiguous`: there were several rows. */
  readonly source: string;
}

export type Properties = ReadonlyMap<string, Property>;

/**
 * The properties of each dataset that has rows. Lines that are no rows (sentences of zfs or sudo, the rest
 * of a value with line breaks) are left out. Such a value could hold what looks like a row: where a property
 * comes twice and not the same, neither is believed.
 */
export function parsePropertyRows(lines: readonly string[]): Map<string, Properties> {
  const rows = new PropertyRows();
  for (const line of lines) rows.add(line);
  return rows.datasets;
}

/** A property that is not set. */
const unset: Property = { value: '-', source: '-' };

/** Rows that come in several ways. */
export class PropertyRows {
  readonly datasets = new Map<string, Map<string, Property>>();

  /** A line of zfs. */
  add(line: string): void {
    const row = parseRow(line);
    if (row === undefined) return;
    const { dataset, name, value, source } = row;
    this.#set(this.#of(dataset), name, { value, source });
  }

  /** The rows of one dataset, as scan.sh folds them. */
  addFolded(keys: readonly string[], [dataset = '', ...fields]: readonly string[]): void {
    if (fields.length !== keys.length * 2) return;
    const properties = this.#of(dataset);
    keys.forEach((name, index) => {
      const [value = '', source = ''] = fields.slice(index * 2, index * 2 + 2);
      this.#set(properties, name, source === '' ? unset : { value, source });
    });
  }

  #of(dataset: string): Map<string, Property> {
    const properties = this.datasets.get(dataset) ?? new Map<string, Property>();
    this.datasets.set(dataset, properties);
    return properties;
  }

  #set(properties: Map<string, Property>, name: string, property: Property): void {
    const before = properties.get(name);
    const differs =
      before !== undefined &&
      (before.value !== property.value || before.source !== property.source);
    properties.set(name, differs ? { value: '', source: 'ambiguous' } : property);
  }
}

function parseRow(line: string): (Property & { dataset: string; name: string }) | undefined {
  const [dataset, name, ...rest] = line.split('\t');
  const source = rest.pop();
  if (dataset === undefined || name === undefined || source === undefined || rest.length === 0)
    return undefined;
  return { dataset, name, value: rest.join('\t'), source };
}

/** The value that was set on the dataset itself. */
export function localValue(properties: Properties, name: string): string | undefined {
  const property = properties.get(name);
  return property?.source === 'local' ? property.value : undefined;
}

/** A number of bytes, or undefined where there is none. */
export function bytesOf(properties: Properties | undefined, name: string): bigint | undefined {
  const value = properties?.get(name)?.value ?? '';
  return /^\d{1,20}$/.test(value) ? BigInt(value) : undefined;
}
