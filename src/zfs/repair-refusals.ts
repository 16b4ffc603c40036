/** Why repair.sh left a dataset as it is. */
import type { ProvisionerError } from '../errors.ts';
import type { DatasetLocation } from './dataset-identity.ts';
import { DatasetDiffersError, ParentChangedError, place } from './dataset-errors.ts';

type RepairRefusal = (location: DatasetLocation, details: readonly string[]) => ProvisionerError;

/** By the first field of a `refused` frame. */
export const repairRefusals: Readonly<Record<string, RepairRefusal>> = {
  inherits: (location, [inherited = '', wanted = '']) =>
    new ParentChangedError(
      location,
      `${place(location)} is left where it is: from its parent it would get the mountpoint ${inherited}, the volume's ` +
        `path is ${wanted}. Correct the mountpoint of the parent, or set it here: zfs set mountpoint=${wanted}`,
    ),

  shared: (location, [noted = '', asked = '']) =>
    new DatasetDiffersError(
      location,
      `${place(location)} is not shared by "${asked}": it says itself that it is to be shared by "${noted}" now. The ` +
        'next look at the host tells whether it is',
    ),
};
