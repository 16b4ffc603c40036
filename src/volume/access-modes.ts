import type { VolumeType } from './volume-type.ts';

const readWriteOncePod = 'ReadWriteOncePod';

const offeredBy: Readonly<Record<VolumeType, readonly string[]>> = {
  nfs: ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany'],
  hostpath: ['ReadWriteOnce'],
  local: ['ReadWriteOnce'],
};

/** The modes that need more than one node at once, which a volume on one node's disk cannot give. */
export function needsManyNodes(requested: readonly string[]): boolean {
  return requested.includes('ReadOnlyMany') || requested.includes('ReadWriteMany');
}

/** Which of the requested modes a volume of this type cannot give. ReadWriteOncePod stands alone. */
export function impossibleModes(type: VolumeType, requested: readonly string[]): readonly string[] {
  return requested.filter((mode) => mode !== readWriteOncePod && !offeredBy[type].includes(mode));
}

/**
 * The modes written into the volume: all that its type gives, or ReadWriteOncePod alone, which the API
 * accepts only as the single mode.
 */
export function offeredModes(type: VolumeType, requested: readonly string[]): readonly string[] {
  return requested.includes(readWriteOncePod) ? [readWriteOncePod] : offeredBy[type];
}
