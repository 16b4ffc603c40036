import type { Store } from '../kube/store.ts';
import type { StorageClass } from '../volume/objects.ts';

/** The hosts that our classes name, each with the parent datasets that they name on it. */
export function hostsOf(
  classes: Store<StorageClass>,
  instance: string,
): ReadonlyMap<string, ReadonlySet<string>> {
  const hosts = new Map<string, Set<string>>();
  for (const { provisioner, parameters = {} } of classes.list()) {
    const { hostname, parentDataset } = parameters;
    if (provisioner !== instance || hostname === undefined || parentDataset === undefined) continue;
    hosts.set(hostname, (hosts.get(hostname) ?? new Set()).add(parentDataset));
  }
  return hosts;
}
