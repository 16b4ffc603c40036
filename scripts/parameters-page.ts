import { describeClassParameters } from '../src/provisioner/class-parameters.ts';
import { code, table } from './markdown.ts';

export function parametersPage(): string {
  const rows = describeClassParameters().map(
    ({ name, required, description, fallback, example }) => [
      code(name),
      required ? 'yes' : 'no',
      description,
      fallback === undefined ? '' : code(fallback),
      code(example),
    ],
  );
  return `# StorageClass parameters

They are those of the classic ZFS provisioner, with its spellings and defaults; \`type: local\` is new. Kubernetes
takes them as text, so numbers and booleans need quotes. What is wrong with them is said in one event on the claim, which
goes on by itself once the class is right (a class is deleted and made anew: its parameters cannot be changed).
A parameter that is not in this table is ignored with a warning event.

${table(['Parameter', 'Required', 'Meaning', 'Default', 'Example'], rows)}

These fields of the class count too: \`reclaimPolicy\` (Delete or Retain), \`volumeBindingMode\`, \`allowedTopologies\`
(hostpath, local, auto) and \`mountOptions\` (nfs; refused for hostpath and local).

| Type | The volume is | Access modes | Where the pod may run |
| --- | --- | --- | --- |
| \`nfs\` | an NFS mount from \`hostname\` | ReadWriteOnce, ReadOnlyMany, ReadWriteMany, ReadWriteOncePod | anywhere |
| \`hostpath\` | a directory of the node | ReadWriteOnce, ReadWriteOncePod | on the storage host |
| \`local\` | a directory of the node; honours fsGroup | ReadWriteOnce, ReadWriteOncePod | on the storage host |
| \`auto\` | hostpath if the pod (or, with Immediate binding, the storage host) is a node of the cluster that has the pool and one node suffices, else nfs | as the type it becomes | as the type it becomes |
`;
}
