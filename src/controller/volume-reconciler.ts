import type { Clock } from '../clock.ts';
import { InvalidRequestError } from '../errors.ts';
import type { FinalizerChange, KubeApi } from '../kube/kube-api.ts';
import type { Store } from '../kube/store.ts';
import type { Logger } from '../log.ts';
import type { Provisioner } from '../provisioner/provisioner.ts';
import { planDeletion } from '../provisioner/volume-deletion.ts';
import { volumeAnnotations, volumeFinalizer } from '../volume/annotations.ts';
import type { Claim, Volume } from '../volume/objects.ts';
import type { DestroyGuard } from './destroy-guard.ts';
import type { EventReason } from './event-reasons.ts';
import { eventOf } from './event-reasons.ts';
import type { EventSink, VolumeObserver } from './observer.ts';
import type { Failure } from './outcome.ts';
import type { Reconciler } from './reconcile-loop.ts';
import { recordAboutVolume } from './volume-events.ts';
import type { VolumeDecision } from './volume-policy.ts';
import { decideVolume } from './volume-policy.ts';
import { eventOfRemoval, removeDataset } from './volume-removal.ts';

interface Parts {
  readonly instance: string;
  readonly allowedParents: readonly string[];
  readonly volumes: Store<Volume>;
  readonly claims: Store<Claim>;
  readonly kube: KubeApi;
  readonly provisioner: Provisioner;
  readonly guard: DestroyGuard;
  readonly events: EventSink;
  readonly observe: VolumeObserver;
  readonly clock: Clock;
  readonly log: Logger;
}

/** One volume, by name: keep our finalizer right, and destroy its dataset when it is released. */
export class VolumeReconciler implements Reconciler {
  readonly #parts: Parts;
  /** Deleted by us, by name, until the watch shows it: uid. */
  readonly #deleted = new Map<string, string>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  laneOf(key: string): string {
    return this.#parts.volumes.get(key)?.metadata.annotations?.[volumeAnnotations.host] ?? '';
  }

  async reconcile(key: string, signal: AbortSignal): Promise<void> {
    const volume = this.#parts.volumes.get(key);
    if (volume === undefined) {
      this.#deleted.delete(key);
      return;
    }
    if (this.#deleted.get(key) === volume.metadata.uid) return;
    const decision = this.#decide(volume);
    switch (decision.kind) {
      case 'skip':
        return;
      case 'refuse':
        throw new InvalidRequestError([decision.problem, 'nothing was destroyed']);
      case 'add-finalizer':
        await this.#parts.kube.addVolumeFinalizer(key, changeOf(volume), signal);
        return;
      case 'remove-finalizer':
        await this.#parts.kube.removeVolumeFinalizer(key, changeOf(volume), signal);
        return;
      case 'destroy':
        await this.#destroy(volume, signal);
    }
  }

  failed(key: string, failure: Failure): void {
    const volume = this.#parts.volumes.get(key);
    if (volume === undefined) return;
    this.#record(volume, 'VolumeFailedDelete', failure.message);
    this.#parts.observe.deleteFailed({ class: volume.spec.storageClassName ?? '' });
  }

  stillWaiting(key: string): void {
    const volume = this.#parts.volumes.get(key);
    if (volume === undefined) return;
    const host = this.laneOf(key);
    const message = `Still waiting for storage host ${host}: it is busy or does not answer; the deletion goes on by itself`;
    this.#record(volume, 'WaitingForHost', message);
  }

  #decide(volume: Volume): VolumeDecision {
    const { namespace = '', name = '' } = volume.spec.claimRef ?? {};
    const claimOfThatName = this.#parts.claims.get(`${namespace}/${name}`);
    const { claims, instance } = this.#parts;
    return decideVolume({ volume, claimOfThatName, claims: claims.list(), instance });
  }

  /** The cached volume may be seconds old, and a person may have saved it since: the live one decides. */
  async #destroy(cached: Volume, signal: AbortSignal): Promise<void> {
    const { kube, observe, clock, log } = this.#parts;
    const { name, uid } = cached.metadata;
    const startedMs = clock.monotonicMs();
    const volume = await kube.getVolume(name, signal);
    if (volume?.metadata.uid !== uid || this.#decide(volume).kind !== 'destroy') return;
    const deletion = planDeletion(volume, this.#parts.allowedParents);
    const removal = await removeDataset(this.#parts, volume, deletion, signal);
    if (removal === undefined) return;
    await this.#removeObject(name, uid, signal);
    this.#deleted.set(name, uid);
    const { host, dataset } = deletion;
    recordAboutVolume(this.#parts.events, volume, eventOfRemoval(removal, volume, deletion));
    const durationMs = clock.monotonicMs() - startedMs;
    observe.deleteSucceeded({ class: volume.spec.storageClassName ?? '' }, durationMs);
    const { kind: outcome, ...where } = removal;
    log.info(
      {
        ...{ volume: name, host, dataset, outcome, durationMs: Math.round(durationMs) },
        ...('dataset' in where && { trashedAs: where.dataset, expiresAtMs: where.expiresAtMs }),
      },
      'volume deleted',
    );
  }

  /**
   * Asks for its deletion first, so that it has our finalizer until it is certain to go: a crash in between leaves
   * one that is being deleted, and whose dataset the next attempt finds absent. By its uid alone, whatever
   * kube-controller-manager writes meanwhile: it takes `kubernetes.io/pv-protection` away in the same moment.
   */
  async #removeObject(name: string, uid: string, signal: AbortSignal): Promise<void> {
    const { kube } = this.#parts;
    const preconditions = { uid };
    const found = await kube.deleteVolume(name, preconditions, signal);
    if (found === 'absent') return;
    const change = { finalizer: volumeFinalizer, preconditions };
    await kube.removeVolumeFinalizer(name, change, signal);
  }

  #record(volume: Volume, reason: EventReason, message: string): void {
    recordAboutVolume(this.#parts.events, volume, eventOf(reason, message));
  }
}

/** Only if the volume still is what was decided upon. */
function changeOf({ metadata: { uid, resourceVersion } }: Volume): FinalizerChange {
  return { finalizer: volumeFinalizer, preconditions: { uid, resourceVersion } };
}
