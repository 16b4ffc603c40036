import { InvalidRequestError } from '../errors.ts';
import { volumeAnnotations } from '../volume/annotations.ts';
import type { Volume } from '../volume/objects.ts';
import type { GrowDataset, QuotaKind } from '../zfs/dataset.ts';
import type { VolumeDataset } from './volume-dataset.ts';
import { datasetOf } from './volume-dataset.ts';

export interface VolumeGrowth
  extends VolumeDataset, Pick<GrowDataset, 'sizeBytes' | 'quota' | 'reservation'> {}

/**
 * How a volume's dataset is to grow: by the annotations that were written with the volume, never by its
 * class, which may be gone or another by now.
 * @throws InvalidRequestError as datasetOf does, and for a kind of quota that there is not
 */
export function planGrowth(
  volume: Volume,
  sizeBytes: bigint,
  allowedParents: readonly string[],
): VolumeGrowth {
  const { annotations = {} } = volume.metadata;
  const dataset = datasetOf(volume, allowedParents, 'nothing was changed on the host');
  return {
    ...dataset,
    sizeBytes,
    quota: quotaKindOf(annotations[volumeAnnotations.quota]),
    reservation: reservationOf(annotations[volumeAnnotations.reserveSpace]),
  };
}

/** Without the annotation it is `refquota`, as the classic provisioner has it. */
function quotaKindOf(annotation: string | undefined): QuotaKind {
  switch (annotation) {
    case undefined:
    case 'refquota':
      return 'refquota';
    case 'quota':
    case 'both':
      return annotation;
    default:
      throw new InvalidRequestError([
        `annotation ${volumeAnnotations.quota} is ${JSON.stringify(annotation)}, which is none of refquota, quota, both`,
        'nothing was changed on the host',
      ]);
  }
}

/** Early releases of the classic provisioner wrote no such annotation: there the dataset itself tells. */
function reservationOf(annotation: string | undefined): GrowDataset['reservation'] {
  if (annotation === 'true') return 'thick';
  return annotation === 'false' ? 'thin' : 'as-it-is';
}
