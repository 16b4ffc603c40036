import { ProvisionerError, messageOf } from '../errors.ts';
import {
  KubeConflictError,
  KubeExistsError,
  KubeExpiredError,
  KubeForbiddenError,
  KubeInvalidError,
  KubeMissingError,
  KubeUnavailableError,
} from './api-error.ts';
import type { ApiRequest, Verb } from './api-request.ts';
import { CONNECT_TIMEOUT } from './http-exchange.ts';

/** The part of metav1.Status that tells failures apart. */
export interface Status {
  readonly code: number;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  readonly retryAfterMs?: number | undefined;
}

const MAX_MESSAGE_LENGTH = 1000;
const WRITES: ReadonlySet<Verb> = new Set<Verb>(['create', 'update', 'patch', 'delete']);

/** Failures before anything was sent: a write cannot have happened. */
const NEVER_SENT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  CONNECT_TIMEOUT,
]);

/** What the server's refusal means, from its status (as a response or as an ERROR inside a watch). */
export function refusalError(
  server: string,
  request: ApiRequest,
  status: Status,
): ProvisionerError {
  const said = `${status.code} ${oneLine(status.message ?? '')}`.trim();
  const text = `${describe(server, request)} was refused: ${said}`;
  switch (status.code) {
    case 401:
      return new KubeForbiddenError(
        `${text}; check that the service account's token (or the kubeconfig's credentials) is valid`,
      );
    case 403:
      return new KubeForbiddenError(
        `${text}; check that the ClusterRole allows ${request.verb} on ${request.resource}`,
      );
    case 404:
      return new KubeMissingError(text);
    case 409:
      return status.reason === 'AlreadyExists'
        ? new KubeExistsError(text)
        : new KubeConflictError(text);
    case 410:
      return new KubeExpiredError(text);
    default:
      return otherRefusal(text, request, status);
  }
}

function otherRefusal(text: string, request: ApiRequest, status: Status): ProvisionerError {
  const { code, retryAfterMs } = status;
  if (code >= 400 && code < 500 && code !== 408 && code !== 429) return new KubeInvalidError(text);
  const outcomeUnknown = code !== 429 && WRITES.has(request.verb);
  return new KubeUnavailableError(text, { outcomeUnknown, retryAfterMs });
}

/** No answer, or one that cannot be read. */
export function noAnswerError(
  server: string,
  request: ApiRequest,
  cause: unknown,
): ProvisionerError {
  if (cause instanceof ProvisionerError) return cause;
  const outcomeUnknown = WRITES.has(request.verb) && !NEVER_SENT.has(codeOf(cause));
  return new KubeUnavailableError(
    `${describe(server, request)} got no answer: ${reasonOf(cause)}`,
    {
      cause,
      outcomeUnknown,
    },
  );
}

export function timeoutError(
  server: string,
  request: ApiRequest,
  timeoutMs: number,
): ProvisionerError {
  const text = `${describe(server, request)} was not answered within ${timeoutMs} ms`;
  return new KubeUnavailableError(text, { outcomeUnknown: WRITES.has(request.verb) });
}

/** Refusals come with newlines and whole diffs; ours go into events and log lines. */
function oneLine(text: string): string {
  return text.slice(0, MAX_MESSAGE_LENGTH).replace(/\s+/g, ' ');
}

function describe(server: string, request: ApiRequest): string {
  return `${request.verb} ${request.path} on the API server ${server}`;
}

function codeOf(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null) return '';
  const { code, cause } = thrown as { readonly code?: unknown; readonly cause?: unknown };
  return typeof code === 'string' ? code : codeOf(cause);
}

/** A refused connection to several addresses is an AggregateError without a message. */
function reasonOf(thrown: unknown): string {
  const text = messageOf(thrown);
  return text === '' ? codeOf(thrown) : text;
}
