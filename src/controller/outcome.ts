import type { Retry } from '../errors.ts';
import { ProvisionerError } from '../errors.ts';
import type { LogLevel } from '../log.ts';

/**
 * The only place where a failure becomes a retry, a log level and a word to the user. Everyone else
 * throws facts.
 */
export interface Failure {
  readonly code: string;
  readonly retry: Retry;
  /** Wait at least that long, because the other side asked for it. */
  readonly atLeastMs: number;
  /** Wait no longer than that: it can be told soon whether it goes on. */
  readonly atMostMs: number;
  readonly level: LogLevel;
  /** Whether the claim or volume gets an Event: not for what heals by reading again. */
  readonly tellsUser: boolean;
  readonly message: string;
  readonly error: unknown;
}

const levels: Readonly<Record<Retry, LogLevel>> = {
  'on-change': 'warn',
  backoff: 'warn',
  slow: 'error',
};

/** Races between writers: nothing is wrong, the next look sees the other's write. */
const races = ['KUBE_CONFLICT', 'KUBE_MISSING'];
/** And what was asked to wait. */
const quiet: ReadonlySet<string> = new Set([
  ...races,
  'CAPACITY_DELAYED',
  'CLASS_NOT_SEEN',
  'HOSTS_NOT_SURVEYED',
]);

/**
 * What a verb that failed has left on its host: certainly nothing; what its message says, and no more; the
 * same, and there is no room for what was asked; nobody knows.
 */
export type Effect = 'none' | 'told' | 'infeasible' | 'unknown';

const effects: Readonly<Record<string, Effect>> = {
  REQUEST_INVALID: 'none',
  HOST_NOT_ALLOWED: 'none',
  HOST_UNREACHABLE: 'none',
  HOST_KEY: 'none',
  HOST_AUTHENTICATION: 'none',
  STILL_RUNNING: 'none',
  POOL_UNAVAILABLE: 'none',
  DATASET_KEPT: 'none',
  OUT_OF_SPACE: 'infeasible',
  PROPERTY_INVALID: 'infeasible',
  OUTCOME_UNKNOWN: 'unknown',
  OUTPUT_UNREADABLE: 'unknown',
  HOST_OUTPUT: 'unknown',
  BUG: 'unknown',
};

export function effectOf(error: unknown): Effect {
  if (!(error instanceof ProvisionerError)) return 'unknown';
  return effects[error.code] ?? 'told';
}

export function failureOf(error: unknown): Failure {
  if (!(error instanceof ProvisionerError)) {
    return {
      code: 'BUG',
      retry: 'backoff',
      atLeastMs: 0,
      atMostMs: Infinity,
      level: 'error',
      tellsUser: true,
      message: `internal error: ${error instanceof Error ? error.message : String(error)}`,
      error,
    };
  }
  const isQuiet = quiet.has(error.code);
  return {
    code: error.code,
    retry: error.retry,
    atLeastMs:
      'retryAfterMs' in error && typeof error.retryAfterMs === 'number' ? error.retryAfterMs : 0,
    atMostMs:
      'retryWithinMs' in error && typeof error.retryWithinMs === 'number'
        ? error.retryWithinMs
        : Infinity,
    level: isQuiet ? 'debug' : levels[error.retry],
    tellsUser: !isQuiet,
    message: error.message,
    error,
  };
}
