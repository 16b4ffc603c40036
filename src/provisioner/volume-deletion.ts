import { volumeAnnotations } from '../volume/annotations.ts';
import type { Volume } from '../volume/objects.ts';
import type { VolumeDataset } from './volume-dataset.ts';
import { datasetOf } from './volume-dataset.ts';

export interface VolumeDeletion extends VolumeDataset {
  readonly destroySnapshots: boolean;
  readonly parentGuid: string | undefined;
}

/** @throws InvalidRequestError as datasetOf does; then nothing may be destroyed */
export function planDeletion(volume: Volume, allowedParents: readonly string[]): VolumeDeletion {
  const { annotations = {} } = volume.metadata;
  return {
    ...datasetOf(volume, allowedParents, 'nothing was destroyed'),
    destroySnapshots: annotations[volumeAnnotations.destroySnapshots] === 'true',
    parentGuid: annotations[volumeAnnotations.parentGuid],
  };
}
