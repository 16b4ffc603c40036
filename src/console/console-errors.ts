import { ProblemsError, ProvisionerError } from '../errors.ts';

/** The status page was asked for something with parameters that it has not, or that cannot be. */
export class QueryError extends ProblemsError {
  readonly code = 'QUERY_INVALID';
  readonly retry = 'on-change';
}

/** The status page of a replica was asked for what only the replica that leads knows. */
export class NotLeadingError extends ProvisionerError {
  readonly code = 'NOT_LEADING';
  readonly retry = 'backoff';
  /** Undefined: nobody is known to lead. */
  readonly leader: string | undefined;

  constructor(leader: string | undefined) {
    const who = leader === undefined ? 'nobody is known to lead' : `${leader} leads`;
    super(`only the replica that leads knows this: ${who}`);
    this.leader = leader;
  }
}
