import { isWithin } from '../../volume/dataset-name.ts';
import { hasLabels } from '../../volume/labels.ts';
import type { Labels } from '../../volume/labels.ts';
import type { SpaceLimits } from '../../zfs/dataset.ts';
import type { HostEntry, ParentEntry } from './hosts-file.ts';
import type { HostInventory } from './inventory.ts';

/** Where a volume could be. */
export interface Place {
  readonly host: string;
  readonly parentDataset: string;
  /** The host as a Kubernetes node. */
  readonly node: string;
  /** Of the host, besides those of its node. */
  readonly labels: Labels;
  readonly nfsServer: string;
  readonly limits: SpaceLimits;
}

/** A host that is left out, and why: as text after its name. */
export interface Skipped {
  readonly host: string;
  readonly reason: string;
}

export interface PlacesOfClass {
  readonly places: readonly Place[];
  readonly skipped: readonly Skipped[];
}

/** What a class says of places. */
export interface PlaceQuestion {
  readonly className: string;
  readonly hostname?: string | undefined;
  readonly hosts?: readonly string[] | undefined;
  readonly hostSelector?: Labels | undefined;
  readonly parentDataset?: string | undefined;
  readonly node?: string | undefined;
}

/** The places that a class may use, in the order in which they are preferred. Pure. */
export function placesOf(question: PlaceQuestion, inventory: HostInventory): PlacesOfClass {
  const found = hostNamesOf(question, inventory).map((name) =>
    placesOn(name, question, inventory.get(name)),
  );
  return {
    places: found.flatMap(({ places }) => places),
    skipped: found.flatMap(({ skipped }) => skipped),
  };
}

/** `storage-1 (it is full), storage-2 (...)` */
export function describeSkipped(skipped: readonly Skipped[]): string {
  return skipped.map(({ host, reason }) => `${host} (${reason})`).join(', ');
}

export function hostNamesOf(
  { hostname, hosts, hostSelector }: Omit<PlaceQuestion, 'className'>,
  inventory: HostInventory,
): readonly string[] {
  if (hostname !== undefined) return [hostname];
  if (hosts !== undefined) return hosts;
  if (hostSelector === undefined) return [];
  return inventory.hosts
    .filter(({ labels = {} }) => hasLabels(labels, hostSelector))
    .map(({ name }) => name);
}

function placesOn(
  host: string,
  question: PlaceQuestion,
  entry: HostEntry | undefined,
): PlacesOfClass {
  const found = parentsOn(question, entry);
  if (typeof found === 'string') return { places: [], skipped: [{ host, reason: found }] };
  const common = {
    host,
    node: question.node ?? entry?.node ?? host,
    labels: entry?.labels ?? {},
    nfsServer: entry?.nfs?.address ?? host,
  };
  const places = found.map(({ dataset, limits }) => {
    return { ...common, parentDataset: dataset, limits: limitsOf(limits) };
  });
  return { places, skipped: [] };
}

/** The parents that the class may use on a host, or why there are none. */
function parentsOn(
  { className, parentDataset }: PlaceQuestion,
  entry: HostEntry | undefined,
): readonly Pick<ParentEntry, 'dataset' | 'limits'>[] | string {
  if (entry?.parents === undefined) {
    if (parentDataset !== undefined) return [{ dataset: parentDataset }];
    return 'neither the class nor the hosts file names a parent dataset for it';
  }
  const open = entry.parents.filter(({ classes }) => classes?.includes(className) !== false);
  if (open.length === 0) return `class ${className} is not allowed there by the hosts file`;
  if (parentDataset === undefined) return open;
  const around = open.find(({ dataset }) => isWithin(parentDataset, dataset));
  if (around !== undefined) return [{ dataset: parentDataset, limits: around.limits }];
  return `the hosts file does not allow class ${className} in ${parentDataset} there`;
}

function limitsOf(limits: ParentEntry['limits']): SpaceLimits {
  return { maxFullnessPercent: limits?.fullness, maxOvercommit: limits?.overcommit };
}

/** What the hosts file allows where a dataset is, whatever class it is of. */
export function limitsAt(
  { host, dataset }: { readonly host: string; readonly dataset: string },
  inventory: HostInventory,
): SpaceLimits {
  const parents = inventory.get(host)?.parents ?? [];
  return limitsOf(parents.find((parent) => isWithin(dataset, parent.dataset))?.limits);
}

/** Where several limits are set, the strictest holds. */
export function strictest(a: SpaceLimits, b: SpaceLimits): SpaceLimits {
  return {
    maxFullnessPercent: smaller(a.maxFullnessPercent, b.maxFullnessPercent),
    maxOvercommit: smaller(a.maxOvercommit, b.maxOvercommit),
  };
}

function smaller(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}
