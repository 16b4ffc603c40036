import { z } from 'zod';

import { shown } from '../volume/shown.ts';
import { deletionParameters } from './parameters/deletion.ts';
import { namingParameters } from './parameters/naming.ts';
import { overrideParameters, propertyPrefix } from './parameters/overrides.ts';
import { ownershipParameters } from './parameters/ownership.ts';
import { placeConflicts, placeParameters } from './parameters/place.ts';
import { sharingConflicts, sharingParameters } from './parameters/sharing.ts';
import { spaceParameters } from './parameters/space.ts';

/**
 * Parameters of a StorageClass: those of the classic provisioner with its spellings and defaults, and ours.
 * One table for parsing and for documentation; each subject has its part in parameters/.
 */
const schema = z.object({
  ...placeParameters,
  ...sharingParameters,
  ...spaceParameters,
  ...deletionParameters,
  ...ownershipParameters,
  ...namingParameters,
  ...overrideParameters,
});

export type ClassParameters = Readonly<z.output<typeof schema>>;

export interface ParsedParameters {
  /** Undefined when there are problems. */
  readonly parameters: ClassParameters | undefined;
  readonly problems: readonly string[];
  /** Parameters that nobody knows: said, not obeyed. */
  readonly unknown: readonly string[];
}

/** @param sourceOf where a parameter's value stands, in the words of messages */
export function parseClassParameters(
  raw: Readonly<Record<string, string>>,
  sourceOf = (key: string): string => `parameter ${key}`,
): ParsedParameters {
  const unknown = Object.keys(raw).filter(
    (key) => !Object.hasOwn(schema.shape, key) && !key.startsWith(propertyPrefix),
  );
  const conflicts = [...placeConflicts(raw), ...sharingConflicts(raw)];
  const parsed = schema.safeParse(raw);
  if (parsed.success && conflicts.length === 0) {
    return { parameters: parsed.data, problems: [], unknown };
  }
  const issues = parsed.error?.issues ?? [];
  return {
    parameters: undefined,
    problems: [...conflicts, ...issues.map((issue) => problem(raw, issue, sourceOf))],
    unknown,
  };
}

/** The known parameters, for guesses at what was meant. */
export const parameterNames: readonly string[] = Object.keys(schema.shape);

function problem(
  raw: Readonly<Record<string, string>>,
  issue: z.core.$ZodIssue,
  sourceOf: (key: string) => string,
): string {
  const key = String(issue.path[0]);
  const value = raw[key];
  if (value === undefined) return `parameter ${key} is required`;
  return `${sourceOf(key)} ${shown(value)} ${unionMessage(issue)}`;
}

function unionMessage(issue: z.core.$ZodIssue): string {
  const nested = issue.code === 'invalid_union' ? issue.errors.flat().at(-1) : undefined;
  return nested?.message ?? issue.message;
}

export interface ParameterDescription {
  readonly name: string;
  readonly required: boolean;
  readonly description: string;
  readonly fallback: string | undefined;
  readonly example: string;
  /** Release of the classic provisioner that knew it first; undefined: it is ours. */
  readonly classic: string | undefined;
}

/** The parameters as documentation shows them. */
export function describeClassParameters(): readonly ParameterDescription[] {
  return Object.entries(schema.shape).map(([name, field]) => {
    const { description = '', example, fallback, classic } = field.meta() ?? {};
    return {
      name,
      required: !field.safeParse(undefined).success,
      description,
      fallback: typeof fallback === 'string' ? fallback : undefined,
      example: typeof example === 'string' ? example : '',
      classic: typeof classic === 'string' ? classic : undefined,
    };
  });
}
