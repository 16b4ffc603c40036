import { pino, type DestinationStream } from 'pino';

import type { Clock } from '../clock.ts';
import type { LogFields, Logger } from '../log.ts';
import { errorFields } from './error-fields.ts';
import { censor, lineRedactor, secretPaths } from './redaction.ts';

/**
 * The logger of the process. Messages are constant, lower case and without values; values go into fields.
 * fatal: the process ends. error: a person must act. warn: wrong, heals itself. info: the world changed
 * because of us. debug: each command and decision.
 */
export interface ProcessLogger extends Logger {
  fatal(fields: LogFields, message: string): void;
  /** A logger that adds these fields to every line, such as `component`. */
  child(fields: LogFields): ProcessLogger;
}

export interface LoggerParts {
  readonly level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';
  readonly clock: Clock;
  /** Texts that must never appear, such as the key's passphrase. */
  readonly secrets?: readonly string[];
  /** Default: standard output, written before the call returns, so that the last line is never lost. */
  readonly destination?: DestinationStream;
}

/** One line of JSON per entry: `level`, `time` (ISO 8601), fields, `msg`. */
export function createLogger(parts: LoggerParts): ProcessLogger {
  const {
    level,
    clock,
    secrets = [],
    destination = pino.destination({ fd: 1, sync: true }),
  } = parts;
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date(clock.nowMs()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: errorFields },
      redact: { paths: [...secretPaths], censor },
      hooks: { streamWrite: lineRedactor(secrets) },
    },
    destination,
  );
}
