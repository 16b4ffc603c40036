/** Labels and selectors on them, as Kubernetes writes both (`key=value,...`). */

export type Labels = Readonly<Record<string, string>>;

const namePart = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const prefixPart = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

/** `name` or `prefix/name`, the prefix a DNS name of at most 253 characters. */
export function isLabelKey(key: string): boolean {
  const [first = '', second, ...rest] = key.split('/');
  if (rest.length > 0) return false;
  if (second === undefined) return namePart.test(first);
  return first.length <= 253 && prefixPart.test(first) && namePart.test(second);
}

export function isLabelValue(value: string): boolean {
  return value === '' || namePart.test(value);
}

/** Reads `key=value,...`; undefined where it is none, or names a key twice. */
export function parseLabels(text: string): Labels | undefined {
  const labels = new Map<string, string>();
  for (const item of text.split(',')) {
    const [key = '', value, ...rest] = item.replaceAll(/^ +| +$/g, '').split('=');
    if (value === undefined || rest.length > 0 || labels.has(key)) return undefined;
    if (!isLabelKey(key) || !isLabelValue(value)) return undefined;
    labels.set(key, value);
  }
  return Object.fromEntries(labels);
}

export function hasLabels(labels: Labels, wanted: Labels): boolean {
  return Object.entries(wanted).every(
    ([key, value]) => Object.hasOwn(labels, key) && labels[key] === value,
  );
}
