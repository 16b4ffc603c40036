/** A pool in these states takes no writes (zpoolconcepts(7)); a DEGRADED one does. */
const deadStates = new Set(['SUSPENDED', 'FAULTED', 'UNAVAIL', 'OFFLINE', 'REMOVED']);

/** @param health as `zpool list -o health` tells it */
export function isDeadPool(health: string): boolean {
  return deadStates.has(health);
}
