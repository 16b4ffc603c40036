/** What can be sorted by and searched in each table. */
import type { TableShape } from './page.ts';
import type {
  EventView,
  FindingView,
  HostView,
  PoolView,
  TrashView,
  VolumeView,
  WaitingView,
} from './views.ts';

export const hostTable: TableShape<HostView> = {
  fields: [
    ...(['host', 'state', 'isConnected', 'retryAtMs', 'lastFailure', 'latencyMs'] as const),
    ...(['running', 'queued', 'hung', 'lookedAtMs', 'volumes'] as const),
  ],
  searched: ['host', 'state', 'lastFailure'],
  usualSort: 'host',
  identity: ({ host }) => host,
};

export const poolTable: TableShape<PoolView> = {
  fields: ['host', 'pool', 'health', 'sizeBytes', 'allocatedBytes', 'freeBytes', 'parents'],
  searched: ['host', 'pool', 'health'],
  usualSort: 'host',
  identity: ({ host, pool }) => `${host} ${pool}`,
};

export const volumeTable: TableShape<VolumeView> = {
  fields: [
    ...(['volume', 'phase', 'namespace', 'claim', 'storageClass', 'type', 'host'] as const),
    ...(['dataset', 'capacityBytes', 'usedBytes', 'quotaBytes', 'usedBySnapshotsBytes'] as const),
    ...(['share', 'accessModes', 'reclaimPolicy', 'createdAtMs', 'drift'] as const),
  ],
  searched: [
    ...(['volume', 'phase', 'namespace', 'claim', 'storageClass', 'type', 'host'] as const),
    ...(['dataset', 'share', 'accessModes', 'reclaimPolicy', 'drift'] as const),
  ],
  usualSort: 'volume',
  identity: ({ volume }) => volume,
};

export const waitingTable: TableShape<WaitingView> = {
  fields: [
    ...(['kind', 'namespace', 'name', 'storageClass', 'host', 'sinceMs', 'code'] as const),
    ...(['message', 'attempts', 'nextAttemptAtMs'] as const),
  ],
  searched: ['kind', 'namespace', 'name', 'storageClass', 'host', 'code', 'message'],
  usualSort: 'sinceMs',
  identity: ({ kind, namespace, name }) => `${kind} ${namespace ?? ''}/${name}`,
};

export const eventTable: TableShape<EventView> = {
  fields: ['atMs', 'type', 'reason', 'message', 'kind', 'namespace', 'name', 'count'],
  searched: ['type', 'reason', 'message', 'kind', 'namespace', 'name'],
  usualSort: '-atMs',
  identity: ({ kind, namespace, name, reason }) => `${kind} ${namespace ?? ''}/${name} ${reason}`,
};

export const trashTable: TableShape<TrashView> = {
  fields: [
    ...(['host', 'dataset', 'volume', 'namespace', 'claim', 'usedBytes', 'trashedAtMs'] as const),
    'expiresAtMs',
  ],
  searched: ['host', 'dataset', 'volume', 'namespace', 'claim'],
  usualSort: 'expiresAtMs',
  identity: ({ host, dataset }) => `${host} ${dataset}`,
};

export const findingTable: TableShape<FindingView> = {
  fields: [
    ...(['kind', 'host', 'dataset', 'volume', 'namespace', 'claim', 'expected', 'actual'] as const),
    'remedy',
  ],
  searched: [
    ...(['kind', 'host', 'dataset', 'volume', 'namespace', 'claim', 'expected', 'actual'] as const),
    'remedy',
  ],
  usualSort: 'host',
  identity: ({ kind, host, dataset }) => `${host} ${dataset} ${kind}`,
};
