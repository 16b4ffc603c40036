import { parseDocument } from 'yaml';
import { z } from 'zod';

import { ProvisionerError } from '../../errors.ts';
import { problemWithDatasetName } from '../../volume/dataset-name.ts';
import { isLabelKey, isLabelValue } from '../../volume/labels.ts';

/** The hosts file is wrong: every problem at once, each with its path. */
export class HostsFileError extends ProvisionerError {
  readonly code = 'HOSTS_FILE_INVALID';
  readonly retry = 'on-change';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the hosts file has ${problems.length} problem(s): ${problems.join('; ')}`);
    this.problems = problems;
  }
}

const hostName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._:-]{0,252}$/,
    'must be a host name or address: letters, digits and "._:-", starting with a letter or digit',
  );

const className = z
  .string()
  .max(253, 'must be the name of a StorageClass, at most 253 characters')
  .regex(
    /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/,
    'must be the name of a StorageClass',
  );

const absolutePath = z
  .string()
  .regex(
    /^\/[A-Za-z0-9/_.@+-]{1,1000}$/,
    'must be an absolute path of letters, digits and "/_.@+-"',
  );

const datasetName = z.string().superRefine((name, context) => {
  const problem = problemWithDatasetName(name);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

const labels = z.record(z.string(), z.string()).superRefine((given, context) => {
  for (const [key, value] of Object.entries(given)) {
    if (!isLabelKey(key))
      context.addIssue({ code: 'custom', path: [key], message: 'is no name of a label' });
    if (!isLabelValue(value))
      context.addIssue({ code: 'custom', path: [key], message: 'must be a valid label value' });
  }
});

const hostKey = z
  .string()
  .regex(
    /^(ssh-ed25519|ecdsa-sha2-nistp(256|384|521)|ssh-rsa) [A-Za-z0-9+/]{40,}={0,2}$/,
    'must be a public key without comment, such as "ssh-ed25519 AAAA..." (as ssh-keyscan prints it)',
  );

const ssh = z.strictObject({
  address: hostName
    .optional()
    .describe('What is connected to. Default: `HostName` of the ssh config, else the name.'),
  port: z
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .describe('Default: the setting `ZFS_SSH_PORT`, else `Port` of the ssh config, else 22.'),
  user: z
    .string()
    .regex(/^[A-Za-z0-9_][\w.@\\-]{0,254}\$?$/, 'must be a user name')
    .optional()
    .describe('Default: the setting `ZFS_SSH_USER`, else `User` of the ssh config, else root.'),
  keyFile: absolutePath
    .optional()
    .describe(
      'File of the private key. Default: the setting `ZFS_SSH_KEY`, else as the ssh config says.',
    ),
  knownHostKey: hostKey
    .optional()
    .describe("The host's public key: the only one that is accepted. Default: `known_hosts`."),
});

const limits = z.strictObject({
  overcommit: z
    .number()
    .positive()
    .max(1000)
    .optional()
    .describe('How often the space may be promised by quotas. The strictest limit holds.'),
  fullness: z
    .int()
    .min(1)
    .max(100)
    .optional()
    .describe(
      'Percent of the pool from which on no volumes are created. The strictest limit holds.',
    ),
});

const parent = z.strictObject({
  dataset: datasetName.describe('Dataset under which volumes become child datasets.'),
  classes: z
    .array(className)
    .min(1, 'must not be empty (leave it out for all classes)')
    .optional()
    .describe('StorageClasses that may use it. Default: all.'),
  limits: limits.optional().describe('For new volumes below it.'),
});

const host = z.strictObject({
  name: hostName.describe(
    'What classes and volumes call the host. Also its address and NFS server, unless said below.',
  ),
  labels: labels
    .optional()
    .describe(
      'What `hostSelector` of a class selects by, and `allowedTopologies` besides the labels of the node.',
    ),
  ssh: ssh.optional().describe('How it is logged in to.'),
  escalation: z
    .enum(['sudo', 'doas', 'none'])
    .optional()
    .describe(
      'How zfs gets its rights. Default: as the settings `ZFS_BIN` and `ZFS_CHOWN_BIN` say.',
    ),
  zfs: absolutePath
    .optional()
    .describe('The zfs program. Default: as `ZFS_BIN` says; `zfs` where `escalation` is given.'),
  nfs: z
    .strictObject({ address: hostName.describe('NFS server that pods mount from.') })
    .optional()
    .describe('Default: the name. The parameter `nfsServer` of a class comes first.'),
  node: z
    .string()
    .refine((value) => value !== '' && isLabelValue(value), 'must be a valid label value')
    .optional()
    .describe(
      'Kubernetes node that is the host (its `kubernetes.io/hostname`). Default: the name.',
    ),
  parents: z
    .array(parent)
    .min(1, 'must not be empty')
    .optional()
    .describe('Where volumes may be. Default: wherever a class says.'),
});

const thisMachine = new Set(['localhost', '127.0.0.1', '::1']);

export const hostsFileSchema = z
  .strictObject({
    hosts: z.array(host).describe('The storage hosts, in the order in which they are preferred.'),
  })
  .superRefine(({ hosts }, context) => {
    hosts.forEach((each, index) => {
      for (const [path, message] of problemsAmong(each, hosts.slice(0, index))) {
        context.addIssue({ code: 'custom', path: ['hosts', index, ...path], message });
      }
    });
  });

type HostInFile = z.output<typeof host>;
export type HostEntry = Readonly<HostInFile>;
export type ParentEntry = Readonly<z.output<typeof parent>>;

/** @returns path within the host, and what is wrong */
function* problemsAmong(
  each: HostInFile,
  earlier: readonly HostInFile[],
): Generator<[(string | number)[], string]> {
  if (earlier.some(({ name }) => name === each.name)) {
    yield [['name'], `"${each.name}" is the name of an earlier host already`];
  }
  // A dataset that is one and the same must not seem to be two: one of them would be cleaned up.
  const same = earlier.find((other) => endpointOf(other) === endpointOf(each));
  if (same !== undefined && same.name !== each.name) {
    yield [['ssh'], `address and port are those of host "${same.name}"`];
  }
  if (thisMachine.has(each.name.toLowerCase()) && each.ssh !== undefined) {
    yield [['ssh'], `"${each.name}" is the machine of the provisioner itself: leave ssh out`];
  }
  const parents = each.parents ?? [];
  for (const [index, { dataset }] of parents.entries()) {
    const others = parents.slice(0, index);
    if (others.some((other) => other.dataset === dataset)) {
      yield [['parents', index, 'dataset'], `"${dataset}" was named before`];
    }
  }
}

function endpointOf({ name, ssh: login }: HostInFile): string {
  return `${(login?.address ?? name).toLowerCase()} ${login?.port ?? ''}`;
}

const maxBytes = 1 << 20;

/**
 * Reads the text of a hosts file: YAML or JSON.
 * @throws HostsFileError that lists every problem
 */
export function parseHostsFile(text: string): readonly HostEntry[] {
  if (text.length > maxBytes) throw new HostsFileError(['it is longer than 1 MiB']);
  const document = parseDocument(text, { prettyErrors: true, strict: true, uniqueKeys: true });
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    throw new HostsFileError(faults.map(({ message }) => firstLine(message)));
  }
  const parsed = hostsFileSchema.safeParse(
    plainValue(() => document.toJS({ maxAliasCount: 100 }) as unknown),
  );
  if (!parsed.success) throw new HostsFileError(parsed.error.issues.map(problem));
  return parsed.data.hosts;
}

function plainValue(read: () => unknown): unknown {
  try {
    return read();
  } catch (thrown) {
    throw new HostsFileError([`it cannot be read: ${firstLine(String(thrown))}`]);
  }
}

function problem(issue: z.core.$ZodIssue): string {
  const where = issue.path.reduce<string>(
    (path, part) =>
      typeof part === 'number' ? `${path}[${part}]` : `${path}${path && '.'}${String(part)}`,
    '',
  );
  return `${where === '' ? 'the file' : where}: ${issue.message}`;
}

function firstLine(text: string): string {
  const [line = ''] = text.split('\n', 1);
  return line.replace(/:$/, '');
}
