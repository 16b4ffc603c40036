import { isDeadPool } from '../volume/pool-health.ts';
import type { UnreadPool } from './dataset.ts';
import { linesOf } from './frames.ts';
import type { Frame } from './frames.ts';

const complaint = /^cannot open '([^'@/]+)(?:\/[^']*)?': (.+)$/;

/**
 * The pools that a scan could not read because they are not well: no reason to know nothing of the others.
 * @param health by pool, as zpool told it; empty where it told nothing
 */
export function unreadPoolsIn(
  frames: readonly Frame[],
  health: ReadonlyMap<string, string>,
): readonly UnreadPool[] {
  const found = new Map<string, UnreadPool>();
  for (const line of [...linesOf(frames, 'dataset'), ...linesOf(frames, 'pool')]) {
    const [, pool = '', why] = complaint.exec(line) ?? [];
    // OpenZFS 2.3, seen: the whole command goes on with the next operand.
    const isSuspended = why === 'pool I/O is currently suspended';
    const state = health.get(pool) ?? '';
    if (isSuspended || (why !== undefined && isDeadPool(state))) {
      found.set(pool, { pool, health: isDeadPool(state) ? state : 'SUSPENDED' });
    }
  }
  return [...found.values()];
}
