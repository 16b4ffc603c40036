import type { Claim, KubeObject, Volume } from '../volume/objects.ts';
import type { VolumeManifest } from '../volume/persistent-volume.ts';
import { KubeConflictError, KubeMissingError } from './api-error.ts';
import type { ApiRequest } from './api-request.ts';
import type { ApiTransport } from './api-transport.ts';
import type { DeletePreconditions, KubeApi, MergePatch } from './kube-api.ts';
import { RUNNING_PODS, usesClaim } from './pods.ts';
import type { PodList } from './pods.ts';

const MAX_ATTEMPTS = 3;

type ChangeList = (present: readonly string[]) => readonly string[];

/** KubeApi over the transport. The server has validated what it sends: answers are taken as their type. */
export class ApiClient implements KubeApi {
  readonly #transport: ApiTransport;

  constructor(transport: ApiTransport) {
    this.#transport = transport;
  }

  async getClaim(
    namespace: string,
    name: string,
    signal?: AbortSignal,
  ): Promise<Claim | undefined> {
    const found = await this.#find({ verb: 'get', ...claimTarget(namespace, name), signal });
    return found as Claim | undefined;
  }

  async patchClaim(
    namespace: string,
    name: string,
    patch: MergePatch,
    signal?: AbortSignal,
  ): Promise<Claim> {
    const target = claimTarget(namespace, name);
    return (await this.#transport.send({ verb: 'patch', ...target, body: patch, signal })) as Claim;
  }

  async patchClaimStatus(
    namespace: string,
    name: string,
    patch: MergePatch,
    signal?: AbortSignal,
  ): Promise<Claim> {
    const target = statusOf(claimTarget(namespace, name));
    return (await this.#transport.send({ verb: 'patch', ...target, body: patch, signal })) as Claim;
  }

  async isClaimUsed(namespace: string, name: string, signal?: AbortSignal): Promise<boolean> {
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`;
    let next: string | undefined = '';
    while (next !== undefined) {
      const query = { ...RUNNING_PODS, ...(next === '' ? {} : { continue: next }) };
      const page = await this.#transport.send({
        verb: 'list',
        resource: 'pods',
        path,
        query,
        signal,
      });
      const { items, metadata } = page as PodList;
      if (items?.some((pod) => usesClaim(pod, name)) === true) return true;
      next = metadata.continue === '' ? undefined : metadata.continue;
    }
    return false;
  }

  async getVolume(name: string, signal?: AbortSignal): Promise<Volume | undefined> {
    const found = await this.#find({ verb: 'get', ...volumeTarget(name), signal });
    return found as Volume | undefined;
  }

  async patchVolume(name: string, patch: MergePatch, signal?: AbortSignal): Promise<Volume> {
    const target = volumeTarget(name);
    return (await this.#transport.send({
      verb: 'patch',
      ...target,
      body: patch,
      signal,
    })) as Volume;
  }

  async createVolume(volume: VolumeManifest, signal?: AbortSignal): Promise<Volume> {
    const created = this.#transport.send({
      verb: 'create',
      ...volumeTarget(),
      body: volume,
      signal,
    });
    return (await created) as Volume;
  }

  addVolumeFinalizer(name: string, finalizer: string, signal?: AbortSignal): Promise<void> {
    const add: ChangeList = (present) =>
      present.includes(finalizer) ? present : [...present, finalizer];
    return this.#changeFinalizers(name, add, signal);
  }

  removeVolumeFinalizer(name: string, finalizer: string, signal?: AbortSignal): Promise<void> {
    const remove: ChangeList = (present) =>
      present.includes(finalizer) ? present.filter((other) => other !== finalizer) : present;
    return this.#changeFinalizers(name, remove, signal);
  }

  async deleteVolume(
    name: string,
    preconditions: DeletePreconditions,
    signal?: AbortSignal,
  ): Promise<'deleted' | 'absent'> {
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions };
    const found = await this.#find({ verb: 'delete', ...volumeTarget(name), body, signal });
    return found === undefined ? 'absent' : 'deleted';
  }

  async getNamespaceUid(name: string, signal?: AbortSignal): Promise<string> {
    const path = `/api/v1/namespaces/${encodeURIComponent(name)}`;
    const found = await this.#transport.send({ verb: 'get', resource: 'namespaces', path, signal });
    return (found as KubeObject).metadata.uid;
  }

  /** A merge patch replaces lists whole: hence read, change, and write only what was not changed meanwhile. */
  async #changeFinalizers(name: string, change: ChangeList, signal?: AbortSignal): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const volume = await this.getVolume(name, signal);
      const present = volume?.metadata.finalizers ?? [];
      const finalizers = change(present);
      if (volume === undefined || finalizers === present) return;
      const { uid, resourceVersion } = volume.metadata;
      const body = { metadata: { uid, resourceVersion, finalizers } };
      try {
        await this.#find({ verb: 'patch', ...volumeTarget(name), body, signal });
        return;
      } catch (thrown) {
        if (!(thrown instanceof KubeConflictError) || attempt === MAX_ATTEMPTS) throw thrown;
      }
    }
  }

  /** @returns undefined for 404 */
  async #find(request: ApiRequest): Promise<unknown> {
    try {
      return await this.#transport.send(request);
    } catch (thrown) {
      if (thrown instanceof KubeMissingError) return undefined;
      throw thrown;
    }
  }
}

type Target = Pick<ApiRequest, 'resource' | 'path'>;

function claimTarget(namespace: string, name: string): Target {
  const resource = 'persistentvolumeclaims';
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/${resource}/${encodeURIComponent(name)}`;
  return { resource, path };
}

function statusOf({ resource, path }: Target): Target {
  return { resource: `${resource}/status`, path: `${path}/status` };
}

function volumeTarget(name?: string): Target {
  const resource = 'persistentvolumes';
  const path = `/api/v1/${resource}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
  return { resource, path };
}
