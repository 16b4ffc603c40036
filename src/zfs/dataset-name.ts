import type { DatasetIdentity, DatasetLocation } from './dataset.ts';
import { DatasetNotOwnedError, place } from './dataset-errors.ts';

/** ZFS_MAX_DATASET_NAME_LEN of OpenZFS (include/sys/fs/zfs.h), less the closing NUL. */
const maxNameLength = 255;

/** Characters that valid_char() of OpenZFS accepts (module/zcommon/zfs_namecheck.c, 0.6 to 2.4). */
const component = /^[A-Za-z0-9_.:-](?:[A-Za-z0-9_.: -]*[A-Za-z0-9_.:-])?$/;

/**
 * What is wrong with the name of a filesystem below a pool, undefined if nothing is. Stricter than ZFS:
 * no blank at either end of a component, and no component that is a step in a path.
 */
export function problemOfDatasetName(name: string): string | undefined {
  const components = name.split('/');
  if (name.length > maxNameLength) return `is longer than ${maxNameLength} characters`;
  if (components.length < 2) return 'is a pool, not a dataset below one';
  if (components.some((part) => part === '.' || part === '..'))
    return 'has a component "." or ".."';
  if (!components.every((part) => component.test(part))) return 'is no name of a ZFS filesystem';
  if (!/^[A-Za-z]/.test(name)) return 'does not begin with a letter';
  return undefined;
}

/** `tank/k` of `tank/k/pvc-1`. */
export function parentOf(dataset: string): string {
  return dataset.slice(0, dataset.lastIndexOf('/'));
}

/** `pvc-1` of `tank/k/pvc-1`. */
export function leafOf(dataset: string): string {
  return dataset.slice(dataset.lastIndexOf('/') + 1);
}

/**
 * Checks a name before anything is sent to the host: it comes from a volume's annotations, which prove
 * nothing.
 * @throws DatasetNotOwnedError
 */
export function requireNameOf(identity: DatasetIdentity, location: DatasetLocation): void {
  const problem = problemOfDatasetName(location.dataset);
  if (problem !== undefined) {
    throw new DatasetNotOwnedError(
      location,
      `${place(location)} is left alone: its name ${problem}`,
    );
  }
  if (leafOf(location.dataset) !== identity.volumeName) {
    throw new DatasetNotOwnedError(
      location,
      `${place(location)} is left alone: it is not named after the volume ${identity.volumeName}`,
    );
  }
}
