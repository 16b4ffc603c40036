/** What restore.sh is told of a dataset that is to come back, and what it tells of it. */
import { datasetProperties } from '../volume/annotations.ts';
import { parentOf } from '../volume/dataset-name.ts';
import { rowsOfLastRead } from './creation.ts';
import type { AskedOfScript } from './creation.ts';
import { OutputUnreadableError, place } from './dataset-errors.ts';
import { requireName } from './dataset-name.ts';
import type { RestoreDataset, RestoredDataset } from './dataset-trash.ts';
import type { Frame } from './frames.ts';
import { bytesOf, parsePropertyRows } from './property-rows.ts';
import { trashNotes } from './trashing.ts';

const notes = [...trashNotes, datasetProperties.retainedAt];

/** @throws DatasetNotOwnedError where the name that it is to have is none */
export function askedOfRestore(request: RestoreDataset): AskedOfScript {
  const { host, restoredAs } = request;
  requireName({ host, dataset: restoredAs });
  return { parameters: [restoredAs, ...notes], alsoRead: notes };
}

/**
 * The dataset as the script left it.
 * @throws OutputUnreadableError where zfs did not tell all of it
 */
export function restoredDataset(
  { host, restoredAs: dataset }: RestoreDataset,
  frames: readonly Frame[],
): RestoredDataset {
  const state = parsePropertyRows(rowsOfLastRead(frames));
  const mountpoint = state.get(dataset)?.get('mountpoint')?.value;
  const refquotaBytes = bytesOf(state.get(dataset), 'refquota');
  const parentGuid = state.get(parentOf(dataset))?.get('guid')?.value;
  if (mountpoint === undefined || refquotaBytes === undefined || parentGuid === undefined) {
    const location = { host, dataset };
    throw new OutputUnreadableError(
      location,
      `${place(location)}: zfs did not tell what it is now`,
    );
  }
  return { host, dataset, mountpoint, refquotaBytes, parentGuid };
}
