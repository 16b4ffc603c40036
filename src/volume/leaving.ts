import type { Volume } from './objects.ts';

/** Its dataset goes, or is about to: the volume was deleted, or released and is not to be retained. */
export function isLeaving({ metadata, spec, status }: Volume): boolean {
  if (metadata.deletionTimestamp !== undefined) return true;
  const isReleased = status?.phase === 'Released' || status?.phase === 'Failed';
  return isReleased && spec.persistentVolumeReclaimPolicy !== 'Retain';
}
