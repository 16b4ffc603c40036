/** What grow.sh is told of a growth, and what it tells of the dataset. */
import { datasetProperties } from '../volume/annotations.ts';
import { percentOf, rowsOfLastRead } from './creation.ts';
import type { AskedOfScript } from './creation.ts';
import { OutputUnreadableError, place } from './dataset-errors.ts';
import type { GrowDataset, QuotaKind } from './dataset.ts';
import type { Frame } from './frames.ts';
import { bytesOf, parsePropertyRows } from './property-rows.ts';

export function askedOfGrow(request: GrowDataset): AskedOfScript {
  const { sizeBytes, reservation } = request;
  const quotas = quotasOf(request.quota);
  const sizeKey = datasetProperties.size;
  const limit = percentOf(request.maxOvercommit);
  return {
    parameters: [String(sizeBytes), quotas.join(' '), reservation, limit, sizeKey],
    alsoRead: [...quotas, sizeKey],
  };
}

/**
 * The size that the dataset is held to now, bytes: the smallest of its quotas.
 * @throws OutputUnreadableError where zfs did not tell it
 */
export function sizeAfterGrowth(request: GrowDataset, frames: readonly Frame[]): bigint {
  const quotas = quotasOf(request.quota);
  const state = parsePropertyRows(rowsOfLastRead(frames)).get(request.dataset);
  const limits = quotas
    .map((quota) => bytesOf(state, quota))
    .filter((limit) => limit !== undefined);
  const [first, ...others] = limits;
  if (first === undefined || limits.length < quotas.length) {
    throw new OutputUnreadableError(request, `${place(request)}: zfs did not tell its quota`);
  }
  return others.reduce((smallest, limit) => (limit < smallest ? limit : smallest), first);
}

function quotasOf(quota: QuotaKind): readonly string[] {
  return quota === 'both' ? ['refquota', 'quota'] : [quota];
}
