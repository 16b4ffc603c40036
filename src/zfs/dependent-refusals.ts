/** Why a dataset has to stay: something depends on it, or it is elsewhere. As typed errors; nothing was changed. */
import type { ProvisionerError } from '../errors.ts';
import { volumeAnnotations } from '../volume/annotations.ts';
import {
  DatasetHasChildrenError,
  DatasetHasSnapshotsError,
  DatasetHeldError,
  DatasetMissingError,
  ForeignSnapshotsError,
  OutputUnreadableError,
  place,
} from './dataset-errors.ts';
import type { DatasetLocation } from './dataset-identity.ts';
import { linesOf } from './frames.ts';
import type { Frame } from './frames.ts';

/** Makes the error of a `refused` frame, whose first field named it; `details` are the fields after that. */
export type Refusal = (
  location: DatasetLocation,
  details: readonly string[],
  frames: readonly Frame[],
) => ProvisionerError;

export const dependentRefusals: Readonly<Record<string, Refusal>> = {
  children: (location, _details, frames) => {
    const names = linesOf(frames, 'listed').filter(
      (name) => name.startsWith(`${location.dataset}/`) && !name.includes('@'),
    );
    return new DatasetHasChildrenError(
      location,
      `${place(location)} stays where it is: it has ${names.length} dataset(s) below it, such as ${names[0] ?? '?'}`,
    );
  },

  snapshots: (location, _details, frames) => {
    const names = linesOf(frames, 'listed').filter((name) =>
      name.startsWith(`${location.dataset}@`),
    );
    return new DatasetHasSnapshotsError(location, names.length, names[0] ?? '?');
  },

  held: (location, [snapshot = '']) =>
    new DatasetHeldError(
      location,
      `${place(location)} was not destroyed: a hold keeps its snapshot ${snapshot}. zfs holds tells whose it is`,
    ),

  foreign: (location, [snapshot = '']) =>
    new ForeignSnapshotsError(
      location,
      `${place(location)} was not destroyed: its snapshot ${snapshot} is another tool's, by its name. To do: destroy those ` +
        `snapshots, or agree that they go: annotation ${volumeAnnotations.foreignSnapshots}=destroy on the volume`,
    ),

  renamed: (location, [found = '']) =>
    found === location.dataset
      ? new OutputUnreadableError(
          location,
          `${place(location)} was not there, and a moment later it was: it is looked at again`,
        )
      : new DatasetMissingError(
          location,
          `${place(location)} is not there: it is called ${found} now. Nothing was destroyed. To do: rename it back, or ` +
            'destroy it by hand; to keep it, set the reclaim policy of the volume to Retain and delete the volume',
        ),

  cloned: (location, [snapshot = '', clones = '']) =>
    new DatasetHasChildrenError(
      location,
      `${place(location)} was not destroyed: its snapshot ${snapshot} has clones: ${clones}`,
    ),
};
