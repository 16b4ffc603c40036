/** What trash.sh is told of a dataset that goes into the trash or is retained, and what it tells of it. */
import { datasetProperties } from '../volume/annotations.ts';
import { leafOf } from '../volume/dataset-name.ts';
import type { AskedOfScript } from './creation.ts';
import { OutputUnreadableError, place } from './dataset-errors.ts';
import type { TrashDataset, TrashOutcome } from './dataset-trash.ts';
import { secondsOf } from './destruction.ts';
import { lastFields } from './frames.ts';
import type { Frame } from './frames.ts';

/** What trash.sh writes and restore.sh reads and forgets, in the order in which both are given it. */
export const trashNotes: readonly string[] = [
  datasetProperties.trashedFrom,
  datasetProperties.trashedAt,
  datasetProperties.trashExpiresAt,
  datasetProperties.trashedShare,
  datasetProperties.trashedReservation,
  datasetProperties.trashedReadOnly,
];

const notes = [datasetProperties.onDelete, datasetProperties.retainedAt, ...trashNotes];

/** ZFS names have 255 bytes at most, and `/.trash` takes some of them as well. */
const maxNameLength = 255;

export function askedOfTrash(request: TrashDataset): AskedOfScript {
  const { trashedAtMs, expiresAtMs } = request;
  const times = [secondsOf(trashedAtMs), secondsOf(expiresAtMs)];
  return asked('trash', request, [trashLeaf(request), ...times]);
}

export function askedOfRetain(request: Omit<TrashDataset, 'expiresAtMs'>): AskedOfScript {
  return asked('retain', request, ['', secondsOf(request.trashedAtMs), '']);
}

function asked(
  mode: 'trash' | 'retain',
  { parentGuid, mountpoint }: Pick<TrashDataset, 'parentGuid' | 'mountpoint'>,
  more: readonly string[],
): AskedOfScript {
  return {
    parameters: [mode, parentGuid ?? '', mountpoint ?? '', ...notes, ...more],
    alsoRead: notes,
  };
}

/** `pvc-1-20260102T030405Z`. A name that would be too long loses what is in front of the time. */
function trashLeaf({ dataset, trashedAtMs }: TrashDataset): string {
  const time = new Date(trashedAtMs).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const room = maxNameLength - (dataset.length - leafOf(dataset).length) - '.trash/'.length;
  return `${leafOf(dataset).slice(0, room - time.length - 1)}-${time}`;
}

/** @throws OutputUnreadableError where the script did not tell */
export function trashOutcome(request: TrashDataset, frames: readonly Frame[]): TrashOutcome {
  const [outcome, dataset, expires = ''] = lastFields(frames, 'result') ?? [];
  if (outcome === 'absent') return { kind: 'absent' };
  if (outcome === 'trashed' && dataset !== undefined) {
    const isTime = /^\d{1,12}$/.test(expires);
    const expiresAtMs = isTime ? Number(expires) * 1000 : request.expiresAtMs;
    return { kind: 'trashed', dataset, expiresAtMs };
  }
  throw new OutputUnreadableError(
    request,
    `${place(request)}: the script did not tell whether it is in the trash`,
  );
}

/** @throws OutputUnreadableError where the script did not tell */
export function retainOutcome(
  request: Omit<TrashDataset, 'expiresAtMs'>,
  frames: readonly Frame[],
): 'retained' | 'absent' {
  const outcome = lastFields(frames, 'result')?.[0];
  if (outcome === 'retained' || outcome === 'absent') return outcome;
  throw new OutputUnreadableError(
    request,
    `${place(request)}: the script did not tell whether it is retained`,
  );
}
