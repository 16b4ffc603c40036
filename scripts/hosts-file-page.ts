import { z } from 'zod';

import { hostsFileSchema } from '../src/provisioner/inventory/hosts-file.ts';
import { code, table } from './markdown.ts';

/** The part of JSON Schema that zod writes for the hosts file. */
interface SchemaNode {
  readonly description?: string;
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: boolean | SchemaNode;
  readonly items?: SchemaNode;
}

/** JSON Schema of the hosts file, for editors and checks before it is applied. */
export function hostsFileJsonSchema(): string {
  const schema = z.toJSONSchema(hostsFileSchema, { io: 'input' });
  const title = 'Hosts file of zfs-provisioner';
  return `${JSON.stringify({ ...schema, title }, undefined, 2)}\n`;
}

export function hostsFilePage(): string {
  const schema = JSON.parse(hostsFileJsonSchema()) as SchemaNode;
  const heads = ['Field', 'Required', 'Value', 'Meaning'];
  return `# The hosts file

Describes storage hosts apart from StorageClasses: how each is logged in to, what pods mount from it, which node it is,
and where volumes may be. It is YAML (or JSON), named by the setting \`ZFS_HOSTS_FILE\`, and usually mounted from a
ConfigMap. Without it hosts are what classes name, reached as the ssh config says.

${table(heads, [...rowsOf(schema, '')])}
[hosts-file.schema.json](hosts-file.schema.json) is its JSON Schema.

\`\`\`yaml
hosts:
  - name: storage-1
    labels: { tier: fast, topology.kubernetes.io/zone: a }
    ssh: { address: 10.0.0.11, user: zfs, knownHostKey: ssh-ed25519 AAAAC3Nza... }
    escalation: sudo
    nfs: { address: 10.0.1.11 }
    node: worker-11
    parents:
      - dataset: tank/kubernetes
        limits: { overcommit: 3, fullness: 90 }
      - dataset: ssd/kubernetes
        classes: [database]
  - name: storage-2
    labels: { tier: fast, topology.kubernetes.io/zone: b }
    parents:
      - dataset: tank/kubernetes
\`\`\`

${operation}`;
}

const operation = `## Changes

A changed file counts within moments, without a restart: claims that wait are looked at again, connections to hosts
that are described otherwise are made anew, and hosts are looked at before they are given volumes. A file that is wrong
is not taken: the hosts stay as they were, every problem is logged with its path (\`hosts[1].ssh.port: ...\`), and the
metric \`zfs_provisioner_hosts_file_taken\` is 0. A host may leave the file at any time; its volumes stay, and cannot be
deleted or grown until a class, the file or \`ZFS_ALLOWED_HOSTS\` names it again.

## How a host is chosen

A class names one host (\`hostname\`), some (\`hosts\`) or those with labels (\`hostSelector\`). Where there are several
places (hosts, or parents of one host), \`placement\` chooses:

| \`placement\` | The volume goes to |
| --- | --- |
| \`most-free\` (default) | the parent with most space, less what was given to it since it was looked at last |
| \`least-volumes\` | the parent with the fewest datasets below it |
| \`round-robin\` | each in turn |
| \`first-healthy\` | the first in the order of the file, or of \`hosts\` |

Left out, and named with the reason in an event on the claim, are hosts that do not answer, parents that are missing,
full, above their limit or read-only (a replica), pools that are suspended or faulted (as far as the user may call
\`zpool\`), and those that the file does not allow the class. For hostpath and local volumes the node that the scheduler
chose, and \`allowedTopologies\`, pick the host by its node; an auto volume goes to the host that is the pod's node, if
one is. The hosts are looked at every \`ZFS_USAGE_INTERVAL\`.

The choice is written on the claim (annotation \`zfs-provisioner.io/host\`) before anything is created, so that a restart
meets what it began; it is one more request to the API server, for claims with a choice only. The annotation is no wish:
one that names another place than those of the class is overwritten. A claim leaves its host for another only when it is
certain that nothing of it is there: the host was never reached, or it answered and shows that nothing is left. A claim
whose host was cut off in the middle of a create waits for that host.
`;

function* rowsOf(node: SchemaNode, prefix: string): Generator<readonly string[]> {
  for (const [name, field] of Object.entries(node.properties ?? {})) {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    const isRequired = node.required?.includes(name) === true;
    yield [code(path), isRequired ? 'yes' : 'no', kindOf(field), field.description ?? ''];
    yield* rowsOf(field.items ?? field, field.items === undefined ? path : `${path}[]`);
  }
}

function kindOf(node: SchemaNode): string {
  if (node.enum !== undefined) return node.enum.map(code).join(', ');
  if (node.type === 'array') return node.items?.type === 'string' ? 'list of texts' : 'list';
  if (node.type === 'integer' || node.type === 'number') return numberOf(node);
  if (node.type !== 'object') return 'text';
  return typeof node.additionalProperties === 'object' ? 'labels' : '';
}

function numberOf({ type, minimum, exclusiveMinimum, maximum }: SchemaNode): string {
  const kind = type === 'integer' ? 'whole number' : 'number';
  const low = minimum ?? exclusiveMinimum;
  const from = low === undefined ? '' : minimum === undefined ? ` above ${low}` : ` from ${low}`;
  return maximum === undefined ? `${kind}${from}` : `${kind}${from} to ${maximum}`;
}
