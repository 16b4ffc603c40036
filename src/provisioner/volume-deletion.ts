import { InvalidRequestError } from '../errors.ts';
import { volumeAnnotations } from '../volume/annotations.ts';
import type { Volume } from '../volume/objects.ts';
import { parseOnDelete } from '../volume/on-delete.ts';
import type { OnDelete } from '../volume/on-delete.ts';
import { defaultRetention, parseRetention } from '../volume/retention.ts';
import { shown } from '../volume/shown.ts';
import type { VolumeDataset } from './volume-dataset.ts';
import { datasetOf } from './volume-dataset.ts';

export interface VolumeDeletion extends VolumeDataset {
  readonly destroySnapshots: boolean;
  readonly foreignSnapshots: 'keep' | 'destroy';
  readonly parentGuid: string | undefined;
  readonly onDelete: OnDelete;
  /** How long its dataset stays in the trash if it goes there. */
  readonly retentionMs: number;
}

/**
 * @throws InvalidRequestError as datasetOf does, and for annotations that do not say what is to become of the
 * dataset; then nothing may be destroyed
 */
export function planDeletion(volume: Volume, allowedParents: readonly string[]): VolumeDeletion {
  const { annotations = {} } = volume.metadata;
  return {
    ...datasetOf(volume, allowedParents, 'nothing was destroyed'),
    destroySnapshots: annotations[volumeAnnotations.destroySnapshots] === 'true',
    foreignSnapshots:
      annotations[volumeAnnotations.foreignSnapshots] === 'destroy' ? 'destroy' : 'keep',
    parentGuid: guidIn(annotations),
    onDelete: read(annotations, volumeAnnotations.onDelete, 'destroy', parseOnDelete),
    retentionMs: read(
      annotations,
      volumeAnnotations.trashRetention,
      defaultRetention,
      parseRetention,
    ),
  };
}

/** What is no guid could match none; one with a NUL could not even be sent. */
function guidIn(annotations: Readonly<Record<string, string>>): string | undefined {
  const key = volumeAnnotations.parentGuid;
  if (annotations[key] === undefined) return undefined;
  return read(annotations, key, '', (text) => (/^\d{1,20}$/.test(text) ? text : undefined));
}

function read<T>(
  annotations: Readonly<Record<string, string>>,
  key: string,
  fallback: string,
  parse: (text: string) => T | undefined,
): T {
  const text = annotations[key] ?? fallback;
  const value = parse(text);
  if (value !== undefined) return value;
  throw new InvalidRequestError([
    `annotation ${key} is ${shown(text)}, which means nothing`,
    'nothing was destroyed',
  ]);
}
