import { leafOf, parentOf, problemWithDatasetName } from '../volume/dataset-name.ts';
import type { DatasetIdentity, DatasetLocation } from './dataset.ts';
import { DatasetNotOwnedError, place } from './dataset-errors.ts';

/**
 * Checks a name before anything is sent to the host: it comes from a volume's annotations, which prove
 * nothing. A volume's dataset lies below a pool and has the volume's name.
 * @throws DatasetNotOwnedError
 */
export function requireNameOf(identity: DatasetIdentity, location: DatasetLocation): void {
  const problem = problemOf(location.dataset, identity.volumeName);
  if (problem === undefined) return;
  throw new DatasetNotOwnedError(location, `${place(location)} is left alone: its name ${problem}`);
}

function problemOf(dataset: string, volumeName: string): string | undefined {
  const problem = problemWithDatasetName(dataset);
  if (problem !== undefined) return problem;
  if (parentOf(dataset) === '') return 'is that of a pool';
  return leafOf(dataset) === volumeName ? undefined : `is not that of the volume ${volumeName}`;
}
