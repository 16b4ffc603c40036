/** What destroy.sh is told of a destruction, and what it tells of the dataset. */
import { datasetProperties } from '../volume/annotations.ts';
import type { AskedOfScript } from './creation.ts';
import { OutputUnreadableError, place } from './dataset-errors.ts';
import type { DestroyDataset, DestroyOutcome } from './dataset.ts';
import { lastFields } from './frames.ts';
import type { Frame } from './frames.ts';

/** A dataset that refers to more holds something: an empty one takes 24 KiB to some 200 KiB. */
const emptyBytes = 1024 * 1024;

export function askedOfDestroy(request: DestroyDataset): AskedOfScript {
  const { onDelete, trashExpiresAt } = datasetProperties;
  const { expiredByMs } = request;
  return {
    parameters: [
      request.parentGuid ?? '',
      agreedSnapshots(request),
      yesOrNo(request.onlyIfEmpty),
      String(emptyBytes),
      request.mountpoint ?? '',
      ...[onDelete, trashExpiresAt],
      expiredByMs === undefined ? '' : secondsOf(expiredByMs),
    ],
    alsoRead: ['referenced', 'usedbysnapshots', onDelete, trashExpiresAt],
  };
}

/** @throws OutputUnreadableError where the script did not tell */
export function destroyOutcome(request: DestroyDataset, frames: readonly Frame[]): DestroyOutcome {
  const outcome = lastFields(frames, 'result')?.[0];
  if (outcome === 'destroyed' || outcome === 'absent') return outcome;
  throw new OutputUnreadableError(
    request,
    `${place(request)}: the script did not tell whether it is gone`,
  );
}

function agreedSnapshots({ destroySnapshots, foreignSnapshots }: DestroyDataset): string {
  if (!destroySnapshots) return 'no';
  return foreignSnapshots === 'destroy' ? 'all' : 'yes';
}

function yesOrNo(value: boolean): string {
  return value ? 'yes' : 'no';
}

/** Seconds since 1970, as the scripts and the properties have times. */
export function secondsOf(timeMs: number): string {
  return String(Math.max(0, Math.floor(timeMs / 1000)));
}
