import type { TrashedDataset } from '../zfs/dataset-trash.ts';
import type { Owner } from './owner.ts';
import { isOwnedBy } from './owner.ts';

export type { TrashedDataset };

export interface ExpiryRules extends Owner {
  readonly nowMs: number;
}

/** A dataset of ours in the trash whose time has come. */
export interface ExpiredDataset extends TrashedDataset {
  readonly volumeName: string;
  /** Its volume was made so that its snapshots go with it. */
  readonly destroySnapshots: boolean;
  /** The same of those that other tools made. */
  readonly foreignSnapshots: 'keep' | 'destroy';
}

/**
 * What may go from the trash of a host, the longest expired first. Pure. Only what was put there by us, as it says
 * itself: not what a person moved there.
 */
export function findExpired(
  trash: readonly TrashedDataset[],
  rules: ExpiryRules,
): readonly ExpiredDataset[] {
  return trash
    .filter((each) => isOwnedBy(each, rules))
    .filter((each) => isExpired(each, rules.nowMs))
    .sort((a, b) => (a.expiresAtMs ?? 0) - (b.expiresAtMs ?? 0))
    .map((each) => ({ ...each, ...agreedOf(each.record) }));
}

function isExpired(
  { trashedFrom, trashedAtMs, expiresAtMs }: TrashedDataset,
  nowMs: number,
): boolean {
  const isWhole = trashedFrom !== undefined && trashedAtMs !== undefined;
  return isWhole && expiresAtMs !== undefined && expiresAtMs <= nowMs;
}

/** Without a record that says so, they keep it: a volume of the classic provisioner has none. */
function agreedOf(
  record: string | undefined,
): Pick<ExpiredDataset, 'destroySnapshots' | 'foreignSnapshots'> {
  const read = fieldsOf(record);
  return {
    destroySnapshots: read['destroySnapshots'] === true,
    foreignSnapshots: read['foreignSnapshots'] === 'destroy' ? 'destroy' : 'keep',
  };
}

function fieldsOf(record: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const read: unknown = JSON.parse(record ?? '');
    return typeof read === 'object' && read !== null ? { ...read } : {};
  } catch {
    return {};
  }
}
