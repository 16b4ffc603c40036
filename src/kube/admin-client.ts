import type { Claim, KubeObject, StorageClass, Volume } from '../volume/objects.ts';
import type { AdminApi, ClaimManifest, EventTarget, ObjectEvent } from './admin-api.ts';
import { ApiClient } from './api-client.ts';
import { KubeExpiredError } from './api-error.ts';
import { objectEventOf } from './object-event.ts';
import type { ApiTransport } from './api-transport.ts';
import { claims, storageClasses, volumes } from './kinds.ts';
import type { Kind } from './kinds.ts';
import { pageSize, pagesOf } from './object-list.ts';
import { readPage } from './object-page.ts';

/** A list that takes longer than the server keeps its version (5 minutes) begins again. */
const MAX_ATTEMPTS = 3;

/** AdminApi over the transport. */
export class AdminClient extends ApiClient implements AdminApi {
  readonly #transport: ApiTransport;

  constructor(transport: ApiTransport) {
    super(transport);
    this.#transport = transport;
  }

  listClaims(signal?: AbortSignal): Promise<readonly Claim[]> {
    return this.#list(claims, signal);
  }

  listVolumes(signal?: AbortSignal): Promise<readonly Volume[]> {
    return this.#list(volumes, signal);
  }

  listClasses(signal?: AbortSignal): Promise<readonly StorageClass[]> {
    return this.#list(storageClasses, signal);
  }

  async listEvents(
    { kind, namespace, name, uid }: EventTarget,
    signal?: AbortSignal,
  ): Promise<readonly ObjectEvent[]> {
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/events`;
    const fieldSelector = Object.entries({ kind, name, uid })
      .map(([field, value]) => `involvedObject.${field}=${value}`)
      .join(',');
    const query = { limit: String(pageSize), fieldSelector };
    const request = { verb: 'list', resource: 'events', path, query, signal } as const;
    const { items } = await this.#transport.read(request, (body) => readPage(body, objectEventOf));
    return items;
  }

  async createClaim(claim: ClaimManifest, signal?: AbortSignal): Promise<Claim> {
    const resource = 'persistentvolumeclaims';
    const path = `/api/v1/namespaces/${encodeURIComponent(claim.metadata.namespace)}/${resource}`;
    const request = { verb: 'create', resource, path, body: claim, signal } as const;
    return (await this.#transport.send(request)) as Claim;
  }

  async #list<T extends KubeObject>(kind: Kind<T>, signal?: AbortSignal): Promise<readonly T[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#pages(kind, signal);
      } catch (thrown) {
        if (!(thrown instanceof KubeExpiredError) || attempt === MAX_ATTEMPTS) throw thrown;
      }
    }
  }

  async #pages<T extends KubeObject>(kind: Kind<T>, signal?: AbortSignal): Promise<readonly T[]> {
    const found: T[] = [];
    for await (const { items } of pagesOf(this.#transport, kind, signal)) {
      found.push(...items);
    }
    return found;
  }
}
