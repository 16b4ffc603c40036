import type { Clock } from '../clock.ts';
import { ProvisionerError } from '../errors.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import type { Store } from '../kube/store.ts';
import type { Logger } from '../log.ts';
import type { Provisioner } from '../provisioner/provisioner.ts';
import type { GrowthRules } from '../provisioner/volume-growth.ts';
import { planGrowth } from '../provisioner/volume-growth.ts';
import { volumeAnnotations } from '../volume/annotations.ts';
import { growthBegins, growthDone, growthFailed } from '../volume/claim-status.ts';
import type { Claim, Volume } from '../volume/objects.ts';
import type { ClaimEvents } from './claim-events.ts';
import type { Growth } from './growth-policy.ts';
import { decideGrowth, volumeBytes } from './growth-policy.ts';
import type { GrowthObserver } from './observer.ts';
import type { Failure } from './outcome.ts';
import { effectOf, failureOf } from './outcome.ts';
import type { Reconciler } from './reconcile-loop.ts';

/** The claim has its new size; the capacity of its volume is raised once no pod uses it. */
export class CapacityDelayedError extends ProvisionerError {
  readonly code = 'CAPACITY_DELAYED';
  readonly retry = 'backoff';
}

interface Parts extends GrowthRules {
  readonly instance: string;
  /** ZFS_DELAY_CAPACITY */
  readonly delayCapacity: boolean;
  readonly claims: Store<Claim>;
  readonly volumes: Store<Volume>;
  readonly kube: KubeApi;
  readonly provisioner: Provisioner;
  readonly events: ClaimEvents;
  readonly observe: GrowthObserver;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * One bound claim, by `namespace/name`: its dataset, its volume and its own status get the size that it asks
 * for, in this order, so that a growth that was cut off anywhere is seen and finished.
 */
export class GrowthReconciler implements Reconciler {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  laneOf(key: string): string {
    const volume = this.#volumeOf(this.#parts.claims.get(key));
    return volume?.metadata.annotations?.[volumeAnnotations.host] ?? '';
  }

  async reconcile(key: string, signal: AbortSignal): Promise<void> {
    const claim = this.#parts.claims.get(key);
    if (claim !== undefined) await this.#settle(claim, signal);
  }

  failed(key: string, failure: Failure): void {
    const claim = this.#parts.claims.get(key);
    if (claim === undefined) return;
    this.#parts.events.growthFailed(claim, failure.message);
    this.#parts.observe.growthFailed(labelsOf(claim));
  }

  stillWaiting(key: string): void {
    const claim = this.#parts.claims.get(key);
    if (claim !== undefined) this.#parts.events.stillWaiting(claim, this.laneOf(key));
  }

  async #settle(claim: Claim, signal: AbortSignal): Promise<void> {
    const volume = this.#volumeOf(claim);
    const decision = decideGrowth({ claim, volume, instance: this.#parts.instance });
    if (volume === undefined || decision.kind === 'skip') return;
    if (decision.kind === 'grow') await this.#grow({ claim, volume, growth: decision }, signal);
    else await this.#raiseCapacity({ claim, volume, size: decision.size }, signal);
  }

  async #grow({ claim, volume, growth }: Growing, signal: AbortSignal): Promise<void> {
    const { kube, clock, events } = this.#parts;
    const { namespace, name } = claim.metadata;
    const startedMs = clock.monotonicMs();
    const begins = growthBegins(claim, growth.size, clock.nowMs());
    // Refused if the claim is not what we read: then nothing has happened yet.
    const begun = await kube.patchClaimStatus(namespace, name, begins, signal);
    events.growing(begun, volume.metadata.name);
    const limitBytes = await this.#growDataset({ claim: begun, volume, growth }, signal);
    if (limitBytes === undefined) return;
    const isInUse = this.#parts.delayCapacity && (await this.#isUsed(claim, signal));
    if (!isInUse) await this.#writeCapacity(volume, growth, signal);
    await kube.patchClaimStatus(namespace, name, growthDone(begun, growth.size), signal);
    this.#tell({ claim: begun, volume, growth }, limitBytes, clock.monotonicMs() - startedMs);
    if (isInUse) throw delayed(claim);
  }

  /** @returns undefined when it failed and less was asked for meanwhile: then that has been done */
  async #growDataset(growing: Growing, signal: AbortSignal): Promise<bigint | undefined> {
    const { provisioner, instance } = this.#parts;
    const { volume, growth } = growing;
    try {
      const plan = planGrowth(volume, growth.sizeBytes, this.#parts);
      return await provisioner.grow(plan, signal);
    } catch (error) {
      const failed = signal.aborted ? undefined : await this.#noteFailure(growing, error, signal);
      if (failed === undefined) throw error;
      const next = decideGrowth({ claim: failed, volume, instance });
      if (next.kind !== 'grow' || next.sizeBytes === growth.sizeBytes) throw error;
      await this.#grow({ claim: failed, volume, growth: next }, signal);
      return undefined;
    }
  }

  /**
   * Writes into the claim that the attempt failed, where that is certain. Where it cannot be written, the
   * attempt counts as uncertain, which is the careful way.
   * @returns the claim that was written, if it was
   */
  async #noteFailure(
    { claim, growth }: Growing,
    error: unknown,
    signal: AbortSignal,
  ): Promise<Claim | undefined> {
    const effect = effectOf(error);
    if (effect === 'unknown' || (effect === 'none' && growth.isUncertain)) return undefined;
    const { namespace, name } = claim.metadata;
    const { message } = failureOf(error);
    const stage = effect === 'infeasible' ? 'infeasible' : 'failed';
    const patch = growthFailed(claim, { stage, message, nowMs: this.#parts.clock.nowMs() });
    try {
      return await this.#parts.kube.patchClaimStatus(namespace, name, patch, signal);
    } catch (thrown) {
      const key = `${namespace}/${name}`;
      this.#parts.log.debug({ claim: key, err: thrown }, 'failed growth not noted');
      return undefined;
    }
  }

  async #raiseCapacity({ claim, volume, size }: Behind, signal: AbortSignal): Promise<void> {
    if (this.#parts.delayCapacity && (await this.#isUsed(claim, signal))) throw delayed(claim);
    await this.#patchCapacity(volume, size, signal);
    const { name } = volume.metadata;
    this.#parts.log.info({ volume: name, size }, 'capacity of volume raised');
  }

  /** Not lowered: a volume may say more than its claim asks for, as one that was restored. */
  async #writeCapacity(volume: Volume, growth: Growth, signal: AbortSignal): Promise<void> {
    if (volumeBytes(volume) >= growth.sizeBytes) return;
    await this.#patchCapacity(volume, growth.size, signal);
  }

  async #patchCapacity(volume: Volume, size: string, signal: AbortSignal): Promise<void> {
    const { name, uid, resourceVersion } = volume.metadata;
    const patch = { metadata: { uid, resourceVersion }, spec: { capacity: { storage: size } } };
    await this.#parts.kube.patchVolume(name, patch, signal);
  }

  #isUsed({ metadata: { namespace, name } }: Claim, signal: AbortSignal): Promise<boolean> {
    return this.#parts.kube.isClaimUsed(namespace, name, signal);
  }

  #tell({ claim, volume, growth }: Growing, limitBytes: bigint, durationMs: number): void {
    const { events, observe, log } = this.#parts;
    const { annotations = {}, name } = volume.metadata;
    const { sizeBytes } = growth;
    const { [volumeAnnotations.host]: host, [volumeAnnotations.datasetPath]: dataset } =
      annotations;
    events.grown(claim);
    if (limitBytes > sizeBytes) events.largerThanAsked(claim, { limitBytes, sizeBytes });
    observe.growthSucceeded(labelsOf(claim), durationMs);
    log.info(
      {
        ...{ claim: `${claim.metadata.namespace}/${claim.metadata.name}`, volume: name },
        ...{ host, dataset, sizeBytes: sizeBytes.toString(), limitBytes: limitBytes.toString() },
        durationMs: Math.round(durationMs),
      },
      'volume grown',
    );
  }

  #volumeOf(claim: Claim | undefined): Volume | undefined {
    return this.#parts.volumes.get(claim?.spec.volumeName ?? '');
  }
}

interface Growing {
  readonly claim: Claim;
  readonly volume: Volume;
  readonly growth: Growth;
}

interface Behind {
  readonly claim: Claim;
  readonly volume: Volume;
  readonly size: string;
}

function delayed({ metadata: { namespace, name } }: Claim): CapacityDelayedError {
  return new CapacityDelayedError(
    `the capacity of the volume is raised once no pod uses claim ${namespace}/${name} (setting ZFS_DELAY_CAPACITY)`,
  );
}

function labelsOf({ spec }: Claim): { readonly class: string } {
  return { class: spec.storageClassName ?? '' };
}
