import type { Store } from '../kube/store.ts';
import type { Nodes } from '../provisioner/placement.ts';
import { hostnameLabel } from '../volume/annotations.ts';
import type { NodeObject } from '../volume/objects.ts';

/** The nodes that the watch knows. */
export class ClusterNodes implements Nodes {
  readonly #store: Store<NodeObject>;

  constructor(store: Store<NodeObject>) {
    this.#store = store;
  }

  byName(name: string): NodeObject | undefined {
    return this.#store.get(name);
  }

  byHostname(hostname: string): NodeObject | undefined {
    for (const node of this.#store.list()) {
      if (node.metadata.labels?.[hostnameLabel] === hostname) return node;
    }
    return undefined;
  }

  /** Where their pods' NFS clients come from: the InternalIP addresses of all nodes, ready or not. */
  readonly internalAddresses = (): readonly string[] =>
    [...this.#store.list()].flatMap(internalAddressesOf);
}

export function internalAddressesOf(node: NodeObject | undefined): readonly string[] {
  const { addresses = [] } = node?.status ?? {};
  return addresses.filter(({ type }) => type === 'InternalIP').map(({ address }) => address);
}
