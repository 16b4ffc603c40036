import { hostnameLabel } from '../volume/annotations.ts';
import { needsManyNodes } from '../volume/access-modes.ts';
import { hasLabels } from '../volume/labels.ts';
import type { Labels } from '../volume/labels.ts';
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
  /** Labels of the storage host besides those of its node. */
  readonly hostLabels: Labels;
  /** The label of the storage host's node that volumes on its disk are bound by. */
  readonly nodeAffinityKey: string;
  /** Nodes that have the storage host's tree as their own, for hostpath; undefined: only its own. */
  readonly treeNodes: 'all' | Labels | undefined;
  /** Name of the node that the scheduler chose; undefined for Immediate binding. */
  readonly selectedNode: string | undefined;
  readonly allowedTopologies: readonly TopologyTerm[];
}

export type Placement =
  | {
      readonly kind: 'place';
      readonly type: VolumeType;
      /** The storage host as a node: the value of its label. */
      readonly node: string;
      /** Labels that a node needs to use the volume; empty: any node. */
      readonly nodeLabels: Labels;
      /** Whether several nodes can use it at once. */
      readonly isForManyNodes: boolean;
    }
  /** The scheduler must choose another node. */
  | { readonly kind: 'reschedule'; readonly reason: string }
  | { readonly kind: 'impossible'; readonly problem: string };

/**
 * Where a volume goes and how pods reach it. A volume on the storage host's own disk is usable on that
 * node only, so a pod that the scheduler sent elsewhere has to be scheduled again.
 */
export function place(question: PlacementQuestion, nodes: Nodes): Placement {
  if (question.type === 'hostpath' && question.treeNodes !== undefined) {
    return onEveryNode(question, question.treeNodes, nodes);
  }
  const { storageNode } = question;
  const storage = nodes.byHostname(storageNode) ?? nodes.byName(storageNode);
  const node = storageValue(question, storage);
  const selected = selectedValue(question, nodes);
  const type =
    question.type === 'auto' ? automaticType(question, selected, node, storage) : question.type;
  if (type === 'nfs') return selectedWithinTopologies(question, nodes) ?? overNetwork(storageNode);
  return onItsNode(question, { type, node, storage, selected });
}

function overNetwork(node: string): Placement {
  return { kind: 'place', type: 'nfs', node, nodeLabels: {}, isForManyNodes: true };
}

/** On the disk of one host: usable by the nodes that have its value of the affinity's label. */
function onItsNode(
  question: PlacementQuestion,
  found: {
    readonly type: VolumeType;
    readonly node: string | undefined;
    readonly storage: NodeObject | undefined;
    readonly selected: string | undefined;
  },
): Placement {
  const { nodeAffinityKey: key, storageNode, selectedNode } = question;
  const { type, node, storage, selected } = found;
  if (node === undefined) {
    return {
      kind: 'impossible',
      problem: `parameter nodeAffinityKey "${key}": node ${storageNode}, which has the ${type} volumes, has no such label, and its host none in the hosts file`,
    };
  }
  if (selectedNode !== undefined && selected !== node) {
    return {
      kind: 'reschedule',
      reason: `a ${type} volume is on node ${node}, the pod was scheduled to ${selected ?? selectedNode}`,
    };
  }
  return (
    outsideTopologies(question, { type, node, storage }) ?? {
      kind: 'place',
      type,
      node,
      nodeLabels: { [key]: node },
      isForManyNodes: false,
    }
  );
}

/** Value of the affinity's label on the storage host's node; a host that is none is known by its name, or by its own labels. */
function storageValue(
  { nodeAffinityKey, hostLabels, storageNode }: PlacementQuestion,
  storage: NodeObject | undefined,
): string | undefined {
  const value = storage?.metadata.labels?.[nodeAffinityKey] ?? hostLabels[nodeAffinityKey];
  return value ?? (nodeAffinityKey === hostnameLabel ? storageNode : undefined);
}

/** One tree on many nodes: every node that has it may use the volume. */
function onEveryNode(
  question: PlacementQuestion,
  treeNodes: 'all' | Labels,
  nodes: Nodes,
): Placement {
  const nodeLabels = treeNodes === 'all' ? {} : treeNodes;
  const { selectedNode, storageNode } = question;
  const selected = selectedNode === undefined ? undefined : nodes.byName(selectedNode);
  if (selected !== undefined && !hasLabels(selected.metadata.labels ?? {}, nodeLabels)) {
    const wanted = Object.entries(nodeLabels).map(([key, value]) => `${key}=${value}`);
    return {
      kind: 'reschedule',
      reason: `the pod was scheduled to ${selected.metadata.name}, which has not the labels of the nodes with the tree (${wanted.join(', ')})`,
    };
  }
  return (
    selectedWithinTopologies(question, nodes) ?? {
      kind: 'place',
      type: 'hostpath',
      node: storageNode,
      nodeLabels,
      isForManyNodes: true,
    }
  );
}

/** Value of the affinity's label on the node that the scheduler chose; one that is gone is known by its name alone. */
function selectedValue(
  { selectedNode, nodeAffinityKey }: PlacementQuestion,
  nodes: Nodes,
): string | undefined {
  if (selectedNode === undefined) return undefined;
  const value = nodes.byName(selectedNode)?.metadata.labels?.[nodeAffinityKey];
  return value ?? (nodeAffinityKey === hostnameLabel ? selectedNode : undefined);
}

function automaticType(
  question: PlacementQuestion,
  selected: string | undefined,
  node: string | undefined,
  storage: NodeObject | undefined,
): VolumeType {
  if (needsManyNodes(question.accessModes) || node === undefined) return 'nfs';
  const isUnbound = question.selectedNode === undefined;
  const onStorageHost = isUnbound ? storage !== undefined : selected === node;
  return onStorageHost ? 'hostpath' : 'nfs';
}

function outsideTopologies(
  { allowedTopologies, hostLabels, nodeAffinityKey }: PlacementQuestion,
  chosen: { type: VolumeType; node: string; storage: NodeObject | undefined },
): Placement | undefined {
  if (allowedTopologies.length === 0) return undefined;
  const known = chosen.storage?.metadata.labels ?? { [nodeAffinityKey]: chosen.node };
  if (isAllowed({ ...hostLabels, ...known }, allowedTopologies)) return undefined;
  return {
    kind: 'impossible',
    problem: `allowedTopologies of the class exclude node ${chosen.node}, which has the ${chosen.type} volumes`,
  };
}

/** For what any node can use: only the node that the scheduler chose can be wrong. */
function selectedWithinTopologies(
  { allowedTopologies, selectedNode }: PlacementQuestion,
  nodes: Nodes,
): Placement | undefined {
  if (allowedTopologies.length === 0 || selectedNode === undefined) return undefined;
  const labels = nodes.byName(selectedNode)?.metadata.labels;
  if (labels === undefined || isAllowed(labels, allowedTopologies)) return undefined;
  return {
    kind: 'reschedule',
    reason: `node ${selectedNode} is outside the class's allowedTopologies`,
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
