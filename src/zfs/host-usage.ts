/** The output of a scan as pools and datasets. */
import { datasetProperties } from '../volume/annotations.ts';
import { leafOf, parentOf, poolOf } from '../volume/dataset-name.ts';
import { datasetRecordOf, recordProperties } from './dataset-record.ts';
import type { TrashedDataset } from './dataset-trash.ts';
import type { DatasetLocation } from './dataset-identity.ts';
import type {
  DatasetCondition,
  DatasetUsage,
  HostUsage,
  ParentUsage,
  PoolUsage,
} from './dataset.ts';
import { classifyFailure } from './failure.ts';
import { linesOf } from './frames.ts';
import type { Frame } from './frames.ts';
import { bytesOf, localValue, parsePropertyRows, PropertyRows } from './property-rows.ts';
import type { Properties } from './property-rows.ts';
import { unreadPoolsIn } from './unread-pools.ts';

/** What a scan asks of each dataset. */
export const scannedProperties: readonly string[] = [
  'type',
  'creation',
  'used',
  'referenced',
  'usedbysnapshots',
  'refquota',
  datasetProperties.instance,
  datasetProperties.clusterId,
  datasetProperties.volumeName,
  datasetProperties.claimNamespace,
  datasetProperties.claimName,
  datasetProperties.reclaimPolicy,
  ...['quota', 'refreservation', 'sharenfs', 'mounted', 'mountpoint', 'readonly'],
  datasetProperties.share,
  datasetProperties.retainedAt,
  datasetProperties.storageClass,
  datasetProperties.record,
  datasetProperties.trashedFrom,
  datasetProperties.trashedAt,
  datasetProperties.trashExpiresAt,
  ...recordProperties,
];

/** Asked as well, where the release knows them: OpenZFS 0.8 and later. */
export const scannedIfKnown: readonly string[] = ['keystatus'];

/** Below each parent of ours; what is in it is out of use. */
export const trashName = '.trash';

/**
 * Datasets that vanish during the scan leave rows without numbers, and are left out; so are the parents
 * themselves, and whatever is no filesystem.
 */
export function parseHostUsage(
  host: string,
  parents: readonly string[],
  frames: readonly Frame[],
): HostUsage {
  const below = (name: string): boolean => parents.some((parent) => name.startsWith(`${parent}/`));
  const filesystems = [...rowsOfDatasets(frames)].filter(
    ([name, properties]) => below(name) && properties.get('type')?.value === 'filesystem',
  );
  const datasets = filesystems
    .filter(([name]) => !isOfTrash(name))
    .flatMap(([dataset, properties]) => usageOf({ host, dataset }, properties) ?? []);
  const trash = filesystems
    .filter(([name]) => isTrash(parentOf(name)))
    .flatMap(([dataset, properties]) => trashedOf({ host, dataset }, properties) ?? []);
  const rows = parsePropertyRows(linesOf(frames, 'pool'));
  const health = healthOf(frames);
  const pools = [...new Set(parents.map(poolOf))].flatMap(
    (pool) => poolUsageOf({ host, pool, health: health.get(pool) }, rows.get(pool)) ?? [],
  );
  const found = parents.flatMap((parent) => parentUsageOf(host, parent, rows.get(parent)) ?? []);
  const unread = unreadPoolsIn(frames, health);
  const asked = parents.filter((parent) => !unread.some(({ pool }) => pool === poolOf(parent)));
  return { asked, parents: found, pools, unread, datasets, trash };
}

/** Folded where a dataset's rows are what was asked for, and nothing else came between them. */
function rowsOfDatasets(frames: readonly Frame[]): ReadonlyMap<string, Properties> {
  const rows = new PropertyRows();
  let keys: readonly string[] = [];
  for (const { kind, fields } of frames) {
    if (kind === 'asked') keys = (fields[0] ?? '').split(',');
    if (kind === 'folded') rows.addFolded(keys, fields);
    if (kind === 'dataset') rows.add(fields.join('\t'));
  }
  return rows.datasets;
}

function isTrash(dataset: string): boolean {
  return leafOf(dataset) === trashName;
}

/** The trash itself, and whatever is in it, how deep it may be. */
function isOfTrash(dataset: string): boolean {
  return `${dataset}/`.includes(`/${trashName}/`);
}

/** By pool. Only words that are states: anything else that zpool says is none. */
function healthOf(frames: readonly Frame[]): ReadonlyMap<string, string> {
  const rows = linesOf(frames, 'health').map((line) => line.split('\t'));
  return new Map(
    rows.flatMap(([pool, state]): [string, string][] =>
      pool !== undefined && state !== undefined && /^[A-Z]{4,20}$/.test(state)
        ? [[pool, state]]
        : [],
    ),
  );
}

function parentUsageOf(
  host: string,
  dataset: string,
  properties: Properties | undefined,
): ParentUsage | undefined {
  const availableBytes = bytesOf(properties, 'available');
  if (availableBytes === undefined) return undefined;
  return { host, dataset, availableBytes, readOnly: properties?.get('readonly')?.value === 'on' };
}

function usageOf(
  location: { host: string; dataset: string },
  properties: Properties,
): DatasetUsage | undefined {
  const createdAtSeconds = bytesOf(properties, 'creation');
  const usedBytes = bytesOf(properties, 'used');
  const referencedBytes = bytesOf(properties, 'referenced');
  if (createdAtSeconds === undefined || usedBytes === undefined || referencedBytes === undefined)
    return undefined;
  return {
    ...location,
    ...ownersOf(properties),
    reclaimPolicy: localValue(properties, datasetProperties.reclaimPolicy),
    createdAtMs: Number(createdAtSeconds) * 1000,
    usedBytes,
    referencedBytes,
    usedBySnapshotsBytes: bytesOf(properties, 'usedbysnapshots') ?? 0n,
    refquotaBytes: bytesOf(properties, 'refquota') ?? 0n,
    retainedAtMs: timeMsOf(properties, datasetProperties.retainedAt),
    condition: conditionOf(properties),
    recorded: datasetRecordOf(properties),
  };
}

/** Whose it is, and for which claim its volume was made. */
function ownersOf(
  properties: Properties,
): Pick<DatasetUsage, 'instance' | 'clusterId' | 'volumeName' | 'claimNamespace' | 'claimName'> {
  return {
    instance: localValue(properties, datasetProperties.instance),
    clusterId: localValue(properties, datasetProperties.clusterId),
    volumeName: localValue(properties, datasetProperties.volumeName),
    claimNamespace: localValue(properties, datasetProperties.claimNamespace),
    claimName: localValue(properties, datasetProperties.claimName),
  };
}

function conditionOf(properties: Properties): DatasetCondition {
  const valueOf = (name: string): string => properties.get(name)?.value ?? '';
  const keyStatus = valueOf('keystatus');
  return {
    quotaBytes: bytesOf(properties, 'quota') ?? 0n,
    refreservationBytes: bytesOf(properties, 'refreservation') ?? 0n,
    sharenfs: valueOf('sharenfs'),
    notedShare: localValue(properties, datasetProperties.share),
    mounted: valueOf('mounted') === 'yes',
    mountpoint: valueOf('mountpoint'),
    readOnly: valueOf('readonly') === 'on',
    keyStatus: keyStatus === 'available' || keyStatus === 'unavailable' ? keyStatus : undefined,
  };
}

function trashedOf(location: DatasetLocation, properties: Properties): TrashedDataset | undefined {
  const usedBytes = bytesOf(properties, 'used');
  if (usedBytes === undefined) return undefined;
  return {
    ...location,
    ...ownersOf(properties),
    storageClass: localValue(properties, datasetProperties.storageClass),
    record: localValue(properties, datasetProperties.record),
    trashedFrom: localValue(properties, datasetProperties.trashedFrom),
    trashedAtMs: timeMsOf(properties, datasetProperties.trashedAt),
    expiresAtMs: timeMsOf(properties, datasetProperties.trashExpiresAt),
    usedBytes,
    usedBySnapshotsBytes: bytesOf(properties, 'usedbysnapshots') ?? 0n,
    recorded: datasetRecordOf(properties),
  };
}

/** Seconds since 1970, of a property of source local. */
function timeMsOf(properties: Properties, key: string): number | undefined {
  const seconds = localValue(properties, key);
  return seconds !== undefined && /^\d{1,12}$/.test(seconds) ? Number(seconds) * 1000 : undefined;
}

/** Seen from the pool's root dataset: what datasets can use, not the raw size of the devices. */
function poolUsageOf(
  pool: Pick<PoolUsage, 'host' | 'pool' | 'health'>,
  properties: Properties | undefined,
): PoolUsage | undefined {
  const allocatedBytes = bytesOf(properties, 'used');
  const freeBytes = bytesOf(properties, 'available');
  if (allocatedBytes === undefined || freeBytes === undefined) return undefined;
  return { ...pool, sizeBytes: allocatedBytes + freeBytes, allocatedBytes, freeBytes };
}

/**
 * Refuses a scan that is not whole: a dataset that is not listed could be taken for one that is not there.
 * Parents that are missing are no reason.
 * @throws the classes of dataset-errors.ts
 */
export function requireScanned(
  location: DatasetLocation,
  parents: readonly string[],
  frames: readonly Frame[],
): void {
  const pools = parents.flatMap((parent) => [parent, poolOf(parent)]);
  for (const [step, asked] of [
    ['dataset', parents],
    ['pool', pools],
  ] as const) {
    const exitCode = frames.find((frame) => frame.kind === 'exit' && frame.fields[0] === step)
      ?.fields[1];
    if (exitCode === '0' || (exitCode === '1' && missesOnly(frames, step, asked))) continue;
    const sentences = linesOf(frames, step).filter((line) => !line.includes('\t'));
    throw classifyFailure({
      ...location,
      step: 'zfs get',
      exitCode: Number(exitCode ?? NaN),
      stderr: sentences.join('\n').trim(),
      aftermath: '',
    });
  }
}

/** A dataset that vanished between the listing and the reading is as good as one that was never listed. */
function missesOnly(frames: readonly Frame[], step: string, asked: readonly string[]): boolean {
  const complaints = linesOf(frames, step).filter((line) => line.startsWith('cannot '));
  const unread = new Set(unreadPoolsIn(frames, healthOf(frames)).map(({ pool }) => pool));
  const isExcused = (line: string): boolean => {
    if (unread.has(/^cannot open '([^'@/]+)/.exec(line)?.[1] ?? '')) return true;
    const missing = /^cannot open '(.+)': dataset does not exist$/.exec(line)?.[1];
    return asked.some((name) => missing === name || missing?.startsWith(`${name}/`) === true);
  };
  return complaints.length > 0 && complaints.every(isExcused);
}
