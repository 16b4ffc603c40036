import { InvalidRequestError } from '../errors.ts';
import { volumeAnnotations } from '../volume/annotations.ts';
import { isWithin, leafOf } from '../volume/dataset-name.ts';
import { isLeaving } from '../volume/leaving.ts';
import type { Claim, Volume } from '../volume/objects.ts';
import type { DatasetUsage, HostUsage } from '../zfs/dataset.ts';
import type { Orphan, OrphanRules } from './orphans.ts';
import { findOrphans } from './orphans.ts';
import { isOwnedBy } from './owner.ts';
import { findStrangers } from './strangers.ts';
import type { VolumeDataset } from './volume-dataset.ts';
import { datasetOf } from './volume-dataset.ts';
import type { Drift, VolumePromise } from './volume-drift.ts';
import { driftsOf } from './volume-drift.ts';
import { limitsPromisedBy, sizesPromisedBy } from './volume-promise.ts';

export interface ComparisonRules extends OrphanRules {
  readonly allowedParents: readonly string[];
  /**
   * Volumes as they were known before the host was looked at, by name. One that is written meanwhile says nothing of
   * what was seen.
   */
  readonly volumesBefore: ReadonlyMap<string, Volume>;
  /** Volumes as they are known now: of every instance and host. */
  readonly volumes: Iterable<Volume>;
  /** By `namespace/name`. */
  readonly claimOf: (key: string) => Claim | undefined;
}

/** Volumes and datasets of one host, beside each other. */
export interface Comparison {
  /** Names of the volumes that were compared. */
  readonly compared: ReadonlySet<string>;
  /** Datasets of ours that neither a volume nor a claim stands for. */
  readonly orphans: readonly Orphan[];
  /** The same, where it was said that they are to stay. */
  readonly retained: readonly Orphan[];
  readonly missing: readonly MissingDataset[];
  readonly drifted: readonly DriftedVolume[];
  /** Full names, of the top of each tree. */
  readonly strangers: readonly string[];
  /** What their annotations say cannot be: nothing is known of their datasets. */
  readonly unclear: readonly UnclearVolume[];
}

/** A volume without dataset, although what the dataset should be below is there. */
export interface MissingDataset {
  readonly volume: Volume;
  readonly location: VolumeDataset;
  /** In its place is a dataset that is not provably its own. */
  readonly isTaken: boolean;
  /** Where a dataset is that says it is this volume's: it was renamed, or put into the trash. */
  readonly foundAs: string | undefined;
}

export interface DriftedVolume {
  readonly volume: Volume;
  readonly location: VolumeDataset;
  /** At least one, in the order in which they are to be mended. */
  readonly drifts: readonly Drift[];
  /** Its claim asks for more, or gets it: size and reservation are about to change. */
  readonly isGrowing: boolean;
}

export interface UnclearVolume {
  readonly volume: Volume;
  readonly reason: string;
}

/**
 * What differs between the volumes of a host and what was seen on it. Pure, and in time that grows with the number of
 * both. Volumes whose parent dataset was not seen are left out, as nothing is known of them; so are those that are
 * being deleted.
 */
export function compare(host: string, usage: HostUsage, rules: ComparisonRules): Comparison {
  const datasets = new Map(usage.datasets.map((each) => [each.dataset, each]));
  const unclaimed = findOrphans(usage.datasets, rules);
  const { volumes, names, unclear } = placedVolumes(host, rules);
  const seen = volumes.filter(({ location }) => isSeen(location.dataset, usage));
  const missing: Missing[] = [];
  const drifted: DriftedVolume[] = [];
  for (const placed of seen) {
    const dataset = datasets.get(placed.location.dataset);
    if (dataset === undefined || !isItsOwn(dataset, placed.volume, rules)) {
      missing.push({ ...placed, isTaken: dataset !== undefined });
      continue;
    }
    const promise = promiseOf(placed, usage, rules);
    const drifts = driftsOf(dataset, promise);
    if (drifts.length === 0) continue;
    const isGrowing = promise.atMostBytes > promise.sizeBytes;
    drifted.push({ volume: placed.volume, location: placed.location, drifts, isGrowing });
  }
  return {
    compared: new Set(seen.map(({ volume }) => volume.metadata.name)),
    orphans: unclaimed.filter(({ retainedAtMs }) => retainedAtMs === undefined),
    retained: unclaimed.filter(({ retainedAtMs }) => retainedAtMs !== undefined),
    missing: lookElsewhere(missing, usage, rules),
    ...{ drifted, unclear },
    strangers: findStrangers(usage, names, rules.nowMs),
  };
}

/** A volume that can be compared. */
interface Placed {
  readonly volume: Volume;
  readonly before: Volume;
  readonly location: VolumeDataset;
  readonly limits: Pick<VolumePromise, 'quota' | 'isThick'>;
}

type Missing = Placed & Pick<MissingDataset, 'isTaken'>;

interface PlacedVolumes {
  readonly volumes: readonly Placed[];
  /** The datasets of all, also of those that are left out. */
  readonly names: readonly string[];
  readonly unclear: readonly UnclearVolume[];
}

function placedVolumes(host: string, rules: ComparisonRules): PlacedVolumes {
  const ours = [...rules.volumes].filter(({ metadata: { annotations = {} } }) => {
    const isHere = annotations[volumeAnnotations.host] === host;
    return isHere && annotations[volumeAnnotations.provisionedBy] === rules.instance;
  });
  const volumes: Placed[] = [];
  const unclear: UnclearVolume[] = [];
  for (const volume of ours) {
    const before = rules.volumesBefore.get(volume.metadata.name);
    if (before?.metadata.uid !== volume.metadata.uid || isLeaving(volume)) continue;
    try {
      const location = datasetOf(volume, rules.allowedParents, 'its dataset is not looked at');
      volumes.push({ volume, before, location, limits: limitsPromisedBy(volume) });
    } catch (error) {
      if (!(error instanceof InvalidRequestError)) throw error;
      unclear.push({ volume, reason: error.message });
    }
  }
  const names = ours.map(
    ({ metadata }) => metadata.annotations?.[volumeAnnotations.datasetPath] ?? '',
  );
  return { volumes, names, unclear };
}

/** Of a pool that could not be read nothing is known, although the parent may be told. */
function isSeen(dataset: string, { asked, parents }: HostUsage): boolean {
  return parents.some(
    (parent) => asked.includes(parent.dataset) && dataset.startsWith(`${parent.dataset}/`),
  );
}

/** As the scripts decide it (prelude.sh); the classic provisioner wrote neither cluster nor volume. */
function isItsOwn(
  { dataset, instance, clusterId, volumeName }: DatasetUsage,
  { metadata: { name } }: Volume,
  rules: ComparisonRules,
): boolean {
  if (instance !== rules.instance) return false;
  if (clusterId === undefined && volumeName === undefined) return leafOf(dataset) === name;
  return clusterId === rules.clusterId && volumeName === name;
}

function promiseOf(
  { volume, before, location, limits }: Placed,
  { parents }: HostUsage,
  { claimOf }: ComparisonRules,
): VolumePromise {
  const { namespace = '', name = '' } = volume.spec.claimRef ?? {};
  return {
    ...limits,
    ...sizesPromisedBy(volume, before, claimOf(`${namespace}/${name}`)),
    mountpoint: location.mountpoint,
    isShared: volume.spec.nfs !== undefined,
    isBelowReadOnly: parents.some(
      ({ dataset, readOnly }) => readOnly && isWithin(location.dataset, dataset),
    ),
  };
}

function lookElsewhere(
  missing: readonly Missing[],
  { datasets, trash }: HostUsage,
  owner: ComparisonRules,
): readonly MissingDataset[] {
  if (missing.length === 0) return [];
  const places = new Map<string, string>();
  for (const each of [...trash, ...datasets]) {
    if (isOwnedBy(each, owner)) places.set(each.volumeName, each.dataset);
  }
  return missing.map(({ volume, location, isTaken }) => {
    return { volume, location, isTaken, foundAs: places.get(volume.metadata.name) };
  });
}
