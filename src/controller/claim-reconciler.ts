import type { Clock } from '../clock.ts';
import { InvalidRequestError, messageOf, ProvisionerError } from '../errors.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import type { Store } from '../kube/store.ts';
import type { Logger } from '../log.ts';
import type { Provisioner } from '../provisioner/provisioner.ts';
import type { Planned, RequestRules, VolumeRequest } from '../provisioner/volume-request.ts';
import { planVolume } from '../provisioner/volume-request.ts';
import { claimAnnotations } from '../volume/annotations.ts';
import type { Claim, StorageClass, Volume } from '../volume/objects.ts';
import { persistentVolume } from '../volume/persistent-volume.ts';
import { volumeNameFor } from '../volume/volume-name.ts';
import type { Attempts } from './attempts.ts';
import type { ClaimEvents } from './claim-events.ts';
import { classNameOf, decideClaim } from './claim-policy.ts';
import type { ClaimLabels, ClaimObserver } from './observer.ts';
import { effectOf } from './outcome.ts';
import type { Failure } from './outcome.ts';
import type { NodeExports } from './node-exports.ts';
import { Patience } from './patience.ts';
import type { Placements } from './placements.ts';
import type { Reconciler } from './reconcile-loop.ts';
import { writeVolume } from './volume-writer.ts';

/** The host that was chosen for a claim cannot take it now; another one is tried. */
export class HostSkippedError extends ProvisionerError {
  readonly code = 'HOST_SKIPPED';
  readonly retry = 'backoff';

  constructor(cause: unknown) {
    super(`${messageOf(cause)}. Another storage host is tried`, { cause });
  }
}

/** The class of a claim was not seen yet, moments after the claim was. */
export class ClassNotSeenError extends ProvisionerError {
  readonly code = 'CLASS_NOT_SEEN';
  readonly retry = 'backoff';
}

/** A class and its claim are often made together, and seen by watches of their own. */
const classPatienceMs = 2000;

interface Parts extends Omit<RequestRules, 'choosePlace'> {
  readonly claims: Store<Claim>;
  readonly classes: Store<StorageClass>;
  readonly volumes: Store<Volume>;
  readonly placements: Placements;
  readonly nodeExports: NodeExports;
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

  /** With classes that the watch did not show yet, by the key of the claim. */
  readonly #patience: Patience;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#patience = new Patience(parts.clock, classPatienceMs);
  }

  laneOf(key: string): string {
    const claim = this.#parts.claims.get(key);
    if (claim === undefined) return this.#parts.attempts.hostOf(key) ?? '';
    const storageClass = this.#parts.classes.get(classNameOf(claim));
    return storageClass?.parameters?.['hostname'] ?? this.#chosenHostOf(claim);
  }

  async reconcile(key: string, signal: AbortSignal): Promise<void> {
    const { claims, classes, instance, attempts, events } = this.#parts;
    const claim = claims.get(key);
    await attempts.abandonUnless(key, claim, signal);
    if (claim === undefined) {
      this.#provisioned.delete(key);
      this.#patience.forget(key);
      this.#parts.placements.forget(key, { isMade: false });
      events.forget(key);
      return;
    }
    const decision = decideClaim(claim, classes.get(classNameOf(claim)), instance);
    switch (decision.kind) {
      case 'skip':
        this.#provisioned.delete(key);
        this.#parts.placements.forget(key, { isMade: decision.reason === 'bound' });
        return;
      case 'leave':
        events.left(claim, decision.reason);
        return;
      case 'reject':
        if (this.#patience.isOver(key)) throw new InvalidRequestError([decision.problem]);
        throw new ClassNotSeenError(
          `StorageClass ${JSON.stringify(classNameOf(claim))} was not seen yet`,
        );
      case 'provision':
        this.#patience.forget(key);
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
    const isOfClaim = (volume: Volume | undefined): boolean => volume?.spec.claimRef?.uid === uid;
    if (isOfClaim(this.#parts.volumes.get(volumeNameFor(uid)))) return true;
    if (this.#provisioned.get(key) !== uid) return false;
    // The watch may show neither the volume nor the binding yet: a second create would only cost time.
    if (isOfClaim(await this.#parts.kube.getVolume(volumeNameFor(uid), signal))) return true;
    const live = await this.#parts.kube.getClaim(namespace, name, signal);
    return live?.metadata.uid !== uid || (live.spec.volumeName ?? '') !== '';
  }

  async #plan(
    key: string,
    claim: Claim,
    storageClass: StorageClass,
    signal: AbortSignal,
  ): Promise<void> {
    const planned = this.#planFor(claim, storageClass);
    if (planned.kind === 'reschedule') {
      await this.#reschedule(claim, planned.reason, signal);
      return;
    }
    this.#parts.events.ignored(claim, planned.warnings);
    this.#parts.events.skipped(claim, planned.request.host, planned.skipped);
    const request = planned.isChoice
      ? await this.#remember(claim, planned.request, signal)
      : planned.request;
    await this.#provision(key, claim, { request, isChoice: planned.isChoice }, signal);
  }

  #planFor(claim: Claim, storageClass: StorageClass): Planned {
    const { placements } = this.#parts;
    const choosePlace = placements.choose.bind(placements);
    return planVolume(claim, storageClass, { ...this.#parts, choosePlace });
  }

  /** Among several hosts, one is chosen when the claim is put into its lane. */
  #chosenHostOf(claim: Claim): string {
    const { uid, namespace, name } = claim.metadata;
    const known = this.#parts.placements.hostOf(claim);
    if (known !== undefined) return known;
    if (this.#provisioned.get(`${namespace}/${name}`) === uid) return '';
    const { classes, instance } = this.#parts;
    const decision = decideClaim(claim, classes.get(classNameOf(claim)), instance);
    if (decision.kind !== 'provision') return '';
    try {
      const planned = this.#planFor(claim, decision.storageClass);
      return planned.kind === 'request' ? planned.request.host : '';
    } catch {
      return ''; // `reconcile` meets it again, and tells it
    }
  }

  /** A restart must find what is created now: the choice is written down first. */
  async #remember(
    claim: Claim,
    request: VolumeRequest,
    signal: AbortSignal,
  ): Promise<VolumeRequest> {
    const record = this.#parts.placements.recordFor(claim);
    if (record === undefined) return request;
    const { namespace, name, uid, resourceVersion } = claim.metadata;
    const annotations = { [claimAnnotations.host]: record };
    const patch = { metadata: { uid, resourceVersion, annotations } };
    const patched = await this.#parts.kube.patchClaim(namespace, name, patch, signal);
    const { metadata } = patched;
    return { ...request, claim: { ...request.claim, resourceVersion: metadata.resourceVersion } };
  }

  async #provision(
    key: string,
    claim: Claim,
    { request, isChoice }: { readonly request: VolumeRequest; readonly isChoice: boolean },
    signal: AbortSignal,
  ): Promise<void> {
    const { provisioner, kube, attempts, events, observe, clock, log } = this.#parts;
    const startedMs = clock.monotonicMs();
    events.provisioning(claim);
    if (this.#parts.placements.isDegraded(request.host, request.dataset)) {
      events.degraded(claim, request);
    }
    attempts.begin(key, request);
    const dataset = await provisioner.provision(request, signal).catch(async (error: unknown) => {
      throw isChoice ? await this.#elsewhere(key, claim, error, signal) : error;
    });
    this.#parts.placements.made(claim);
    this.#parts.nodeExports.created(request);
    await writeVolume(kube, persistentVolume(request, dataset), signal);
    attempts.end(key);
    this.#parts.placements.forget(key, { isMade: true });
    this.#provisioned.set(key, claim.metadata.uid);
    if (dataset.exports === 'unchecked') events.unchecked(claim, dataset);
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

  /**
   * Another host is chosen only where it is certain that nothing is left on this one: it was never
   * reached, or has answered and shown that nothing is there.
   */
  async #elsewhere(
    key: string,
    claim: Claim,
    error: unknown,
    signal: AbortSignal,
  ): Promise<unknown> {
    const { placements, attempts } = this.#parts;
    const code = error instanceof ProvisionerError ? error.code : '';
    const isNeverStarted = effectOf(error) === 'none' && !placements.mayHaveLeft(claim);
    if (!isNeverStarted && !refusedByHost.has(code)) {
      if (effectOf(error) !== 'none') placements.leftSomething(claim);
      return error;
    }
    try {
      if (!isNeverStarted) await attempts.takeBack(key, signal);
    } catch {
      placements.leftSomething(claim);
      return error;
    }
    attempts.end(key);
    const isUnreached = isNeverStarted && !refusedByPool.has(code);
    placements.refuse(claim, messageOf(error), { isUnreached });
    return new HostSkippedError(error);
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

/** Failures of a host that answers: another one may well take the volume. */
const refusedByHost: ReadonlySet<string> = new Set([
  'OUT_OF_SPACE',
  'PARENT_UNUSABLE',
  'HOST_PERMISSION',
]);

/** Nothing was sent, and the host may well answer. */
const refusedByPool: ReadonlySet<string> = new Set(['POOL_UNAVAILABLE', 'STILL_RUNNING']);

function labelsOf(claim: Claim): ClaimLabels {
  return { class: classNameOf(claim), source: claim.spec.dataSource?.kind ?? '' };
}
