import { parentOf, problemWithDatasetName } from '../volume/dataset-name.ts';
import type { DatasetLocation } from './dataset-identity.ts';
import { DatasetNotOwnedError, place } from './dataset-errors.ts';

/**
 * Checks a name before anything is sent to the host: it comes from a volume's annotations, which prove
 * nothing. Whose the dataset is, its properties tell, there; here only what can be nobody's is refused: a
 * pool, and what is no name.
 * @throws DatasetNotOwnedError
 */
export function requireName(location: DatasetLocation): void {
  const { dataset } = location;
  const isPool = parentOf(dataset) === '';
  const problem = problemWithDatasetName(dataset) ?? (isPool ? 'is that of a pool' : undefined);
  if (problem === undefined) return;
  throw new DatasetNotOwnedError(location, `${place(location)} is left alone: its name ${problem}`);
}
