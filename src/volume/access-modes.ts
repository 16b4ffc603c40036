const readWriteOncePod = 'ReadWriteOncePod';

const onOneNode: readonly string[] = ['ReadWriteOnce'];
const onManyNodes: readonly string[] = ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany'];

/** What decides which modes a volume can give. */
interface Reach {
  /** Whether several nodes can use it at once: over NFS, or by one tree on all of them. */
  readonly isForManyNodes: boolean;
}

function offeredBy({ isForManyNodes }: Reach): readonly string[] {
  return isForManyNodes ? onManyNodes : onOneNode;
}

/** The modes that need more than one node at once, which a volume on one node's disk cannot give. */
export function needsManyNodes(requested: readonly string[]): boolean {
  return requested.includes('ReadOnlyMany') || requested.includes('ReadWriteMany');
}

/** Which of the requested modes such a volume cannot give. ReadWriteOncePod stands alone. */
export function impossibleModes(reach: Reach, requested: readonly string[]): readonly string[] {
  const offered = offeredBy(reach);
  return requested.filter((mode) => mode !== readWriteOncePod && !offered.includes(mode));
}

/**
 * The modes written into the volume: all that it can give, or ReadWriteOncePod alone, which the API
 * accepts only as the single mode.
 */
export function offeredModes(reach: Reach, requested: readonly string[]): readonly string[] {
  return requested.includes(readWriteOncePod) ? [readWriteOncePod] : offeredBy(reach);
}
