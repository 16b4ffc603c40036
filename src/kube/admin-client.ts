import type { Claim, KubeObject, StorageClass, Volume } from '../volume/objects.ts';
import type { AdminApi, ClaimManifest } from './admin-api.ts';
import { ApiClient } from './api-client.ts';
import { KubeExpiredError } from './api-error.ts';
import type { ApiTransport } from './api-transport.ts';
import { claims, storageClasses, volumes } from './kinds.ts';
import type { Kind } from './kinds.ts';

const PAGE_SIZE = 500;
/** A list that takes longer than the server keeps its version (5 minutes) begins again. */
const MAX_ATTEMPTS = 3;

interface ObjectList {
  readonly metadata: { readonly continue?: string };
  readonly items: readonly unknown[] | null;
}

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
    const { resource, path } = kind;
    const found: T[] = [];
    let next: string | undefined = '';
    while (next !== undefined) {
      const query = { limit: String(PAGE_SIZE), ...(next !== '' && { continue: next }) };
      const request = { verb: 'list', resource, path, query, signal } as const;
      const { items, metadata } = (await this.#transport.send(request)) as ObjectList;
      for (const item of items ?? []) found.push(kind.keep(item));
      next = metadata.continue === '' ? undefined : metadata.continue;
    }
    return found;
  }
}
