import { volumeAnnotations } from '../volume/annotations.ts';
import type { Volume, VolumeSpec } from '../volume/objects.ts';
import { tryParseQuantity } from '../volume/quantity.ts';
import type { DatasetUsage } from '../zfs/dataset.ts';
import { present } from './present.ts';
import type { Seen } from './seen.ts';
import type { VolumeView } from './views.ts';

/** Volumes of one provisioner beside their datasets, in the order in which they come. Pure. */
export function volumeViews(
  volumes: Iterable<Volume>,
  instance: string,
  seen: Seen,
): readonly VolumeView[] {
  const viewOf = volumeViewer(instance, seen);
  return [...volumes].flatMap((volume) => viewOf(volume) ?? []);
}

/** The same for single volumes: undefined for those of others. Says the same for as long as it is used. */
export function volumeViewer(
  instance: string,
  seen: Seen,
): (volume: Volume) => VolumeView | undefined {
  const datasets = datasetsByPlace(seen);
  const drift = driftByVolume(seen);
  return (volume) => {
    const { name, annotations = {} } = volume.metadata;
    if (annotations[volumeAnnotations.provisionedBy] !== instance) return undefined;
    const host = annotations[volumeAnnotations.host] ?? '';
    const dataset = annotations[volumeAnnotations.datasetPath] ?? '';
    const kinds = drift.get(name) ?? [];
    // What is in its place when it is missing is not its own.
    const found = kinds.includes('missing') ? undefined : datasets.get(host)?.get(dataset);
    return {
      ...{ volume: name, host, dataset, drift: kinds },
      ...toldBy(volume),
      ...(found !== undefined && figuresOf(found)),
    };
  };
}

type ToldByVolume = Omit<VolumeView, 'volume' | 'host' | 'dataset' | 'drift'>;

function toldBy(volume: Volume): ToldByVolume {
  const { spec } = volume;
  const { claimRef, storageClassName = '', accessModes = [] } = spec;
  return {
    ...present({ namespace: claimRef?.namespace, claim: claimRef?.name }),
    ...{ storageClass: storageClassName, type: typeOf(spec), accessModes },
    phase: volume.status?.phase ?? 'Pending',
    capacityBytes: Number(tryParseQuantity(spec.capacity?.storage ?? '') ?? 0n),
    createdAtMs: createdAtMs(volume),
    reclaimPolicy: reclaimPolicyOf(spec),
  };
}

/** The API sets it on every volume; Retain is its default for those written by hand. */
function reclaimPolicyOf({ persistentVolumeReclaimPolicy = 'Retain' }: VolumeSpec): string {
  return persistentVolumeReclaimPolicy;
}

/** 0 where nobody wrote it: a volume that is no object of the API yet. */
function createdAtMs({ metadata }: Volume): number {
  return Date.parse(metadata.creationTimestamp ?? '') || 0;
}

function typeOf(spec: VolumeSpec): VolumeView['type'] {
  if (spec.nfs !== undefined) return 'nfs';
  return spec.local === undefined ? 'hostpath' : 'local';
}

/** Its reservation is not use: `used` would count it (zfsprops(7)). */
function figuresOf({
  refquotaBytes,
  referencedBytes,
  usedBySnapshotsBytes,
  condition: { quotaBytes, sharenfs },
}: DatasetUsage): Partial<VolumeView> {
  const limits = [refquotaBytes, quotaBytes].filter((bytes) => bytes > 0n);
  const limit = limits.reduce((least, bytes) => (bytes < least ? bytes : least), limits[0] ?? 0n);
  const isWithoutSnapshots = refquotaBytes > 0n && limit === refquotaBytes;
  return {
    usedBytes: Number(referencedBytes + (isWithoutSnapshots ? 0n : usedBySnapshotsBytes)),
    quotaBytes: Number(limit),
    usedBySnapshotsBytes: Number(usedBySnapshotsBytes),
    share: sharenfs,
  };
}

function datasetsByPlace({ usages }: Seen): ReadonlyMap<string, ReadonlyMap<string, DatasetUsage>> {
  return new Map(
    [...usages].map(([host, { datasets }]) => [
      host,
      new Map(datasets.map((each) => [each.dataset, each])),
    ]),
  );
}

function driftByVolume({ comparisons }: Seen): ReadonlyMap<string, VolumeView['drift']> {
  const kinds = new Map<string, VolumeView['drift']>();
  for (const { missing, drifted } of comparisons.values()) {
    for (const { volume } of missing) kinds.set(volume.metadata.name, ['missing']);
    for (const { volume, drifts } of drifted) {
      kinds.set(volume.metadata.name, [...new Set(drifts.map(({ kind }) => kind))]);
    }
  }
  return kinds;
}
