/** What about a dataset can be otherwise than its volume was promised, in the order in which it is mended. */
export const driftKinds = [
  'mountpoint',
  'readonly',
  'quota',
  'reservation',
  'key',
  'unmounted',
  'share',
] as const;

export type DriftKind = (typeof driftKinds)[number];

/** Those that can be repaired; a key is a person's to load. */
export const repairableKinds: readonly DriftKind[] = driftKinds.filter((kind) => kind !== 'key');
