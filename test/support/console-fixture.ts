import type { ConsoleReads, TableName } from '../../src/console/reads.ts';
import { shapes } from '../../src/console/shapes.ts';
import { pageOf } from '../../src/overview/page.ts';
import type { TableShape } from '../../src/overview/page.ts';
import type {
  EventView,
  HostView,
  Page,
  PageQuery,
  PoolView,
  Tables,
  VolumeView,
} from '../../src/overview/views.ts';
import * as a from './console-views.ts';

const gibibyte = 2 ** 30;
const minute = 60_000;
const hour = 60 * minute;
const spaces = ['shop', 'monitoring', 'default', 'ci', 'media'];
const claims = [
  ...['orders', 'prometheus', 'invoices', 'registry', 'uploads', 'catalog', 'loki'],
  ...['postgres-0', 'sessions', 'grafana', 'thumbnails', 'mail', 'wiki'],
];

/** A console with a bit of everything that it can show, always the same. */
export function aConsoleOfManyStates(volumeCount = 128): ConsoleReads {
  const volumes = Array.from({ length: volumeCount }, (_, index) => volumeOf(index));
  const rows: { readonly [N in TableName]: readonly Tables[N][] } = {
    volumes,
    hosts: hosts(),
    pools: pools(),
    waiting: [a.aWaitingView(), a.aWaitingView({ kind: 'growth', name: 'registry', attempts: 2 })],
    events: Array.from({ length: 60 }, (_, index) => eventOf(index)),
    trash: [a.aTrashView()],
    findings: [a.aFindingView()],
  };
  const summary = a.aSummary({
    ...{ hosts: rows.hosts.length, volumes: volumeCount, waiting: 2, findings: 1, trash: 1 },
    namespaces: [...spaces].sort(),
  });
  return {
    summary: () => summary,
    table: <N extends TableName>(name: N, query: PageQuery): Page<Tables[N]> => {
      const shape: TableShape<object> = shapes[name] as TableShape<object>;
      return pageOf(rows[name] as readonly object[], shape, query) as Page<Tables[N]>;
    },
    volume: (name) => {
      const found = volumes.find(({ volume }) => volume === name);
      return found && { ...found, events: rows.events.slice(0, 2), findings: rows.findings };
    },
  };
}

function hosts(): HostView[] {
  return [
    a.aHostView({ volumes: 64 }),
    a.aHostView({
      ...{ host: 'nas-2', state: 'given-up', isConnected: false, running: 0, queued: 2 },
      ...{ retryAtMs: a.nowMs + 42_000, lastFailure: 'connect ETIMEDOUT 10.0.0.12:22' },
      ...{ latencyMs: 31, volumes: 21, lookedAtMs: a.nowMs - 9 * minute },
    }),
    a.aHostView({ host: 'nas-3', latencyMs: 8.2, running: 3, volumes: 43 }),
  ];
}

function pools(): PoolView[] {
  const full = { allocatedBytes: 905 * gibibyte, freeBytes: 95 * gibibyte };
  const filling = { allocatedBytes: 846 * gibibyte, freeBytes: 154 * gibibyte };
  const below = (pool: string, free: number): Pick<PoolView, 'pool' | 'parents'> => ({
    pool,
    parents: [
      { dataset: `${pool}/kubernetes`, availableBytes: free * gibibyte, isReadOnly: false },
    ],
  });
  return [
    a.aPoolView(),
    a.aPoolView({ host: 'nas-2', health: 'DEGRADED', ...full, ...below('rust', 88) }),
    a.aPoolView({ host: 'nas-3', ...filling, ...below('flash', 149) }),
  ];
}

function volumeOf(index: number): VolumeView {
  const turn = Math.floor(index / claims.length);
  const capacityBytes = ([10, 50, 5, 20][index % 4] ?? 1) * gibibyte;
  const digits = ((index + 1) * 2_654_435_761).toString(16).slice(-8);
  return a.aVolumeView({
    volume: `pvc-${digits}-2f4c-4a55-9c1e-0b8e5d1f7c1f`,
    claim: `${claims[index % claims.length]}${turn === 0 ? '' : `-${turn}`}`,
    namespace: spaces[index % spaces.length] ?? '',
    host: `nas-${1 + (index % 3)}`,
    ...{ capacityBytes, quotaBytes: capacityBytes },
    usedBytes: Math.round(capacityBytes * ([0.31, 0.93, 0.52, 0.08, 0.84][index % 5] ?? 0)),
    usedBySnapshotsBytes: ((index * 7) % 5) * (gibibyte / 4),
    createdAtMs: a.nowMs - (index + 1) * 7 * hour,
    drift: index % 16 === 5 ? ['quota'] : [],
  });
}

function eventOf(index: number): EventView {
  const name = claims[index % claims.length] ?? '';
  const about = { atMs: a.nowMs - (index + 1) * 3 * minute, name };
  if (index % 4 !== 1) return a.anEventView(about);
  return a.anEventView({
    ...{ ...about, type: 'Warning', reason: 'ProvisioningFailed', count: 7 },
    message: 'nas-2 does not answer on port 22: connect ETIMEDOUT. To do: see whether it is up.',
  });
}
