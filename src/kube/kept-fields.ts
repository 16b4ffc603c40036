/** Which fields stay: all of them, those that the predicate names, or those listed with their own tree. */
export type FieldTree =
  true | ((name: string) => boolean) | { readonly [field: string]: FieldTree };

/** A copy of a decoded JSON value that holds only the fields of `tree`. Absent fields stay absent. */
export function keepFields(value: unknown, tree: FieldTree): unknown {
  if (tree === true || typeof value !== 'object' || value === null) return value;
  if (typeof tree === 'function') {
    return Object.fromEntries(Object.entries(value).filter(([name]) => tree(name)));
  }
  const kept: Record<string, unknown> = {};
  for (const [field, subtree] of Object.entries(tree)) {
    const child = (value as Record<string, unknown>)[field];
    if (child !== undefined) kept[field] = keepFields(child, subtree);
  }
  return kept;
}
