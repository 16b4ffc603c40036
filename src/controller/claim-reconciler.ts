import type { Clock } from '../clock.ts';
import { InvalidRequestError } from '../errors.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import type { Store } from '../kube/store.ts';
import type { Logger } from '../log.ts';
import type { Provisioner } from '../provisioner/provisioner.ts';
import type { Nodes } from '../provisioner/placement.ts';
import type { VolumeRequest } from '../provisioner/volume-request.ts';
import { planVolume } from '../provisioner/volume-request.ts';
import { claimAnnotations } from '../volume/annotations.ts';
import type { Claim, StorageClass, Volume } from '../volume/objects.ts';
import { persistentVolume } from '../volume/persistent-volume.ts';
import { volumeNameFor } from '../volume/volume-name.ts';
import type { Attempts } from './attempts.ts';
import type { ClaimEvents } from './claim-events.ts';
import { classNameOf, decideClaim } from './claim-policy.ts';
import type { ClaimLabels, ClaimObserver } from './observer.ts';
import type { Failure } from './outcome.ts';
import type { Reconciler } from './reconcile-loop.ts';
import { writeVolume } from './volume-writer.ts';

interface Parts {
  readonly instance: string;
  readonly allowedParents: readonly string[];
  readonly claims: Store<Claim>;
  readonly classes: Store<StorageClass>;
  readonly volumes: Store<Volume>;
  readonly nodes: Nodes;
  readonly kube: KubeApi;
  readonly provisioner: Provisioner;
  readonly attempts: Attempts;
  readonly events: ClaimEvents;
  readonly observe: ClaimObserver;
  readonly clock: Clock;
  readonly log: Logger;
}

/** One claim, by `namespace/name`: decide, plan, create the dataset, write the volume. */
export class ClaimReconciler implements Reconciler {
  readonly #parts: Parts;
  /** Claims whose volume was written, by key: the watch may not show them bound yet. */
  readonly #provisioned = new Map<string, string>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  laneOf(key: string): string {
    const claim = this.#parts.claims.get(key);
    if (claim === undefined) return this.#parts.attempts.hostOf(key) ?? '';
    return this.#parts.classes.get(classNameOf(claim))?.parameters?.['hostname'] ?? '';
  }

  async reconcile(key: string, signal: AbortSignal): Promise<void> {
    const { claims, classes, instance, attempts, events } = this.#parts;
    const claim = claims.get(key);
    await attempts.abandonUnless(key, claim, signal);
    if (claim === undefined) {
      this.#provisioned.delete(key);
      events.forget(key);
      return;
    }
    const decision = decideClaim(claim, classes.get(classNameOf(claim)), instance);
    switch (decision.kind) {
      case 'skip':
        this.#provisioned.delete(key);
        return;
      case 'leave':
        events.left(claim, decision.reason);
        return;
      case 'reject':
        throw new InvalidRequestError([decision.problem]);
      case 'provision':
        if (await this.#isDone(key, claim, signal)) return;
        await this.#plan(key, claim, decision.storageClass, signal);
    }
  }

  failed(key: string, failure: Failure): void {
    const claim = this.#parts.claims.get(key);
    if (claim === undefined) return;
    this.#parts.events.failed(claim, failure.message);
    this.#parts.observe.provisionFailed(labelsOf(claim));
  }

  stillWaiting(key: string): void {
    const claim = this.#parts.claims.get(key);
    if (claim !== undefined) this.#parts.events.stillWaiting(claim, this.laneOf(key));
  }

  /**
   * A volume of that name is there, or was written by us and is gone again: then the cached claim may be
   * older than both (kubernetes-csi/external-provisioner#1469), and only the live one can tell.
   */
  async #isDone(key: string, claim: Claim, signal: AbortSignal): Promise<boolean> {
    const { uid, namespace, name } = claim.metadata;
    const volume = this.#parts.volumes.get(volumeNameFor(uid));
    if (volume?.spec.claimRef?.uid === uid) return true;
    if (this.#provisioned.get(key) !== uid) return false;
    const live = await this.#parts.kube.getClaim(namespace, name, signal);
    return live?.metadata.uid !== uid || (live.spec.volumeName ?? '') !== '';
  }

  async #plan(
    key: string,
    claim: Claim,
    storageClass: StorageClass,
    signal: AbortSignal,
  ): Promise<void> {
    const planned = planVolume(claim, storageClass, this.#parts);
    if (planned.kind === 'reschedule') {
      await this.#reschedule(claim, planned.reason, signal);
      return;
    }
    this.#parts.events.ignored(claim, planned.warnings);
    await this.#provision(key, claim, planned.request, signal);
  }

  async #provision(
    key: string,
    claim: Claim,
    request: VolumeRequest,
    signal: AbortSignal,
  ): Promise<void> {
    const { provisioner, kube, attempts, events, observe, clock, log } = this.#parts;
    const startedMs = clock.monotonicMs();
    events.provisioning(claim);
    attempts.begin(key, request);
    const dataset = await provisioner.provision(request, signal);
    await writeVolume(kube, persistentVolume(request, dataset), signal);
    attempts.end(key);
    this.#provisioned.set(key, claim.metadata.uid);
    events.provisioned(claim, request.volumeName);
    const durationMs = clock.monotonicMs() - startedMs;
    observe.provisionSucceeded(labelsOf(claim), durationMs);
    log.info(
      {
        claim: key,
        volume: request.volumeName,
        storageClass: request.className,
        host: request.host,
        dataset: request.dataset,
        sizeBytes: request.sizeBytes.toString(),
        type: request.type,
        adopted: dataset.adopted,
        durationMs: Math.round(durationMs),
      },
      'volume provisioned',
    );
  }

  /** Lets the scheduler choose again; on a stale claim the patch is refused, and it is read anew. */
  async #reschedule(claim: Claim, reason: string, signal: AbortSignal): Promise<void> {
    const { namespace, name, uid, resourceVersion } = claim.metadata;
    const annotations = { [claimAnnotations.selectedNode]: null };
    const patch = { metadata: { uid, resourceVersion, annotations } };
    await this.#parts.kube.patchClaim(namespace, name, patch, signal);
    this.#parts.events.rescheduled(claim, reason);
    this.#parts.log.info({ claim: `${namespace}/${name}`, reason }, 'claim rescheduled');
  }
}

function labelsOf(claim: Claim): ClaimLabels {
  return { class: classNameOf(claim), source: claim.spec.dataSource?.kind ?? '' };
}
