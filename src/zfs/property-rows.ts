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
  const datasets = new Map<string, Map<string, Property>>();
  for (const line of lines) {
    const row = parseRow(line);
    if (row === undefined) continue;
    let properties = datasets.get(row.dataset);
    if (properties === undefined)
      datasets.set(row.dataset, (properties = new Map<string, Property>()));
    const before = properties.get(row.name);
    const differs =
      before !== undefined && (before.value !== row.value || before.source !== row.source);
    properties.set(row.name, differs ? { value: '', source: 'ambiguous' } : row);
  }
  return datasets;
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
