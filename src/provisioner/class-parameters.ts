import { z } from 'zod';

import { problemWithDatasetName } from '../volume/dataset-name.ts';
import type { VolumeType } from '../volume/volume-type.ts';

/**
 * Parameters of a StorageClass: those of the classic provisioner with its spellings and defaults, plus
 * type `local`. One table for parsing and for documentation.
 */
const typeSpellings: Readonly<Record<string, VolumeType | 'auto'>> = {
  ...spelled('nfs', ['nfs', 'Nfs', 'NFS']),
  ...spelled('hostpath', ['hostpath', 'hostPath', 'HostPath', 'Hostpath', 'HOSTPATH']),
  ...spelled('auto', ['auto', 'Auto', 'AUTO']),
  ...spelled('local', ['local', 'Local', 'LOCAL']),
};

function spelled<T extends string>(type: T, spellings: readonly string[]): Record<string, T> {
  return Object.fromEntries(spellings.map((spelling) => [spelling, type]));
}

const dataset = z.string().superRefine((name, context) => {
  const problem = problemWithDatasetName(name);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

const hostname = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._:-]{0,252}$/,
    'must be a host name or address: letters, digits and "._:-", starting with a letter or digit',
  );

const flag = z
  .string()
  .regex(/^(true|false)$/i, 'must be "true" or "false"')
  .transform((text) => text.toLowerCase() === 'true');

const type = z.string().transform((text, context) => {
  const known = Object.hasOwn(typeSpellings, text) ? typeSpellings[text] : undefined;
  if (known !== undefined) return known;
  context.addIssue({ code: 'custom', message: 'must be one of nfs, hostpath, local, auto' });
  return z.NEVER;
});

/**
 * OpenZFS before 2.2.10, 2.3.8 and 2.4.3 writes control characters into the exports file as they are,
 * where a line break starts another export.
 */
const shareProperties = z
  .string()
  .min(1, 'must not be empty (leave it out for "on")')
  .max(4096, 'is longer than 4096 characters')
  // eslint-disable-next-line no-control-regex -- control characters are what is refused
  .regex(/^[^\u0000-\u001f\u007f]*$/, 'must not contain control characters')
  .refine(
    (text) => text !== 'off',
    'must not be "off": a volume that is not shared cannot be mounted',
  );

const schema = z.object({
  parentDataset: dataset.meta({
    description: 'Dataset under which a volume becomes a child dataset.',
    example: 'tank/kubernetes',
  }),
  hostname: hostname.meta({
    description: 'Storage host: reached over SSH, and the NFS server that pods mount from.',
    example: 'storage-1.example.com',
  }),
  type: type.meta({
    description:
      'How pods reach the volume: `nfs`, `hostpath`, `local`, or `auto` (hostpath when the pod is on the storage host itself, nfs otherwise).',
    example: 'nfs',
  }),
  node: z
    .string()
    .regex(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/, 'must be a valid label value')
    .optional()
    .meta({
      description:
        'Kubernetes node that is the storage host, for hostpath, local and auto (its `kubernetes.io/hostname`).',
      fallback: 'hostname',
      example: 'node-1',
    }),
  shareProperties: shareProperties.default('on').meta({
    description: 'Value of `sharenfs`, for nfs and auto.',
    fallback: 'on',
    example: 'rw=@10.0.0.0/8,no_root_squash',
  }),
  reserveSpace: flag.default(true).meta({
    description: 'Thick (`refreservation` = request) or thin.',
    fallback: 'true',
    example: 'false',
  }),
  destroySnapshots: z
    .union([z.literal('').transform(() => true), flag])
    .default(true)
    .meta({
      description: 'Whether snapshots of the dataset are destroyed with it. If not, they keep it.',
      fallback: 'true',
      example: 'false',
    }),
});

export type ClassParameters = Readonly<z.output<typeof schema>>;

export interface ParsedParameters {
  /** Undefined when there are problems. */
  readonly parameters: ClassParameters | undefined;
  readonly problems: readonly string[];
  /** Parameters that nobody knows: said, not obeyed. */
  readonly unknown: readonly string[];
}

export function parseClassParameters(raw: Readonly<Record<string, string>>): ParsedParameters {
  const unknown = Object.keys(raw).filter((key) => !Object.hasOwn(schema.shape, key));
  const parsed = schema.safeParse(raw);
  if (parsed.success) return { parameters: parsed.data, problems: [], unknown };
  return {
    parameters: undefined,
    problems: parsed.error.issues.map((i) => problem(raw, i)),
    unknown,
  };
}

function problem(raw: Readonly<Record<string, string>>, issue: z.core.$ZodIssue): string {
  const key = String(issue.path[0]);
  const value = raw[key];
  if (value === undefined) return `parameter ${key} is required`;
  const shown = value.length > 60 ? `${value.slice(0, 60)}…` : value;
  return `parameter ${key} ${JSON.stringify(shown)} ${unionMessage(issue)}`;
}

function unionMessage(issue: z.core.$ZodIssue): string {
  const nested = issue.code === 'invalid_union' ? issue.errors.flat().at(-1) : undefined;
  return nested?.message ?? issue.message;
}

/** The parameters as documentation shows them. */
export function describeClassParameters(): readonly {
  readonly name: string;
  readonly required: boolean;
  readonly description: string;
  readonly fallback: string | undefined;
  readonly example: string;
}[] {
  return Object.entries(schema.shape).map(([name, field]) => {
    const { description = '', example, fallback } = field.meta() ?? {};
    return {
      name,
      required: !field.safeParse(undefined).success,
      description,
      fallback: typeof fallback === 'string' ? fallback : undefined,
      example: typeof example === 'string' ? example : '',
    };
  });
}
