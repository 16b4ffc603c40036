import { InvalidRequestError } from '../errors.ts';
import { volumeAnnotations } from '../volume/annotations.ts';
import type { Volume } from '../volume/objects.ts';
import type { GrowDataset, QuotaKind, SpaceLimits } from '../zfs/dataset.ts';
import type { HostInventory } from './inventory/inventory.ts';
import { limitsAt, strictest } from './inventory/places.ts';
import type { VolumeDataset } from './volume-dataset.ts';
import { datasetOf } from './volume-dataset.ts';

export interface VolumeGrowth extends VolumeDataset, Omit<GrowDataset, 'identity'> {}

export interface GrowthRules {
  readonly allowedParents: readonly string[];
  /** Of the settings; the hosts file may have stricter ones. */
  readonly spaceLimits: SpaceLimits;
  readonly inventory: HostInventory;
}

/**
 * How a volume's dataset is to grow: by the annotations that were written with the volume, never by its
 * class, which may be gone or another by now.
 * @throws InvalidRequestError as datasetOf does, and for a kind of quota that there is not
 */
export function planGrowth(
  volume: Volume,
  sizeBytes: bigint,
  { allowedParents, spaceLimits, inventory }: GrowthRules,
): VolumeGrowth {
  const { annotations = {} } = volume.metadata;
  const dataset = datasetOf(volume, allowedParents, 'nothing was changed on the host');
  return {
    ...dataset,
    sizeBytes,
    quota: quotaKindOf(annotations[volumeAnnotations.quota]),
    reservation: reservationOf(annotations[volumeAnnotations.reserveSpace]),
    maxOvercommit: strictest(spaceLimits, limitsAt(dataset, inventory)).maxOvercommit,
  };
}

/**
 * Without the annotation it is `refquota`, as the classic provisioner has it.
 * @throws InvalidRequestError for a kind that there is not
 */
export function quotaKindOf(annotation: string | undefined): QuotaKind {
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
