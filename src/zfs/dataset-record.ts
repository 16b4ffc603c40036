import { datasetProperties } from '../volume/annotations.ts';
import { bytesOf, localValue } from './property-rows.ts';
import type { Properties } from './property-rows.ts';

/**
 * What a dataset says of the volume that it was made for, as volume/volume-record.ts wrote it, and how large it
 * may be now. Texts of source `local`; undefined: none.
 */
export interface DatasetRecord {
  readonly storageClass: string | undefined;
  readonly volumeType: string | undefined;
  readonly reclaimPolicy: string | undefined;
  /** As the claim wrote its size. */
  readonly capacity: string | undefined;
  /** Bytes that the claim asked for. */
  readonly size: string | undefined;
  readonly onDelete: string | undefined;
  /** JSON. */
  readonly rest: string | undefined;
  /** 0: none. */
  readonly refquotaBytes: bigint;
  /** 0: none. */
  readonly quotaBytes: bigint;
}

/** What a scan has to ask for it, besides what it asks for anyway. */
export const recordProperties: readonly string[] = [
  datasetProperties.volumeType,
  datasetProperties.capacity,
  datasetProperties.size,
  datasetProperties.onDelete,
];

export function datasetRecordOf(properties: Properties): DatasetRecord {
  return {
    storageClass: localValue(properties, datasetProperties.storageClass),
    volumeType: localValue(properties, datasetProperties.volumeType),
    reclaimPolicy: localValue(properties, datasetProperties.reclaimPolicy),
    capacity: localValue(properties, datasetProperties.capacity),
    size: localValue(properties, datasetProperties.size),
    onDelete: localValue(properties, datasetProperties.onDelete),
    rest: localValue(properties, datasetProperties.record),
    refquotaBytes: bytesOf(properties, 'refquota') ?? 0n,
    quotaBytes: bytesOf(properties, 'quota') ?? 0n,
  };
}
