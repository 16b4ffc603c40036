import { z } from 'zod';

import { placeParameters } from './parameters/place.ts';
import { sharingParameters } from './parameters/sharing.ts';
import { spaceParameters } from './parameters/space.ts';

/**
 * Parameters of a StorageClass: those of the classic provisioner with its spellings and defaults, and ours.
 * One table for parsing and for documentation; each subject has its part in parameters/.
 */
const schema = z.object({ ...placeParameters, ...sharingParameters, ...spaceParameters });

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
