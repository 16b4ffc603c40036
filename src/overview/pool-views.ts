import { poolOf } from '../volume/dataset-name.ts';
import type { HostUsage, PoolUsage } from '../zfs/dataset.ts';
import { present } from './present.ts';
import type { PoolView } from './views.ts';

/** Pools of hosts, those that could not be read too. Pure. */
export function poolViews(usages: ReadonlyMap<string, HostUsage>): readonly PoolView[] {
  return [...usages].flatMap(([host, usage]) => {
    const unread = new Map((usage.unread ?? []).map(({ pool, health }) => [pool, health]));
    const readable = usage.pools.filter(({ pool }) => !unread.has(pool));
    return [
      ...readable.map((each) => ({
        ...{ host, pool: each.pool, parents: parentsIn(each.pool, usage) },
        ...figuresOf(each),
      })),
      ...[...unread].map(([pool, health]) => {
        return { host, pool, health, parents: parentsIn(pool, usage) };
      }),
    ];
  });
}

function figuresOf({
  health,
  sizeBytes,
  allocatedBytes,
  freeBytes,
}: PoolUsage): Omit<PoolView, 'host' | 'pool' | 'parents'> {
  return {
    ...present({ health }),
    sizeBytes: Number(sizeBytes),
    allocatedBytes: Number(allocatedBytes),
    freeBytes: Number(freeBytes),
  };
}

function parentsIn(pool: string, { parents }: HostUsage): PoolView['parents'] {
  return parents
    .filter(({ dataset }) => poolOf(dataset) === pool)
    .map(({ dataset, availableBytes, readOnly }) => ({
      ...{ dataset, isReadOnly: readOnly },
      availableBytes: Number(availableBytes),
    }));
}
