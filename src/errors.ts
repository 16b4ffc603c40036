/**
 * The vocabulary of failure. Every error that crosses a room carries a stable `code` and says how it
 * wants to be retried; only controller/outcome.ts turns that into a retry, an Event, a metric and a
 * log line.
 *
 * - `on-change`: repeating is pointless until the claim, class, volume or settings change.
 * - `backoff`: may heal by itself; repeat with growing delays.
 * - `slow`: a person has to look, or space has to appear; repeat rarely.
 */
export type Retry = 'on-change' | 'backoff' | 'slow';

export abstract class ProvisionerError extends Error {
  /** Stable name of the failure, listed in docs/errors.md. */
  abstract readonly code: string;
  abstract readonly retry: Retry;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** Something that was given is wrong: every problem at once, one sentence each. */
export abstract class ProblemsError extends ProvisionerError {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('; '));
    this.problems = problems;
  }
}

/** The claim, its class or a volume asks for something that cannot be. Lists every problem at once. */
export class InvalidRequestError extends ProblemsError {
  readonly code = 'REQUEST_INVALID';
  readonly retry = 'on-change';
}

/** Our own mistake: something that cannot happen did. */
export class InvariantError extends ProvisionerError {
  readonly code = 'BUG';
  readonly retry = 'backoff';
}

/** A port (of the metrics or the one after it, or of the status page) cannot be used. */
export class ListenError extends ProvisionerError {
  readonly code = 'LISTEN_FAILED';
  readonly retry = 'on-change';
}

/** The text of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
