import { existsSync, readFileSync, statSync } from 'node:fs';

/** One answered request, as far as it is of use here (audit.k8s.io/v1, level Metadata). */
export interface ApiRequest {
  readonly verb: string;
  /** `apiGroup/resource/subresource`, without what is absent; of anything else the address. */
  readonly resource: string;
  readonly name: string;
  readonly namespace: string;
  readonly user: string;
  /** Of the token that was shown; empty without one. */
  readonly credential: string;
  readonly userAgent: string;
  readonly status: number;
  /** Milliseconds since 1970, with three decimals. */
  readonly receivedMs: number;
  readonly answeredMs: number;
}

interface AuditEvent {
  readonly verb: string;
  readonly user: {
    readonly username: string;
    readonly extra?: Readonly<Record<string, readonly string[]>>;
  };
  readonly userAgent?: string;
  readonly requestURI: string;
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource: string;
    readonly subresource?: string;
    readonly name?: string;
    readonly namespace?: string;
  };
  readonly responseStatus?: { readonly code?: number };
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
}

/** What the API server was asked, by whom, and when. */
export class AuditLog {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** A place in the log: what comes after it is new. */
  mark(): number {
    return existsSync(this.#file) ? statSync(this.#file).size : 0;
  }

  /** Requests answered since the mark, in that order. */
  since(mark = 0): ApiRequest[] {
    const lines = readFileSync(this.#file).toString('utf8', mark).split('\n');
    // The last line may be half written.
    return lines.slice(0, -1).map((line) => requestOf(JSON.parse(line) as AuditEvent));
  }
}

function requestOf(event: AuditEvent): ApiRequest {
  const { objectRef, user, verb, userAgent = '', responseStatus } = event;
  const { name = '', namespace = '' } = objectRef ?? {};
  return {
    verb,
    resource: resourceOf(event),
    ...{ name, namespace, userAgent },
    user: user.username,
    credential: user.extra?.['authentication.kubernetes.io/credential-id']?.[0] ?? '',
    status: responseStatus?.code ?? 0,
    receivedMs: millisecondsOf(event.requestReceivedTimestamp),
    answeredMs: millisecondsOf(event.stageTimestamp),
  };
}

function resourceOf({ objectRef, requestURI }: AuditEvent): string {
  if (objectRef === undefined) return requestURI;
  const { apiGroup, resource, subresource } = objectRef;
  return [apiGroup, resource, subresource].filter((part) => part !== undefined).join('/');
}

/** Date keeps three digits of the six: `2026-01-02T03:04:05.123456Z`. */
function millisecondsOf(timestamp: string): number {
  const microseconds = Number(/\.\d{3}(\d{3})Z$/.exec(timestamp)?.[1] ?? 0);
  return Date.parse(timestamp) + microseconds / 1000;
}

/**
 * What the API server refused the product and never allowed it, each once: `403 list pods`. A server that starts
 * refuses everybody until it has read the roles.
 */
export function refusalsIn(file: string): readonly string[] {
  const log = new AuditLog(file);
  const requests = (log.mark() === 0 ? [] : log.since()).filter(({ userAgent }) =>
    userAgent.startsWith('zfs-provisioner/'),
  );
  const isRefused = ({ status }: ApiRequest): boolean => status === 401 || status === 403;
  const rightOf = ({ verb, resource }: ApiRequest): string => `${verb} ${resource}`;
  const allowed = new Set(requests.filter((each) => !isRefused(each)).map(rightOf));
  const refused = requests.filter((each) => isRefused(each) && !allowed.has(rightOf(each)));
  return [...new Set(refused.map((each) => `${each.status} ${rightOf(each)}`))];
}
