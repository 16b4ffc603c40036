import type { Clock } from './clock.ts';
import type { Settings } from './settings/settings.ts';
import type { ProcessLogger } from './telemetry/logger.ts';

/** What the process gives to the app. */
export interface AppParts {
  readonly settings: Settings;
  readonly log: ProcessLogger;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** A word that nobody can guess. */
  readonly nonce: () => string;
  readonly version: string;
  /** This replica, unlike any other. */
  readonly identity: string;
}
