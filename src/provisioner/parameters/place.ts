import { z } from 'zod';

import type { VolumeType } from '../../volume/volume-type.ts';
import { isLabelKey, parseLabels } from '../../volume/labels.ts';
import { dataset, hostname, labelValue, pathPrefix, textRead } from './kinds.ts';

const typeSpellings: Readonly<Record<string, VolumeType | 'auto'>> = {
  ...spelled('nfs', ['nfs', 'Nfs', 'NFS']),
  ...spelled('hostpath', ['hostpath', 'hostPath', 'HostPath', 'Hostpath', 'HOSTPATH']),
  ...spelled('auto', ['auto', 'Auto', 'AUTO']),
  ...spelled('local', ['local', 'Local', 'LOCAL']),
};

function spelled<T extends string>(type: T, spellings: readonly string[]): Record<string, T> {
  return Object.fromEntries(spellings.map((spelling) => [spelling, type]));
}

const type = textRead(
  (text) => (Object.hasOwn(typeSpellings, text) ? typeSpellings[text] : undefined),
  'must be one of nfs, hostpath, local, auto',
);

/** How one of several hosts is chosen. */
export const placements = ['most-free', 'least-volumes', 'round-robin', 'first-healthy'] as const;
export type PlacementRule = (typeof placements)[number];

const hostList = textRead((text): readonly string[] | undefined => {
  const names = [...new Set(text.split(',').map((name) => name.replaceAll(/^ +| +$/g, '')))];
  return names.every((name) => hostname.safeParse(name).success) ? names : undefined;
}, 'must be names of hosts, parted by commas');

const selector = textRead(
  parseLabels,
  'must be labels (key=value), parted by commas, each key once',
);

const placement = textRead(
  (text) => placements.find((rule) => rule === text),
  `must be one of ${placements.join(', ')}`,
);

const nodes = textRead(
  (text) => (text === 'all' ? text : parseLabels(text)),
  'must be "all" or labels of nodes (key=value), parted by commas, each key once',
);

const labelKey = z.string().refine(isLabelKey, 'must be the name of a label');

/** Where volumes are, and how pods reach them. */
export const placeParameters = {
  parentDataset: dataset.optional().meta({
    description:
      'Dataset under which a volume becomes a child dataset. Required unless the hosts file names parents.',
    fallback: "the hosts file's `parents`",
    example: 'tank/kubernetes',
    classic: '0.1',
  }),
  hostname: hostname.optional().meta({
    description:
      'Storage host: reached over SSH, and the NFS server that pods mount from. Required unless `hosts` or `hostSelector` is given.',
    fallback: '`hosts` or `hostSelector`',
    example: 'storage-1.example.com',
    classic: '0.1',
  }),
  hosts: hostList.optional().meta({
    description: 'Storage hosts, one of which is chosen for each volume.',
    example: 'storage-1,storage-2',
  }),
  hostSelector: selector.optional().meta({
    description: 'Labels of hosts in the hosts file, one of which is chosen for each volume.',
    example: 'tier=fast,room=a',
  }),
  placement: placement.default('most-free').meta({
    description:
      'How one of several places is chosen: `most-free` space, `least-volumes`, `round-robin`, or `first-healthy` in their order. Hosts that do not answer, are full or read-only are skipped.',
    fallback: 'most-free',
    example: 'least-volumes',
  }),
  type: type.meta({
    description:
      'How pods reach the volume: `nfs`, `hostpath`, `local`, or `auto` (hostpath when the pod is on the storage host itself, nfs otherwise).',
    example: 'nfs',
    classic: '0.1',
  }),
  node: labelValue.optional().meta({
    description:
      'Kubernetes node that is the storage host, for hostpath, local and auto (its `kubernetes.io/hostname`).',
    fallback: "the hosts file's `node`, else the host's name",
    example: 'node-1',
    classic: '0.1',
  }),
  nodeAffinityKey: labelKey.default('kubernetes.io/hostname').meta({
    description:
      "Label of the storage host's node (or of the host in the hosts file) by which hostpath and local volumes are bound to it.",
    fallback: 'kubernetes.io/hostname',
    example: 'topology.kubernetes.io/zone',
  }),
  nodes: nodes.optional().meta({
    description:
      'Nodes that have the pool mounted at the same path, for hostpath: `all`, or those with these labels. Such volumes can be used by many nodes at once.',
    fallback: 'the storage host only',
    example: 'storage-tree=data',
  }),
  hostPathPrefix: pathPrefix('/tank=/mnt/tank').optional().meta({
    description:
      'What the path on the storage host begins with, and what it begins with on the nodes, for hostpath.',
    fallback: 'the same path',
    example: '/tank=/mnt/tank',
  }),
};

type Raw = Readonly<Record<string, string>>;

/** Parameters that cannot be together, or of which one is needed, whatever their values are. */
export function placeConflicts(raw: Raw): readonly string[] {
  const hostsBy = ['hostname', 'hosts', 'hostSelector'].filter((name) => name in raw);
  return [...hostConflicts(raw, hostsBy), ...nodeConflicts(raw)];
}

function hostConflicts(raw: Raw, given: readonly string[]): readonly string[] {
  const problems: string[] = [];
  if (given.length === 0) {
    problems.push('parameter hostname is required (or hosts, or hostSelector)');
  }
  if (given.length > 1) {
    problems.push(`parameters ${given.join(' and ')} exclude each other: keep one of them`);
  }
  if ('node' in raw && given.some((name) => name !== 'hostname')) {
    problems.push(
      `parameter node names one node, ${given.join(', ')} several hosts: name each host's node in the hosts file`,
    );
  }
  return problems;
}

/** A type that is missing or misspelt is told by itself. */
function nodeConflicts(raw: Raw): readonly string[] {
  const spelling = raw['type'] ?? '';
  const known = Object.hasOwn(typeSpellings, spelling) ? typeSpellings[spelling] : undefined;
  const misplaced = ['nodes', 'hostPathPrefix'].filter(
    (name) => name in raw && known !== undefined && known !== 'hostpath',
  );
  const doubled = ['node', 'nodeAffinityKey'].filter((name) => name in raw && 'nodes' in raw);
  return [
    ...misplaced.map((name) => `parameter ${name} is for type hostpath only`),
    ...doubled.map((name) => `parameters nodes and ${name} exclude each other: keep one of them`),
  ];
}
