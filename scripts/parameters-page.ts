import type { ParameterDescription } from '../src/provisioner/class-parameters.ts';
import { describeClassParameters } from '../src/provisioner/class-parameters.ts';
import { overridableParameters } from '../src/provisioner/parameters/overrides.ts';
import type { NativeProperty } from '../src/volume/native-properties.ts';
import { nativeProperties } from '../src/volume/native-properties.ts';
import { templateNames } from '../src/volume/template.ts';
import { code, table } from './markdown.ts';

export function parametersPage(): string {
  return [
    introduction,
    parameterTable(),
    fields,
    propertySection(),
    templates,
    names,
    record,
    owners,
  ].join('\n');
}

const introduction = `# StorageClass parameters

Those of the classic ZFS provisioner have its spellings and defaults, and say in which of its releases they were known
first; the others are new. Kubernetes takes all of them as text, so numbers and booleans need quotes. What is wrong with
them is said in one event on the claim, all problems at once and before anything is done on a host; the claim goes on by
itself once the class is right (a class is deleted and made anew: its parameters cannot be changed). A parameter that
nobody knows is ignored with a warning event.
`;

function claimsMay(name: string): string {
  if (name === 'onDelete') return '`trash`; more if listed';
  return overridableParameters.includes(name) ? 'if listed' : 'no';
}

function parameterTable(): string {
  const row = (each: ParameterDescription): readonly string[] => [
    code(each.name),
    each.required ? 'yes' : 'no',
    each.description,
    each.fallback === undefined ? '' : codeUnlessProse(each.fallback),
    code(each.example),
    claimsMay(each.name),
    each.classic ?? '',
  ];
  const heads = ['Parameter', 'Required', 'Meaning', 'Default', 'Example', 'Claims', 'Classic'];
  const properties = [
    code('properties.<name>'),
    'no',
    'A property of the dataset: see below.',
    'the parent dataset’s',
    code('properties.compression: zstd'),
    'if listed',
    '',
  ];
  const rows = [...describeClassParameters().map(row), properties];
  return `${table(heads, rows)}
**Claims**: whether a claim may say otherwise for itself, by an annotation such as \`zfs-provisioner.io/mode: "0770"\`,
where \`claimOverrides\` of its class lists the parameter (properties by their name alone: \`compression\`). Other
annotations under \`zfs-provisioner.io/\` are ignored with one warning event. Values of a claim are taken literally:
names in \`{{ }}\` stand for nothing there. For less safety than its class gives (\`onDelete\`, \`trashRetention\`) no claim
may ask ([trash.md](trash.md)). **Classic**: the first release of the classic provisioner that knew it
(\`type: auto\` since 1.4; \`type: local\` is new).
`;
}

function codeUnlessProse(text: string): string {
  return /[ `]/.test(text) ? text : code(text);
}

const fields = `These fields of the class count too: \`reclaimPolicy\` (Delete or Retain), \`volumeBindingMode\`, \`allowedTopologies\`
(hostpath, local, auto) and \`mountOptions\` (nfs; refused for hostpath and local).

| Type | The volume is | Access modes | Where the pod may run |
| --- | --- | --- | --- |
| \`nfs\` | an NFS mount from \`hostname\` | ReadWriteOnce, ReadOnlyMany, ReadWriteMany, ReadWriteOncePod | anywhere |
| \`hostpath\` | a directory of the node | ReadWriteOnce, ReadWriteOncePod; with \`nodes\` all of them | on the storage host; with \`nodes\` on those |
| \`local\` | a directory of the node; honours fsGroup | ReadWriteOnce, ReadWriteOncePod | on the storage host |
| \`auto\` | hostpath if the pod (or, with Immediate binding, the storage host) is a node of the cluster that has the pool and one node suffices, else nfs | as the type it becomes | as the type it becomes |
`;

function propertySection(): string {
  const rows = [...nativeProperties()].flatMap(([name, property]) => rowOf(name, property));
  return `## Properties

\`properties.<name>\` sets a property on each new dataset of the class: one of ZFS (the table; a slip is told before a
dataset exists) or one of your own, which has a colon (\`properties.com.example:team\`), except those that begin with
\`zfs-provisioner.io:\` or \`io.kubernetes.pv.zfs:\`, by which datasets are known. What is not set is inherited from the
parent dataset. On volumes that are shared over NFS \`setuid\` and \`devices\` are \`off\` unless the class says otherwise.

${table(['Property', 'Values', 'Who may set it'], rows)}
Everything else is never set by a class: \`mountpoint\`, \`canmount\`, \`readonly\`, \`sharenfs\`, \`quota\` and the like follow
from other parameters, or would take a volume out of its place. A value that the release of ZFS on a host does not know
(\`zstd\` before 2.0, say) is refused there, and the claim is told.

Encryption needs three: \`properties.encryption\`, \`properties.keyformat\` and \`properties.keylocation: file:///...\`, a file
on the storage host, which keeps the key. Below an encrypted parent leave all three out: its key is used.
`;
}

function rowOf(name: string, property: NativeProperty): readonly (readonly string[])[] {
  if (property.use === 'never') return [];
  const { expected } = property.values;
  const who =
    property.use === 'allowed' ? 'classes' : 'classes, if ZFS_ALLOWED_PROPERTIES names it';
  return [[code(name), expected.replace(/^one of /, ''), who]];
}

const templates = `## Names in values

\`datasetName\` and the values of \`properties.<name>\` may have names in them that stand for what the claim says:
${templateNames.map((name) => code(`{{${name}}}`)).join(', ')}. There is no code and there are no lookups; a name that
is none of these, or a label that the claim does not have, is a problem. What a claim says is checked for the place it
goes to: in a dataset's name or a key's location, for one, it has no slash.
`;

const names = `## Names of datasets

\`datasetName\` has to make a different name for each claim: it needs \`{{volume.name}}\`, \`{{claim.uid}}\`, or both
\`{{claim.namespace}}\` and \`{{claim.name}}\` with a \`_\` or \`:\` between them (which neither can contain). With the latter,
a claim that is deleted and made again while the old dataset stays (\`reclaimPolicy: Retain\`) waits, and an event says why:
datasets say whose they are, and none is given to another claim. The name is written down with the volume, so that
another \`datasetName\` later is for new volumes only. Such a dataset, left behind by a process that was killed while its
claim was deleted, is reported and not removed.
`;

const record = `## What a dataset says

Each dataset says in properties of its own whose it is and what its volume is: claim, class, type, size, and the rest
of the volume object as JSON in \`zfs-provisioner.io:record\`; and in \`zfs-provisioner.io:creator\` which process on the
host made it ([why](misbehaving-hosts.md)). On the storage host:

    $ zfs list -o name,used,refquota,zfs-provisioner.io:claim_namespace,zfs-provisioner.io:claim_name -r tank/kubernetes
`;

const owners = `## Who may write

A new dataset belongs to root. \`mode\`, \`uid\`, \`gid\` and \`acl\` are set on its root directory before anybody gets it:

| | nfs | hostpath | local |
| --- | --- | --- | --- |
| \`fsGroup\` of the pod | not applied by Kubernetes | not applied by Kubernetes | applied: group and mode of all files change at the first mount |
| \`gid\` | the pod gets the group, and may write with mode 2770 (*) | the pod gets the group, and may write with mode 2770 | as for hostpath |
| \`uid\` | pods with that \`runAsUser\` own it | as for nfs | as for nfs |
| \`runAsUser\` alone | may not write into a directory of root, unless \`mode\` lets everyone | as for nfs | as for nfs; \`fsGroup\` is enough |
| pods that run as root | write only if root is not squashed (\`squash\`, \`no_root_squash\`) | write | write |
| a pod's own \`chown\` | needs that root is not squashed | works as root | works as root |

(*) An NFS server whose mountd runs with \`manage-gids=y\`, as Debian's does by default, asks itself which groups a user has, and does not
believe the pod: there \`runAsGroup\` of the pod has to be the \`gid\`, or the setting goes.
`;
