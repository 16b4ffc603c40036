import type {
  EventView,
  FindingView,
  HostView,
  PoolView,
  SummaryView,
  Tables,
  TrashView,
  VolumeView,
  WaitingView,
} from '../../src/overview/views.ts';

/** The moment that rows of tests are seen at: Saturday, 21 November 2026, 12:00 UTC. */
export const nowMs = Date.UTC(2026, 10, 21, 12);

const gibibyte = 2 ** 30;
const minute = 60_000;
const day = 24 * 60 * minute;

export function aSummary(more: Partial<SummaryView> = {}): SummaryView {
  return {
    instance: 'zfs.example.com',
    version: '0.1.0',
    replica: 'zfs-provisioner-6c9f-x2x7k',
    isLeader: true,
    leader: 'zfs-provisioner-6c9f-x2x7k',
    startedAtMs: nowMs - 3 * day,
    nowMs,
    hosts: 1,
    volumes: 1,
    waiting: 0,
    findings: 0,
    trash: 0,
    held: 0,
    namespaces: ['default', 'shop'],
    ...more,
  };
}

export function aHostView(more: Partial<HostView> = {}): HostView {
  return {
    host: 'nas-1',
    state: 'answers',
    isConnected: true,
    latencyMs: 12.4,
    running: 1,
    queued: 0,
    hung: [],
    lookedAtMs: nowMs - 2 * minute,
    volumes: 12,
    ...more,
  };
}

export function aPoolView(more: Partial<PoolView> = {}): PoolView {
  return {
    host: 'nas-1',
    pool: 'tank',
    health: 'ONLINE',
    sizeBytes: 1000 * gibibyte,
    allocatedBytes: 420 * gibibyte,
    freeBytes: 580 * gibibyte,
    parents: [{ dataset: 'tank/kubernetes', availableBytes: 540 * gibibyte, isReadOnly: false }],
    ...more,
  };
}

export function aVolumeView(more: Partial<VolumeView> = {}): VolumeView {
  const { volume = 'pvc-0b8e6e2b-2f4c-4a55-9c1e-5d1f7c1f0a01' } = more;
  return {
    volume,
    phase: 'Bound',
    namespace: 'shop',
    claim: 'orders',
    storageClass: 'nfs',
    type: 'nfs',
    host: 'nas-1',
    dataset: `tank/kubernetes/${volume}`,
    capacityBytes: 10 * gibibyte,
    usedBytes: 3 * gibibyte,
    quotaBytes: 10 * gibibyte,
    usedBySnapshotsBytes: gibibyte / 2,
    share: 'rw=@10.0.0.0/24,no_root_squash',
    accessModes: ['ReadWriteMany'],
    reclaimPolicy: 'Delete',
    createdAtMs: nowMs - 3 * day,
    drift: [],
    ...more,
  };
}

export function aWaitingView(more: Partial<WaitingView> = {}): WaitingView {
  return {
    kind: 'claim',
    namespace: 'shop',
    name: 'invoices',
    storageClass: 'nfs',
    host: 'nas-2',
    sinceMs: nowMs - 6 * minute,
    code: 'HOST_UNREACHABLE',
    message: 'nas-2 does not answer on port 22: connect ETIMEDOUT. To do: see whether it is up.',
    attempts: 7,
    nextAttemptAtMs: nowMs + 4 * minute,
    ...more,
  };
}

export function anEventView(more: Partial<EventView> = {}): EventView {
  return {
    atMs: nowMs - minute,
    type: 'Normal',
    reason: 'ProvisioningSucceeded',
    message: 'created dataset tank/kubernetes/pvc-0b8e on nas-1',
    kind: 'PersistentVolumeClaim',
    namespace: 'shop',
    name: 'orders',
    count: 1,
    ...more,
  };
}

export function aTrashView(more: Partial<TrashView> = {}): TrashView {
  return {
    host: 'nas-1',
    dataset: 'tank/kubernetes/trash/pvc-0b8e',
    volume: 'pvc-0b8e',
    namespace: 'shop',
    claim: 'carts',
    usedBytes: 2 * gibibyte,
    trashedAtMs: nowMs - day,
    expiresAtMs: nowMs + 6 * day,
    ...more,
  };
}

export function aFindingView(more: Partial<FindingView> = {}): FindingView {
  return {
    kind: 'quota',
    host: 'nas-1',
    dataset: 'tank/kubernetes/pvc-0b8e',
    volume: 'pvc-0b8e',
    namespace: 'shop',
    claim: 'orders',
    expected: 'refquota=10737418240',
    actual: 'refquota=5368709120',
    remedy: 'kubectl zfs drift pvc-0b8e --repair',
    ...more,
  };
}

/** A row of each table. */
export const aRowOf: { readonly [N in keyof Tables]: (more?: Partial<Tables[N]>) => Tables[N] } = {
  hosts: aHostView,
  pools: aPoolView,
  volumes: aVolumeView,
  waiting: aWaitingView,
  events: anEventView,
  trash: aTrashView,
  findings: aFindingView,
};
