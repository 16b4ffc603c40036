/**
 * The kinds of values that settings have. Each reads the text of an environment variable; its only
 * message is what is expected, so that a problem reads "NAME is "bad": expected ...".
 */
import { z } from 'zod';

import { formatGoDuration, parseGoDuration } from './go-duration.ts';
import { problemWithDatasetName } from '../volume/dataset-name.ts';
import { administratorsProperties } from '../volume/native-properties.ts';

/** Timers of the platform fire at once beyond this. */
const maxTimerMs = 2 ** 31 - 1;

function text(expected: string, pattern: RegExp): z.ZodType<string, string> {
  return z.string().regex(pattern, expected).meta({ expected });
}

export const path = text('a path', /^[^\0\n]+$/);
export const dnsLabel = text(
  'a DNS label (lower case letters, digits and "-")',
  /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
);
export const dnsName = text(
  'a DNS name (lower case letters, digits, "-" and ".")',
  /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/,
);
// kube-controller-manager takes a provisioner below kubernetes.io/ for one of its own.
export const provisionerName = text(
  'a name such as example.com/zfs (letters, digits, "-", "_", "."; not below kubernetes.io/)',
  /^(?!kubernetes\.io\/)([A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?\/)?[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/,
);
export const sshUser = text('a user name', /^[A-Za-z0-9_][\w.@\\-]{0,254}\$?$/);
export const keyPath = text(
  'the path of a private key file, not the key itself',
  /^(?!-----)[^\0\n]+$/,
);
export const consoleToken = text(
  'at least 16 letters, digits or signs, without blanks',
  /^[\x21-\x7e]{16,512}$/,
);
/** A rule between two variables is checked once both are right, whatever others are wrong. */
export function bothAreRight(a: string, b: string): (payload: z.core.ParsePayload) => boolean {
  return ({ issues }) => !issues.some(({ path: at }) => at?.[0] === a || at?.[0] === b);
}

export const anyText = text('any text', /^[^\0]*$/s);
export const chmodMode = text(
  'a mode for chmod, such as g+w or 0770',
  /^([0-7]{3,4}|[ugoa]*[-+=][rwxXstugo]*(,[ugoa]*[-+=][rwxXstugo]*)*)$/,
);
export const listenAddress = text('an address to listen on', /^[A-Za-z0-9:][\w.:%-]*$/);

export function wholeNumber(min: number, max: number): z.ZodType<number, string> {
  const expected = `a whole number from ${min} to ${max}`;
  return z
    .string()
    .refine((raw) => /^\d{1,9}$/.test(raw) && Number(raw) >= min && Number(raw) <= max, expected)
    .transform(Number)
    .meta({ expected });
}

export function factor(min: number, max: number): z.ZodType<number, string> {
  const expected = `a number from ${min} to ${max} with at most two decimals`;
  return z
    .string()
    .refine(
      (raw) => /^\d{1,4}(\.\d{1,2})?$/.test(raw) && Number(raw) >= min && Number(raw) <= max,
      expected,
    )
    .transform(Number)
    .meta({ expected });
}

/** A Go duration in milliseconds; `zero` says what 0 means where it is accepted. */
export function duration(bounds: { minMs: number; zero?: string }): z.ZodType<number, string> {
  const { minMs, zero } = bounds;
  const expected =
    `a duration of at least ${formatGoDuration(minMs)}, such as 60s or 1m30s` +
    (zero === undefined ? '' : ` (0: ${zero})`);
  return z
    .string()
    .transform((raw, context) => {
      const ms = parseGoDuration(raw);
      if (ms !== undefined && ms >= minMs && ms <= maxTimerMs) return ms;
      if (ms === 0 && zero !== undefined) return 0;
      context.addIssue({ code: 'custom', message: expected });
      return z.NEVER;
    })
    .meta({ expected });
}

export function oneOf<const T extends string>(values: readonly T[]): z.ZodType<T, string> {
  const expected = `one of ${values.join(', ')}`;
  return z
    .string()
    .transform((raw, context) => {
      const known = values.find((value) => value === raw);
      if (known !== undefined) return known;
      context.addIssue({ code: 'custom', message: expected });
      return z.NEVER;
    })
    .meta({ expected });
}

/** Any of them, parted by commas; none of them is as good. */
export function someOf<const T extends string>(
  values: readonly T[],
): z.ZodType<readonly T[], string> {
  const expected = `any of ${values.join(', ')}, parted by commas`;
  return z
    .string()
    .transform((raw, context) => {
      const words = raw.split(',').map((word) => word.trim());
      const known = words.map((word) => values.find((value) => value === word));
      if (known.every((value) => value !== undefined)) return [...new Set(known)];
      context.addIssue({ code: 'custom', message: expected });
      return z.NEVER;
    })
    .meta({ expected });
}

export function trueOrFalse(): z.ZodType<boolean, string> {
  return oneOf(['true', 'false'])
    .transform((raw) => raw === 'true')
    .meta({ expected: '`true` or `false`' });
}

/** As the classic provisioner reads its flags: nothing but the literal `true` turns one on. */
export function literalTrue(): z.ZodType<boolean, string> {
  return z
    .string()
    .transform((raw) => raw === 'true')
    .meta({ expected: 'the literal `true`; anything else counts as false' });
}

/** A program and its leading arguments, split at blanks without any quoting. */
export function words(): z.ZodType<readonly string[], string> {
  const expected = 'a command, its words parted by blanks';
  return z
    .string()
    .transform((raw) => raw.split(/\s+/).filter((word) => word !== ''))
    .refine((list) => list.length > 0, expected)
    .meta({ expected });
}

export function hosts(): z.ZodType<readonly string[], string> {
  return list('host names or addresses, parted by commas', (host) =>
    /^[A-Za-z0-9][A-Za-z0-9._:-]{0,252}$/.test(host),
  );
}

export function datasets(): z.ZodType<readonly string[], string> {
  return list(
    'names of datasets, parted by commas',
    (name) => problemWithDatasetName(name) === undefined,
  );
}

/** Native properties that classes may set only when the administrator lets them. */
export function propertyNames(): z.ZodType<readonly string[], string> {
  const names = administratorsProperties.join(', ');
  return list(`names among ${names}, parted by commas`, (name) =>
    administratorsProperties.includes(name),
  );
}

export function absolutePaths(): z.ZodType<readonly string[], string> {
  return list('absolute paths without blanks, parted by commas', (item) =>
    /^\/[A-Za-z0-9/._@:+-]+$/.test(item),
  );
}

/** Patterns of names. */
export function namespaces(): z.ZodType<readonly string[], string> {
  return list('names of namespaces, parted by commas; * stands for any text', (name) =>
    /^[a-z0-9*-]{1,63}$/.test(name),
  );
}

function list(
  expected: string,
  isValid: (item: string) => boolean,
): z.ZodType<readonly string[], string> {
  return z
    .string()
    .transform((raw) => raw.split(',').map((item) => item.trim()))
    .transform((items) => [...new Set(items.filter((item) => item !== ''))])
    .refine((items) => items.every(isValid), expected)
    .meta({ expected });
}
