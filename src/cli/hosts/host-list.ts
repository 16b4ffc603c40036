import type { HostView, PoolView } from '../../overview/views.ts';
import { bytesOrDash, isoTime, percent } from '../figures.ts';
import type { Listing } from '../listing.ts';

/** A host and one of its pools; without, where none is known. */
interface HostRow {
  readonly host: HostView;
  readonly pool: PoolView | undefined;
}

/** A row for each pool; programs get a host at a time, with its pools in it. */
export function hostListing(
  hosts: readonly HostView[],
  pools: readonly PoolView[],
): { readonly rows: Listing<HostRow>; readonly hosts: Listing<HostView> } {
  const poolsOf = (name: string): readonly PoolView[] => pools.filter(({ host }) => host === name);
  const empty = 'No StorageClass and no hosts file names a host.';
  const rows = hosts.flatMap((host): readonly HostRow[] => {
    const own = poolsOf(host.host);
    return own.length === 0 ? [{ host, pool: undefined }] : own.map((pool) => ({ host, pool }));
  });
  return {
    rows: {
      ...{ items: rows, empty, columns: columns() },
      fieldsOf: ({ host }) => host,
      nameOf: ({ host }) => host.host,
    },
    hosts: {
      ...{ items: hosts, empty, columns: [] },
      fieldsOf: (host) => fieldsOf(host, poolsOf(host.host)),
      nameOf: ({ host }) => host,
    },
  };
}

function columns(): Listing<HostRow>['columns'] {
  return [
    { header: 'HOST', of: ({ host }) => host.host },
    { header: 'STATE', of: stateOf },
    { header: 'LATENCY', of: ({ host }) => latencyOf(host), align: 'right', yields: 1 },
    { header: 'VOLUMES', of: ({ host }) => String(host.volumes), align: 'right', yields: 1 },
    { header: 'POOL', of: ({ pool }) => pool?.pool ?? '-' },
    { header: 'HEALTH', of: ({ pool }) => pool?.health ?? '-' },
    { header: 'SIZE', of: ({ pool }) => bytesOrDash(pool?.sizeBytes), align: 'right' },
    { header: 'FREE', of: ({ pool }) => bytesOrDash(pool?.freeBytes), align: 'right' },
    { header: 'FILL', of: ({ pool }) => percent(fillOf(pool)), align: 'right' },
    { header: 'PARENTS', of: ({ pool }) => parentsOf(pool), yields: 3 },
    {
      header: 'WHY NOT',
      of: ({ host }) => host.lastFailure ?? '-',
      ...{ yields: 2, cutAt: 'end' },
    },
  ];
}

/** Whoever asks hosts itself knows what `unknown` comes from. */
function stateOf({ host: { state, lastFailure } }: HostRow): string {
  return state === 'unknown' && lastFailure !== undefined ? 'no answer' : state;
}

function latencyOf({ latencyMs }: HostView): string {
  return latencyMs === undefined ? '-' : `${Math.round(latencyMs)} ms`;
}

function fillOf(pool: PoolView | undefined): number | undefined {
  const { sizeBytes = 0, allocatedBytes } = pool ?? {};
  return allocatedBytes === undefined || sizeBytes === 0 ? undefined : allocatedBytes / sizeBytes;
}

function parentsOf(pool: PoolView | undefined): string {
  const parents = pool?.parents ?? [];
  return (
    parents
      .map(({ dataset, isReadOnly }) => `${dataset}${isReadOnly ? ' (read-only)' : ''}`)
      .join(',') || '-'
  );
}

function fieldsOf(host: HostView, pools: readonly PoolView[]): object {
  const { retryAtMs, lookedAtMs, latencyMs, ...rest } = host;
  return {
    ...rest,
    ...(latencyMs !== undefined && { latencyMs: Math.round(latencyMs) }),
    ...(retryAtMs !== undefined && { retryAt: isoTime(retryAtMs) }),
    ...(lookedAtMs !== undefined && { lookedAt: isoTime(lookedAtMs) }),
    pools: pools.map(({ pool, ...figures }) => ({ ...figures, pool, host: undefined })),
  };
}
