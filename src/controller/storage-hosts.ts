import type { Store } from '../kube/store.ts';
import type { HostInventory } from '../provisioner/inventory/inventory.ts';
import { hostNamesOf, placesOf } from '../provisioner/inventory/places.ts';
import type { PlaceQuestion } from '../provisioner/inventory/places.ts';
import { dataset } from '../provisioner/parameters/kinds.ts';
import { poolOf } from '../volume/dataset-name.ts';
import { parseLabels } from '../volume/labels.ts';
import type { StorageClass } from '../volume/objects.ts';

/**
 * The hosts that our classes and the hosts file name, each with the parent datasets that they name on it.
 * A class counts even where other parameters of it are wrong: volumes of it may be there.
 */
export function hostsOf(
  classes: Store<StorageClass>,
  instance: string,
  inventory: HostInventory,
): ReadonlyMap<string, ReadonlySet<string>> {
  const hosts = new Map<string, Set<string>>();
  const parentsOf = (host: string): Set<string> => {
    const parents = hosts.get(host) ?? new Set();
    hosts.set(host, parents);
    return parents;
  };
  for (const { name, parents = [] } of inventory.hosts) {
    for (const { dataset } of parents) parentsOf(name).add(dataset);
    parentsOf(name);
  }
  for (const storageClass of classes.list()) {
    if (storageClass.provisioner !== instance) continue;
    const question = questionOf(storageClass);
    for (const name of hostNamesOf(question, inventory)) parentsOf(name);
    const { places } = placesOf(question, inventory);
    for (const { host, parentDataset } of places) parentsOf(host).add(parentDataset);
  }
  return hosts;
}

/** The classes of ours whose volumes may go to a host, or to one pool of it. */
export function classesOnHost(
  world: {
    readonly classes: Store<StorageClass>;
    readonly instance: string;
    readonly inventory: HostInventory;
  },
  host: string,
  pool?: string,
): readonly StorageClass[] {
  const isThere = (place: { readonly host: string; readonly parentDataset: string }): boolean =>
    place.host === host && (pool === undefined || poolOf(place.parentDataset) === pool);
  return [...world.classes.list()].filter(
    (each) =>
      each.provisioner === world.instance &&
      placesOf(questionOf(each), world.inventory).places.some(isThere),
  );
}

/** What is no name is never sent to a host: its claims are told so. */
function questionOf({ metadata, parameters = {} }: StorageClass): PlaceQuestion {
  const { hosts, hostSelector, parentDataset } = parameters;
  return {
    className: metadata.name,
    hostname: isHost(parameters['hostname']) ? parameters['hostname'] : undefined,
    hosts: hosts
      ?.split(',')
      .map((name) => name.trim())
      .filter(isHost),
    hostSelector: hostSelector === undefined ? undefined : parseLabels(hostSelector),
    parentDataset: dataset.safeParse(parentDataset).success ? parentDataset : undefined,
  };
}

/** Of volumes too, whose hosts a class vouches for: more than what a class may name today. */
function isHost(name: string | undefined): boolean {
  return name !== undefined && /^[A-Za-z0-9:][A-Za-z0-9._:-]{0,252}$/.test(name);
}
