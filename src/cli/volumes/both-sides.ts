import { volumeAnnotations } from '../../volume/annotations.ts';
import { roundedBytes } from '../../volume/format-bytes.ts';
import type { Volume } from '../../volume/objects.ts';
import type { DatasetUsage } from '../../zfs/dataset.ts';
import { bytesOrDash, percent, span } from '../figures.ts';
import type { Described } from './described.ts';
import { claimOf } from './volume-list.ts';

/** One thing, as the cluster says that it is, and as the host has it. */
export interface Side {
  readonly what: string;
  readonly cluster: string;
  readonly host: string;
  /** The two do not fit. */
  readonly differs: boolean;
}

type View = NonNullable<Described['view']>;
type DriftKind = View['drift'][number];

/** Row by row, what the cluster says beside what the host has. Pure. */
export function bothSides(described: Described, nowMs: number): readonly Side[] {
  const { view, volume, dataset } = described;
  if (view === undefined) return [];
  const row = (
    what: string,
    [cluster, host]: readonly [string | undefined, string | undefined],
    kinds: readonly DriftKind[] = [],
  ): Side[] => {
    if (cluster === undefined && host === undefined) return [];
    const differs = kinds.some((kind) => view.drift.includes(kind));
    return [{ what, cluster: cluster ?? '-', host: host ?? '-', differs }];
  };
  return [
    ...row('host', [view.host, poolOf(described)]),
    ...row('dataset', [view.dataset, presenceOf(described, nowMs)], ['missing']),
    ...row('volume', [`${view.volume}, ${view.phase}`, dataset?.volumeName]),
    ...row('claim', [claimSaid(described), ownerOf(dataset)]),
    ...row('size', [sizeSaid(described), limitOf(described)], ['quota']),
    ...row(
      'reserved',
      [reservationSaid(volume), dataset && bytes(dataset.condition.refreservationBytes)],
      ['reservation'],
    ),
    ...row('used', [undefined, useOf(view)]),
    ...row('path', [pathSaid(volume), mountOf(dataset)], ['mountpoint', 'unmounted']),
    ...row('share', [view.type === 'nfs' ? 'nfs' : `none (${view.type})`, view.share], ['share']),
    ...row('access', [view.accessModes.join(', '), writableOf(dataset)], ['readonly']),
    ...row('key', [undefined, dataset?.condition.keyStatus], ['key']),
    ...row('when deleted', [deletionSaid(view, volume), dataset?.reclaimPolicy]),
  ];
}

function bytes(value: bigint): string {
  return value === 0n ? 'none' : roundedBytes(value);
}

function poolOf({ pool, hostUnknown }: Described): string | undefined {
  if (pool === undefined) return hostUnknown;
  const { allocatedBytes, sizeBytes = 0, freeBytes, health = 'health unknown' } = pool;
  const fill =
    allocatedBytes === undefined || sizeBytes === 0 ? undefined : allocatedBytes / sizeBytes;
  return `pool ${pool.pool}: ${health}, ${percent(fill)} full, ${bytesOrDash(freeBytes)} free`;
}

function presenceOf({ dataset, view, findings }: Described, nowMs: number): string | undefined {
  if (view?.drift.includes('missing') === true) {
    return findings.find(({ kind }) => kind === 'missing')?.actual ?? 'missing';
  }
  return dataset && `made ${span(nowMs - dataset.createdAtMs)} ago`;
}

function claimSaid({ view, claim }: Described): string {
  const phase = claim?.status?.phase;
  return `${claimOf(view ?? {})}${phase === undefined ? '' : `, ${phase}`}`;
}

function ownerOf(dataset: DatasetUsage | undefined): string | undefined {
  if (dataset?.claimName === undefined) return undefined;
  return `${dataset.claimNamespace ?? ''}/${dataset.claimName}`;
}

function sizeSaid({ view, claim, volume }: Described): string {
  const capacity = volume?.spec.capacity?.storage ?? bytesOrDash(view?.capacityBytes);
  const asked = claim?.spec.resources?.requests?.storage;
  return asked === undefined || asked === capacity
    ? capacity
    : `${capacity}, the claim asks for ${asked}`;
}

function limitOf({ dataset, view }: Described): string | undefined {
  if (dataset === undefined) {
    return view?.quotaBytes === undefined ? undefined : `quota ${bytes(BigInt(view.quotaBytes))}`;
  }
  const { refquotaBytes } = dataset;
  const { quotaBytes } = dataset.condition;
  const limits = [
    ...(refquotaBytes > 0n ? [`refquota ${roundedBytes(refquotaBytes)}`] : []),
    ...(quotaBytes > 0n ? [`quota ${roundedBytes(quotaBytes)}`] : []),
  ];
  return limits.join(', ') || 'no quota';
}

function reservationSaid(volume: Volume | undefined): string | undefined {
  const said = volume?.metadata.annotations?.[volumeAnnotations.reserveSpace];
  if (said === undefined) return undefined;
  return said === 'true' ? 'all of it' : 'nothing';
}

function useOf({ usedBytes, usedBySnapshotsBytes }: View): string | undefined {
  if (usedBytes === undefined) return undefined;
  return `${bytesOrDash(usedBytes)}, snapshots ${bytesOrDash(usedBySnapshotsBytes)}`;
}

function pathSaid(volume: Volume | undefined): string | undefined {
  const { nfs, hostPath, local } = volume?.spec ?? {};
  return nfs === undefined ? (hostPath ?? local)?.path : `${nfs.server}:${nfs.path}`;
}

function mountOf(dataset: DatasetUsage | undefined): string | undefined {
  if (dataset === undefined) return undefined;
  const { mountpoint, mounted } = dataset.condition;
  return `${mountpoint}, ${mounted ? 'mounted' : 'not mounted'}`;
}

function writableOf(dataset: DatasetUsage | undefined): string | undefined {
  return dataset && (dataset.condition.readOnly ? 'read-only' : 'writable');
}

function deletionSaid({ reclaimPolicy }: View, volume: Volume | undefined): string {
  const annotations = volume?.metadata.annotations ?? {};
  const onDelete = annotations[volumeAnnotations.onDelete];
  return `${reclaimPolicy}${onDelete === undefined ? '' : `, ${onDelete}`}`;
}
