import { InvalidRequestError } from '../errors.ts';
import { volumeAnnotations } from '../volume/annotations.ts';
import type { Volume } from '../volume/objects.ts';
import type { SharedDataset } from '../zfs/dataset.ts';
import { datasetOf } from './volume-dataset.ts';
import type { SharingRules } from './volume-sharing.ts';
import { sharingAgain } from './volume-sharing.ts';

/** The record of what a volume is shared by, where that follows the cluster's nodes. */
export function shareRecordOf(volume: Volume): string | undefined {
  return volume.metadata.annotations?.[volumeAnnotations.sharing];
}

/**
 * How a volume's dataset is to be shared now, by what was written with the volume, never by its class.
 * @throws InvalidRequestError as datasetOf and sharingAgain do, and for a volume without the record; NoClientsError
 */
export function planShare(
  volume: Volume,
  allowedParents: readonly string[],
  sharing: SharingRules,
): SharedDataset {
  const record = shareRecordOf(volume);
  if (record === undefined || volume.spec.nfs === undefined) {
    throw new InvalidRequestError(['the volume is not one that is shared with the nodes']);
  }
  const { host, dataset, volumeName } = datasetOf(
    volume,
    allowedParents,
    'its share stays as it is',
  );
  return { host, dataset, volumeName, options: sharingAgain(record, volumeName, sharing) };
}
