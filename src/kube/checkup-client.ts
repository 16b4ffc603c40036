import type { StorageClass } from '../volume/objects.ts';
import { AdminClient } from './admin-client.ts';
import { KubeMissingError } from './api-error.ts';
import type { ApiTransport } from './api-transport.ts';
import type { CheckupApi, Right, ServiceAccountName } from './checkup-api.ts';
import type { Lease } from './lease.ts';

/** A person waits for the answer. */
const TIMEOUT_MS = 10_000;
const AUTHORIZATION = '/apis/authorization.k8s.io/v1';
const COORDINATION = '/apis/coordination.k8s.io/v1';

/** CheckupApi over the transport. */
export class CheckupClient implements CheckupApi {
  readonly #transport: ApiTransport;

  constructor(transport: ApiTransport) {
    this.#transport = transport;
  }

  get serverUrl(): string {
    return this.#transport.serverUrl;
  }

  async version(signal?: AbortSignal): Promise<string> {
    const answer = (await this.#get('version', '/version', signal)) as { gitVersion?: string };
    return answer.gitVersion ?? 'of an unknown version';
  }

  listClasses(signal?: AbortSignal): Promise<readonly StorageClass[]> {
    return new AdminClient(this.#transport).listClasses(signal);
  }

  mayI(right: Right, signal?: AbortSignal): Promise<boolean> {
    const spec = { resourceAttributes: right };
    return this.#review('SelfSubjectAccessReview', 'selfsubjectaccessreviews', spec, signal);
  }

  mayAccount(
    { namespace, name }: ServiceAccountName,
    right: Right,
    signal?: AbortSignal,
  ): Promise<boolean> {
    const spec = {
      user: `system:serviceaccount:${namespace}:${name}`,
      groups: [
        'system:serviceaccounts',
        `system:serviceaccounts:${namespace}`,
        'system:authenticated',
      ],
      resourceAttributes: right,
    };
    return this.#review('SubjectAccessReview', 'subjectaccessreviews', spec, signal);
  }

  async leases(
    name: string,
    namespace: string | undefined,
    signal?: AbortSignal,
  ): Promise<readonly Lease[]> {
    if (namespace !== undefined) {
      const path = `${COORDINATION}/namespaces/${encodeURIComponent(namespace)}/leases`;
      const lease = await this.#find('leases', `${path}/${encodeURIComponent(name)}`, signal);
      return lease === undefined ? [] : [lease as Lease];
    }
    const query = { fieldSelector: `metadata.name=${name}` };
    const path = `${COORDINATION}/leases`;
    const answer = await this.#transport.send({
      ...{ verb: 'list', resource: 'leases', path, query, timeoutMs: TIMEOUT_MS },
      signal,
    });
    return (answer as { items: readonly Lease[] | null }).items ?? [];
  }

  async accountOfPod(
    namespace: string,
    pod: string,
    signal?: AbortSignal,
  ): Promise<ServiceAccountName | undefined> {
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}`;
    const found = await this.#find('pods', path, signal);
    if (found === undefined) return undefined;
    const { spec } = found as { readonly spec?: { readonly serviceAccountName?: string } };
    return { namespace, name: spec?.serviceAccountName ?? 'default' };
  }

  async #find(resource: string, path: string, signal: AbortSignal | undefined): Promise<unknown> {
    try {
      return await this.#get(resource, path, signal);
    } catch (thrown) {
      if (thrown instanceof KubeMissingError) return undefined;
      throw thrown;
    }
  }

  #get(resource: string, path: string, signal: AbortSignal | undefined): Promise<unknown> {
    return this.#transport.send({ verb: 'get', resource, path, signal, timeoutMs: TIMEOUT_MS });
  }

  async #review(
    kind: string,
    resource: string,
    spec: object,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const answer = await this.#transport.send({
      verb: 'create',
      resource,
      path: `${AUTHORIZATION}/${resource}`,
      body: { apiVersion: 'authorization.k8s.io/v1', kind, spec },
      signal,
      timeoutMs: TIMEOUT_MS,
    });
    return (answer as { status?: { allowed?: boolean } }).status?.allowed === true;
  }
}
