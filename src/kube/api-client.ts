import type { Claim, KubeObject, Volume } from '../volume/objects.ts';
import type { VolumeManifest } from '../volume/persistent-volume.ts';
import { KubeMissingError } from './api-error.ts';
import type { ApiRequest } from './api-request.ts';
import type { ApiTransport } from './api-transport.ts';
import type { FinalizerChange, KubeApi, MergePatch, Preconditions } from './kube-api.ts';
import { RUNNING_PODS, usesClaim } from './pods.ts';
import type { PodList } from './pods.ts';

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

  async addVolumeFinalizer(
    name: string,
    { finalizer, preconditions }: FinalizerChange,
    signal?: AbortSignal,
  ): Promise<void> {
    const metadata = { ...preconditions, finalizers: [finalizer] };
    await this.#mergeIntoVolume(name, { metadata }, signal);
  }

  async removeVolumeFinalizer(
    name: string,
    { finalizer, preconditions }: FinalizerChange,
    signal?: AbortSignal,
  ): Promise<void> {
    const metadata = { ...preconditions, '$deleteFromPrimitiveList/finalizers': [finalizer] };
    await this.#mergeIntoVolume(name, { metadata }, signal);
  }

  async deleteVolume(
    name: string,
    preconditions: Preconditions,
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

  /** Lists are merged too. Does nothing when there is no such volume. */
  async #mergeIntoVolume(name: string, body: object, signal?: AbortSignal): Promise<void> {
    const patchType = 'strategic-merge';
    await this.#find({ verb: 'patch', patchType, ...volumeTarget(name), body, signal });
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
