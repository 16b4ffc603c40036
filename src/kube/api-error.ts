import { ProvisionerError } from '../errors.ts';

/** 409 Conflict: the object is not (or no longer) the one that we read. Read it again. */
export class KubeConflictError extends ProvisionerError {
  readonly code = 'KUBE_CONFLICT';
  readonly retry = 'backoff';
}

/** 409 AlreadyExists: the name is taken. Read what is there and compare. */
export class KubeExistsError extends ProvisionerError {
  readonly code = 'KUBE_EXISTS';
  readonly retry = 'backoff';
}

/** 404 where the object was expected to be there. */
export class KubeMissingError extends ProvisionerError {
  readonly code = 'KUBE_MISSING';
  readonly retry = 'backoff';
}

/** 400, 422 and other refusals of what we sent. The same request will be refused again. */
export class KubeInvalidError extends ProvisionerError {
  readonly code = 'KUBE_INVALID';
  readonly retry = 'on-change';
}

/**
 * 401 and 403: the service account's roles do not suffice, or the server has just started and has not read
 * them yet (seen for a second with 1.36).
 */
export class KubeForbiddenError extends ProvisionerError {
  readonly code = 'KUBE_FORBIDDEN';
  readonly retry = 'backoff';
}

/** 410: the resource version or the continue token is too old. Only lists and watches meet it. */
export class KubeExpiredError extends ProvisionerError {
  readonly code = 'KUBE_EXPIRED';
  readonly retry = 'backoff';
}

interface Unavailability extends ErrorOptions {
  readonly outcomeUnknown: boolean;
  readonly retryAfterMs?: number | undefined;
}

/** 429, 5xx, no connection, no (or no legible) answer in time. */
export class KubeUnavailableError extends ProvisionerError {
  readonly code = 'KUBE_UNAVAILABLE';
  readonly retry = 'backoff';
  /** The write may have been done: look before repeating it. Always false for reads. */
  readonly outcomeUnknown: boolean;
  /** What the server asked for (Retry-After), if it did. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, { outcomeUnknown, retryAfterMs, ...options }: Unavailability) {
    super(message, options);
    this.outcomeUnknown = outcomeUnknown;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The lease could not be renewed in time, or another holder has it: this replica must stop its work. */
export class LeaseLostError extends ProvisionerError {
  readonly code = 'LEASE_LOST';
  readonly retry = 'backoff';
}
