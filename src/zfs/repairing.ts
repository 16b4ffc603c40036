/** What repair.sh is told of what is to be repaired. */
import { datasetProperties } from '../volume/annotations.ts';
import type { AskedOfScript } from './creation.ts';
import type { Repair, RepairDataset } from './dataset-repair.ts';
import { requireShareOptions, requireValue, requireWord } from './properties.ts';

/** In which order they are done: a reservation may not be above the quota, and what is not mounted is not shared. */
const order: readonly Repair['kind'][] = [
  ...(['mountpoint', 'readonly', 'quota', 'reservation', 'mount', 'share'] as const),
];

/** @throws InvalidPropertyError for what ZFS could not take, or the script take for something else */
export function askedOfRepair(request: RepairDataset): AskedOfScript {
  const repairs = request.repairs.toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
  return {
    parameters: [datasetProperties.share, ...repairs.map((repair) => wordOf(request, repair))],
    alsoRead: ['quota', datasetProperties.share],
  };
}

function wordOf(request: RepairDataset, repair: Repair): string {
  switch (repair.kind) {
    case 'quota':
      return `${repair.property}=${sizeWord(request, repair.sizeBytes)}`;
    case 'reservation':
      return `refreservation=${sizeWord(request, repair.sizeBytes)}`;
    case 'share': {
      const { sharenfs } = repair;
      requireShareOptions(request, { linux: sharenfs, freebsd: sharenfs });
      return `share=${sharenfs}`;
    }
    case 'mountpoint':
      requireValue(request, 'mountpoint', repair.mountpoint);
      requireWord(request, 'mountpoint', repair.mountpoint, /^\/./);
      return `mountpoint=${repair.mountpoint}`;
    case 'mount':
    case 'readonly':
      return `${repair.kind}=`;
  }
}

/** 0 would be none at all. */
function sizeWord(request: RepairDataset, sizeBytes: bigint): string {
  const word = String(sizeBytes);
  requireWord(request, 'a size', word, /^[1-9]\d{0,19}$/);
  return word;
}
