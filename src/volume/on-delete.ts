/** What becomes of a volume's dataset when the volume is deleted, from the least safe on. */
export const waysToDelete = ['destroy', 'trash', 'retain'] as const;

export type OnDelete = (typeof waysToDelete)[number];

/** Undefined: it is none of them. */
export function parseOnDelete(text: string): OnDelete | undefined {
  return waysToDelete.find((way) => way === text);
}

export function isLessSafe(way: OnDelete, than: OnDelete): boolean {
  return waysToDelete.indexOf(way) < waysToDelete.indexOf(than);
}
