import { hostnameLabel } from '../volume/annotations.ts';
import { needsManyNodes } from '../volume/access-modes.ts';
import type { NodeObject, TopologyTerm } from '../volume/objects.ts';
import type { VolumeType } from '../volume/volume-type.ts';

/** The cluster's nodes, as far as they are known. */
export interface Nodes {
  byName(name: string): NodeObject | undefined;
  /** By the label `kubernetes.io/hostname`, which is not the node's name everywhere. */
  byHostname(hostname: string): NodeObject | undefined;
}

export interface PlacementQuestion {
  readonly type: VolumeType | 'auto';
  readonly accessModes: readonly string[];
  /** The class's `node`, else its `hostname`: the storage host as a Kubernetes node. */
  readonly storageNode: string;
  /** Name of the node that the scheduler chose; undefined for Immediate binding. */
  readonly selectedNode: string | undefined;
  readonly allowedTopologies: readonly TopologyTerm[];
}

export type Placement =
  | { readonly kind: 'place'; readonly type: VolumeType; readonly node: string }
  /** The scheduler must choose another node. */
  | { readonly kind: 'reschedule'; readonly reason: string }
  | { readonly kind: 'impossible'; readonly problem: string };

type Labels = Readonly<Record<string, string>>;

/**
 * Where a volume goes and how pods reach it. A volume on the storage host's own disk is usable on that
 * node only, so a pod that the scheduler sent elsewhere has to be scheduled again.
 */
export function place(question: PlacementQuestion, nodes: Nodes): Placement {
  const storage = nodes.byHostname(question.storageNode) ?? nodes.byName(question.storageNode);
  const node = storage?.metadata.labels?.[hostnameLabel] ?? question.storageNode;
  const selected = selectedHostname(question.selectedNode, nodes);
  const type =
    question.type === 'auto' ? automaticType(question, selected, node, storage) : question.type;

  if (type !== 'nfs' && selected !== undefined && selected !== node) {
    return {
      kind: 'reschedule',
      reason: `a ${type} volume is on node ${node}, the pod was scheduled to ${selected}`,
    };
  }
  return (
    withinTopologies(question, { type, node, storage }, nodes) ?? { kind: 'place', type, node }
  );
}

/** A node that is gone meanwhile is known by its name alone. */
function selectedHostname(name: string | undefined, nodes: Nodes): string | undefined {
  if (name === undefined) return undefined;
  return nodes.byName(name)?.metadata.labels?.[hostnameLabel] ?? name;
}

function automaticType(
  question: PlacementQuestion,
  selected: string | undefined,
  node: string,
  storage: NodeObject | undefined,
): VolumeType {
  if (needsManyNodes(question.accessModes)) return 'nfs';
  const onStorageHost = selected === undefined ? storage !== undefined : selected === node;
  return onStorageHost ? 'hostpath' : 'nfs';
}

function withinTopologies(
  { allowedTopologies, selectedNode }: PlacementQuestion,
  chosen: { type: VolumeType; node: string; storage: NodeObject | undefined },
  nodes: Nodes,
): Placement | undefined {
  if (allowedTopologies.length === 0) return undefined;
  if (chosen.type !== 'nfs') {
    const labels = chosen.storage?.metadata.labels ?? { [hostnameLabel]: chosen.node };
    if (isAllowed(labels, allowedTopologies)) return undefined;
    return {
      kind: 'impossible',
      problem: `allowedTopologies of the class exclude node ${chosen.node}, which has the ${chosen.type} volumes`,
    };
  }
  const labels =
    selectedNode === undefined ? undefined : nodes.byName(selectedNode)?.metadata.labels;
  if (labels === undefined || isAllowed(labels, allowedTopologies)) return undefined;
  return {
    kind: 'reschedule',
    reason: `node ${String(selectedNode)} is outside the class's allowedTopologies`,
  };
}

/** Terms are alternatives; within a term every expression must hold; an empty term matches nothing. */
function isAllowed(labels: Labels, terms: readonly TopologyTerm[]): boolean {
  return terms.some(({ matchLabelExpressions: expressions = [] }) => {
    const holds = ({ key, values }: { key: string; values: readonly string[] }): boolean => {
      const value = labels[key];
      return value !== undefined && values.includes(value);
    };
    return expressions.length > 0 && expressions.every(holds);
  });
}
