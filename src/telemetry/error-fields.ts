import { InvariantError, ProvisionerError } from '../errors.ts';

/** An error as the log shows it: its own facts by name, nothing that merely hangs on it. */
export interface ErrorFields {
  readonly type: string;
  readonly message: string;
  /** Only where the place in our code tells something: mistakes of ours and errors of others. */
  readonly stack?: string;
  readonly cause?: ErrorFields;
  readonly [fact: string]: unknown;
}

const facts = [
  'code',
  'retry',
  'host',
  'dataset',
  'volume',
  'verb',
  'resource',
  'status',
  'exitCode',
  'signal',
  'stderr',
  'problems',
  'outcomeUnknown',
  'syscall',
  'address',
  'port',
] as const;

const maxCauses = 5;
const maxTextLength = 4096;

export function errorFields(thrown: unknown, depth = 0): ErrorFields {
  if (!(thrown instanceof Error)) return { type: typeof thrown, message: cut(textOf(thrown)) };
  const known = thrown as Error & Readonly<Record<string, unknown>>;
  return {
    type: thrown.name,
    message: cut(thrown.message),
    ...Object.fromEntries(
      facts.filter((fact) => known[fact] !== undefined).map((fact) => [fact, bounded(known[fact])]),
    ),
    ...(explainsItself(thrown) ? {} : { stack: cut(thrown.stack ?? '') }),
    ...(thrown.cause === undefined || depth >= maxCauses
      ? {}
      : { cause: errorFields(thrown.cause, depth + 1) }),
  };
}

function explainsItself(error: Error): boolean {
  return error instanceof ProvisionerError && !(error instanceof InvariantError);
}

function bounded(value: unknown): unknown {
  return typeof value === 'string' ? cut(value) : value;
}

function cut(text: string): string {
  return text.length > maxTextLength ? `${text.slice(0, maxTextLength)}…` : text;
}

/** What was thrown may be anything, also something that cannot be made a string. */
function textOf(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return 'something without a text';
  }
}
