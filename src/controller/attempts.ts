import type { Logger } from '../log.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import type { Provisioner } from '../provisioner/provisioner.ts';
import type { VolumeRequest } from '../provisioner/volume-request.ts';
import { volumeAnnotations } from '../volume/annotations.ts';
import type { Claim, Volume } from '../volume/objects.ts';

/**
 * Attempts whose volume is not written: a dataset may exist for them. When their claim goes away, what
 * they left is taken back. (After a restart the survey of the hosts finds it instead.)
 */
export class Attempts {
  readonly #attempts = new Map<string, VolumeRequest>();
  /** Left behind at another place when a class was made anew between two attempts of one claim. */
  readonly #strays = new Set<VolumeRequest>();
  readonly #provisioner: Provisioner;
  readonly #kube: KubeApi;
  readonly #log: Logger;

  constructor(parts: { provisioner: Provisioner; kube: KubeApi; log: Logger }) {
    this.#provisioner = parts.provisioner;
    this.#kube = parts.kube;
    this.#log = parts.log;
  }

  /** The host of the key's attempt. */
  hostOf(key: string): string | undefined {
    return this.#attempts.get(key)?.host;
  }

  begin(key: string, request: VolumeRequest): void {
    const before = this.#attempts.get(key);
    if (
      before !== undefined &&
      (before.host !== request.host || before.dataset !== request.dataset)
    ) {
      this.#strays.add(before);
    }
    this.#attempts.set(key, request);
  }

  end(key: string): void {
    this.#attempts.delete(key);
  }

  /**
   * Ends the attempt for this key unless it is still the given claim's.
   * @throws what Provisioner.removeEmpty throws; the attempt is kept then
   */
  async abandonUnless(key: string, claim: Claim | undefined, signal: AbortSignal): Promise<void> {
    const request = this.#attempts.get(key);
    if (request === undefined || isStill(request, claim)) return;
    await this.#abandon(request, signal);
    this.#attempts.delete(key);
  }

  /**
   * Ends the attempt for this key, and makes sure that it left nothing.
   * @throws what Provisioner.removeEmpty throws; the attempt is kept then
   */
  async takeBack(key: string, signal: AbortSignal): Promise<void> {
    const request = this.#attempts.get(key);
    if (request === undefined) return;
    await this.#abandon(request, signal);
    this.#attempts.delete(key);
  }

  /** Takes strays back; those whose host does not answer are kept for the next time. */
  async abandonStrays(signal: AbortSignal): Promise<void> {
    for (const request of this.#strays) {
      try {
        await this.#abandon(request, signal);
        this.#strays.delete(request);
      } catch (error) {
        const { host, dataset } = request;
        this.#log.warn({ host, dataset, err: error }, 'stray dataset not taken back yet');
      }
    }
  }

  /** The dataset goes if it is provably ours and empty, and no volume was written for it after all. */
  async #abandon(request: VolumeRequest, signal: AbortSignal): Promise<void> {
    const { volumeName, host, dataset, claim } = request;
    const volume = await this.#kube.getVolume(volumeName, signal);
    if (volume !== undefined && names(volume, request)) return;
    const outcome = await this.#provisioner.removeEmpty(request, signal);
    const key = `${claim.namespace}/${claim.name}`;
    this.#log.info({ claim: key, volume: volumeName, host, dataset, outcome }, 'attempt abandoned');
  }
}

function names(
  { metadata: { annotations = {} } }: Volume,
  { host, dataset }: VolumeRequest,
): boolean {
  return (
    annotations[volumeAnnotations.host] === host &&
    annotations[volumeAnnotations.datasetPath] === dataset
  );
}

function isStill({ claim }: VolumeRequest, current: Claim | undefined): boolean {
  return current?.metadata.uid === claim.uid && current.metadata.deletionTimestamp === undefined;
}
