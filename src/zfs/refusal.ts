/** What a script found that forbids the verb, as typed errors: nothing was changed, or it was undone. */
import { InvariantError } from '../errors.ts';
import type { ProvisionerError } from '../errors.ts';
import { datasetProperties } from '../volume/annotations.ts';
import type { DatasetLocation } from './dataset.ts';
import {
  DatasetBusyError,
  DatasetHasChildrenError,
  DatasetHasSnapshotsError,
  DatasetNotEmptyError,
  DatasetNotOwnedError,
  InvalidPropertyError,
  OutputUnreadableError,
  ParentChangedError,
  ParentUnusableError,
  place,
} from './dataset-errors.ts';
import { aftermathOf } from './aftermath.ts';
import { linesOf } from './frames.ts';
import type { Frame } from './frames.ts';
import { parsePropertyRows } from './property-rows.ts';

type Refusal = (
  location: DatasetLocation,
  details: readonly string[],
  frames: readonly Frame[],
) => ProvisionerError;

/** By the first field of a `refused` frame; the scripts name the reasons. */
const refusals: Readonly<Record<string, Refusal>> = {
  type: (location, [type = '']) =>
    new DatasetNotOwnedError(
      location,
      `${place(location)} is left alone: it is a ${type}, not a filesystem`,
    ),

  identity: (location, _details, frames) =>
    new DatasetNotOwnedError(
      location,
      `${place(location)} is left alone: it cannot be proven to be this volume's. Found: ` +
        `${identityFound(location, frames)}. Rename or remove it if it is in the way`,
    ),

  receiving: (location) =>
    new DatasetNotOwnedError(
      location,
      `${place(location)} is left alone: it is the target of a zfs receive that has not ended`,
    ),

  unusable: (location, [property = '', value = ''], frames) =>
    new ParentUnusableError(
      location,
      `${place(location)} cannot be used: its ${property} is "${value}".${aftermathOf(frames)} Correct that property on the parent ` +
        '(a mountpoint that is a path, readonly=off, mounted)',
    ),

  property: (location, [property = '', wanted = '', found = ''], frames) =>
    new InvalidPropertyError(
      location,
      `${place(location)} did not take ${property}: "${wanted}" was asked for, it is ` +
        `"${found}".${aftermathOf(frames)}`,
    ),

  parent: (location, [guid = '']) =>
    new ParentChangedError(
      location,
      `${place(location)} is left alone: its parent is not the one that the volume was made in (guid ${guid} ` +
        'now). Another pool or host answers to this name',
    ),

  elsewhere: (location, [mountpoint = '']) =>
    new ParentChangedError(
      location,
      `${place(location)} is not there, and does not count as gone: its parent is mounted at ${mountpoint}, the ` +
        "volume's path is elsewhere. The annotations of the volume, or the parent's mountpoint, were changed",
    ),

  unreadable: (location, [property = '']) =>
    new OutputUnreadableError(
      location,
      `${place(location)}: zfs did not tell the property ${property}`,
    ),

  content: (location, [found = '']) =>
    new DatasetNotEmptyError(
      location,
      `${place(location)} was not destroyed: it must be empty, found: ${found}`,
    ),

  children: (location, _details, frames) => {
    const names = linesOf(frames, 'listed').filter(
      (name) => name.startsWith(`${location.dataset}/`) && !name.includes('@'),
    );
    return new DatasetHasChildrenError(
      location,
      `${place(location)} was not destroyed: it has ${names.length} dataset(s) below it, such as ${names[0] ?? '?'}`,
    );
  },

  snapshots: (location, _details, frames) => {
    const names = linesOf(frames, 'listed').filter((name) =>
      name.startsWith(`${location.dataset}@`),
    );
    return new DatasetHasSnapshotsError(location, names.length, names[0] ?? '?');
  },

  held: (location, [snapshot = '']) =>
    new DatasetBusyError(
      location,
      `${place(location)} was not destroyed: a hold keeps its snapshot ${snapshot} (see zfs holds)`,
    ),

  cloned: (location, [snapshot = '', clones = '']) =>
    new DatasetHasChildrenError(
      location,
      `${place(location)} was not destroyed: its snapshot ${snapshot} has clones: ${clones}`,
    ),
};

/** The typed error of a `refused` frame. */
export function errorOfRefusal(
  location: DatasetLocation,
  refused: readonly string[],
  frames: readonly Frame[],
): ProvisionerError {
  const [reason = '', ...details] = refused;
  const refusal = Object.hasOwn(refusals, reason) ? refusals[reason] : undefined;
  return (
    refusal?.(location, details, frames) ??
    new InvariantError(`a script refused for an unknown reason: ${reason}`)
  );
}

function identityFound(location: DatasetLocation, frames: readonly Frame[]): string {
  const properties = parsePropertyRows(linesOf(frames, 'row')).get(location.dataset);
  return [datasetProperties.instance, datasetProperties.clusterId, datasetProperties.volumeName]
    .map((key) => {
      const found = properties?.get(key);
      return found === undefined ? `${key} missing` : `${key}="${found.value}" (${found.source})`;
    })
    .join(', ');
}
