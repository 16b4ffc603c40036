import type { Orphan } from '../provisioner/orphans.ts';
import { findOrphans } from '../provisioner/orphans.ts';
import type { Owner } from '../provisioner/owner.ts';
import { findStrangers } from '../provisioner/strangers.ts';
import { volumeAnnotations } from '../volume/annotations.ts';
import { roundedBytes } from '../volume/format-bytes.ts';
import type { Claim, Volume } from '../volume/objects.ts';
import { volumeNameFor } from '../volume/volume-name.ts';
import type { DatasetUsage, HostUsage } from '../zfs/dataset.ts';
import { fullNameOf } from './candidate.ts';
import { isoTime, span } from './figures.ts';
import type { Listing } from './listing.ts';
import { claimOf } from './trash-list.ts';

const states = ['orphan', 'retained', 'stranger'] as const;

/** A dataset that no volume and no claim stands for. */
export interface Unclaimed extends DatasetUsage {
  /** `retained`: on purpose; `stranger`: it tells of no provisioner. */
  readonly state: (typeof states)[number];
  /** Why the provisioner would not remove it by itself; undefined: it would look whether it is empty. */
  readonly kept: string | undefined;
}

interface Question {
  readonly usages: readonly HostUsage[];
  readonly volumes: readonly Volume[];
  readonly claims: readonly Claim[];
  readonly owner: Owner;
  readonly nowMs: number;
  readonly graceMs: number;
  readonly withStrangers: boolean;
}

/** Orphans, then what was retained, then strangers, if they are asked for. Pure. */
export function unclaimedIn(question: Question): readonly Unclaimed[] {
  const { usages, volumes, withStrangers, nowMs } = question;
  const orphans = orphansOf(question).map((orphan) => {
    const state = orphan.retainedAtMs === undefined ? ('orphan' as const) : ('retained' as const);
    return { ...orphan, state };
  });
  const names = volumes.map(
    ({ metadata }) => metadata.annotations?.[volumeAnnotations.datasetPath] ?? '',
  );
  const strangers = usages.flatMap((usage) => {
    const found = new Set(findStrangers(usage, names, nowMs));
    return usage.datasets
      .filter(({ dataset }) => found.has(dataset))
      .map((each) => ({ ...each, state: 'stranger' as const, kept: undefined }));
  });
  return [...orphans, ...(withStrangers ? strangers : [])].toSorted(
    (a, b) =>
      states.indexOf(a.state) - states.indexOf(b.state) ||
      fullNameOf(a).localeCompare(fullNameOf(b)),
  );
}

function orphansOf({ usages, volumes, claims, ...question }: Question): readonly Orphan[] {
  const { owner, nowMs, graceMs } = question;
  const { instance, clusterId } = owner;
  const names = new Set(volumes.map(({ metadata }) => metadata.name));
  const awaited = new Set(claims.map(({ metadata }) => volumeNameFor(metadata.uid)));
  const isKnown = ({ volumeName }: { readonly volumeName: string }): boolean =>
    names.has(volumeName) || awaited.has(volumeName);
  const rules = { instance, clusterId, nowMs, graceMs, isKnown };
  return findOrphans(
    usages.flatMap(({ datasets }) => datasets),
    rules,
  );
}

export function unclaimedListing(items: readonly Unclaimed[], nowMs: number): Listing<Unclaimed> {
  return {
    items,
    columns: [
      { header: 'VOLUME', of: ({ volumeName }) => volumeName ?? '-' },
      { header: 'CLAIM', of: claimOf },
      { header: 'HOST', of: ({ host }) => host },
      { header: 'DATASET', of: ({ dataset }) => dataset },
      { header: 'USED', of: ({ usedBytes }) => roundedBytes(usedBytes), align: 'right' },
      { header: 'AGE', of: ({ createdAtMs }) => span(nowMs - createdAtMs), align: 'right' },
      { header: 'STATE', of: (each) => stateOf(each, nowMs) },
    ],
    fieldsOf: (each) => ({
      volume: each.volumeName,
      claim: { namespace: each.claimNamespace, name: each.claimName },
      ...{ host: each.host, dataset: each.dataset, state: each.state, kept: each.kept },
      usedBytes: each.usedBytes,
      createdAt: isoTime(each.createdAtMs),
      retainedAt: isoTime(each.retainedAtMs),
    }),
    nameOf: fullNameOf,
    empty: 'There are no orphans.',
  };
}

function stateOf({ state, retainedAtMs, kept }: Unclaimed, nowMs: number): string {
  if (state === 'stranger') return 'stranger';
  if (retainedAtMs !== undefined) return `retained ${span(nowMs - retainedAtMs)} ago`;
  return kept === undefined ? 'orphan' : `orphan: ${kept}`;
}
