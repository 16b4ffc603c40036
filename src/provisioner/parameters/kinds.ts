/** Kinds of values that a StorageClass parameter can have: Kubernetes takes all of them as text. */
import { z } from 'zod';

import { problemWithDatasetName } from '../../volume/dataset-name.ts';
import { suggestion } from '../../volume/nearest.ts';
import { parsePathPrefix } from '../../volume/path-prefix.ts';
import type { PathPrefix } from '../../volume/path-prefix.ts';

export const dataset = z.string().superRefine((name, context) => {
  const problem = problemWithDatasetName(name);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

export const hostname = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._:-]{0,252}$/,
    'must be a host name or address: letters, digits and "._:-", starting with a letter or digit',
  );

export const labelValue = z
  .string()
  .regex(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/, 'must be a valid label value');

export const flag = z
  .string()
  .regex(/^(true|false)$/i, 'must be "true" or "false"')
  .transform((text) => text.toLowerCase() === 'true');

/** What `read` makes of a text; undefined: it is wrong, and `message` says what it should be. */
export function textRead<T>(
  read: (text: string) => T | undefined,
  message: string,
): z.ZodType<T, string> {
  return z.string().transform((text, context) => {
    const value = read(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}

export function oneOf<const T extends string>(words: readonly T[]): z.ZodType<T, string> {
  return z.string().transform((text, context) => {
    const known = words.find((word) => word === text);
    if (known !== undefined) return known;
    const message = `must be one of ${words.join(', ')}${suggestion(text, words)}`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}

/** What paths begin with here, and what they begin with elsewhere. */
export function pathPrefix(example: string): z.ZodType<PathPrefix, string> {
  return textRead(parsePathPrefix, `must be two absolute paths, such as ${example}`);
}
