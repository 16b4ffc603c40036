/**
 * Names of datasets, by the rules of OpenZFS (zfs_namecheck.c): components of letters, digits and
 * `_ . : -` (blanks are legal there too, and refused here, since exports files split at them), a pool
 * that begins with a letter, at most 255 bytes in all.
 */
const component = /^[A-Za-z0-9_.:-]+$/;
const maxLength = 255;

/** What is wrong with a dataset's name; undefined where nothing is. */
export function problemWithDatasetName(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (name.length > maxLength) return `is longer than ${maxLength} characters`;
  if (name.startsWith('/') || name.endsWith('/')) return 'must not start or end with "/"';
  const components = name.split('/');
  if (components.some((part) => part === '')) return 'has an empty component ("//")';
  if (components.some((part) => part === '.' || part.includes('..')))
    return 'must not contain ".."';
  if (!components.every((part) => component.test(part))) {
    return 'may only contain letters, digits, "/" and "_.:-"';
  }
  if (!/^[A-Za-z]/.test(name)) return 'must start with a letter (the name of the pool)';
  return undefined;
}

/** The last component. */
export function leafOf(dataset: string): string {
  return dataset.slice(dataset.lastIndexOf('/') + 1);
}

/** All but the last component; empty for a pool. */
export function parentOf(dataset: string): string {
  return dataset.slice(0, Math.max(0, dataset.lastIndexOf('/')));
}

/** The first component. */
export function poolOf(dataset: string): string {
  return dataset.split('/', 1).join('');
}

/** Whether the dataset is the parent itself or anywhere below it. */
export function isWithin(dataset: string, parent: string): boolean {
  return dataset === parent || dataset.startsWith(`${parent}/`);
}
