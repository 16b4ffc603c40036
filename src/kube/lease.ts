import type { ApiRequest } from './api-request.ts';
import type { ApiTransport } from './api-transport.ts';

/** coordination.k8s.io/v1, the fields that an election uses. */
export interface Lease {
  readonly apiVersion: 'coordination.k8s.io/v1';
  readonly kind: 'Lease';
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
  };
  readonly spec: LeaseSpec;
}

export interface LeaseSpec {
  /** Absent or empty: nobody holds it. */
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

/** Reads and writes one Lease. Times out within `timeoutMs`, since a late answer is worth nothing here. */
export class LeaseClient {
  readonly #transport: ApiTransport;
  readonly #namespace: string;
  readonly #name: string;
  readonly #timeoutMs: number;

  constructor(
    transport: ApiTransport,
    lease: { readonly namespace: string; readonly name: string },
    timeoutMs: number,
  ) {
    this.#transport = transport;
    this.#namespace = lease.namespace;
    this.#name = lease.name;
    this.#timeoutMs = timeoutMs;
  }

  /** @throws KubeMissingError */
  async read(signal?: AbortSignal): Promise<Lease> {
    return this.#send({ verb: 'get', ...this.#target(this.#name), signal });
  }

  /** @throws KubeExistsError */
  async create(spec: LeaseSpec, signal?: AbortSignal): Promise<Lease> {
    const metadata = { namespace: this.#namespace, name: this.#name };
    return this.#send({ verb: 'create', ...this.#target(), body: leaseOf(metadata, spec), signal });
  }

  /** @throws KubeConflictError when it has changed since it was read */
  async update(read: Lease, spec: LeaseSpec, signal?: AbortSignal): Promise<Lease> {
    const body = leaseOf(read.metadata, spec);
    return this.#send({ verb: 'update', ...this.#target(this.#name), body, signal });
  }

  async #send(request: ApiRequest): Promise<Lease> {
    return (await this.#transport.send({ ...request, timeoutMs: this.#timeoutMs })) as Lease;
  }

  #target(name?: string): Pick<ApiRequest, 'resource' | 'path'> {
    const all = `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(this.#namespace)}/leases`;
    const path = name === undefined ? all : `${all}/${encodeURIComponent(name)}`;
    return { resource: 'leases', path };
  }
}

function leaseOf(metadata: Lease['metadata'], spec: LeaseSpec): Lease {
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec };
}
