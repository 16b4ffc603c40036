import type { Clock } from '../clock.ts';
import { aborted, sleep } from '../clock.ts';
import type { Change, Store } from '../kube/store.ts';
import { capacityOf, requestOf } from '../volume/claim-status.ts';
import { keyOf } from '../volume/object-key.ts';
import type { Claim, StorageClass, Volume } from '../volume/objects.ts';
import { volumeNameFor } from '../volume/volume-name.ts';
import { classNameOf, provisionerOf } from './claim-policy.ts';
import { decideGrowth } from './growth-policy.ts';
import type { ReconcileLoop } from './reconcile-loop.ts';
import type { NodeExports } from './node-exports.ts';
import type { Survey } from './survey.ts';
import type { TrashSweep } from './trash-sweep.ts';
import { decideVolume, isOurs } from './volume-policy.ts';
import type { WaitingWork } from './waiting-work.ts';
import { waitingWork } from './waiting-work.ts';

interface Parts {
  readonly instance: string;
  readonly claims: Store<Claim>;
  readonly classes: Store<StorageClass>;
  readonly volumes: Store<Volume>;
  readonly claimLoop: ReconcileLoop;
  readonly volumeLoop: ReconcileLoop;
  readonly growthLoop: ReconcileLoop;
  readonly survey: Survey;
  readonly trashSweep: TrashSweep;
  readonly nodeExports: NodeExports;
  readonly clock: Clock;
}

/**
 * While this replica leads: turns what changed into keys, and lets the loops make the world fit. Events
 * only say which key to look at, so a lost or doubled one does no harm.
 */
export class Controller {
  readonly #parts: Parts;
  #leads = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    parts.claims.onChange((change) => {
      if (!this.#leads) return;
      this.#claimChanged(change);
      if (asksForAnotherSize(change)) this.#lookAtSize(change.current);
    });
    parts.volumes.onChange((change) => {
      if (!this.#leads) return;
      this.#volumeChanged(change);
      if (isAnnotatedAnew(change)) this.#lookAtSize(this.#claimOf(change.current));
    });
    parts.classes.onChange((change) => {
      if (!this.#leads) return;
      this.#classChanged(change.key);
      parts.survey.lookAtNew();
      // It may vouch for a host.
      for (const claim of parts.claims.list()) this.#lookAtSize(claim);
    });
  }

  /**
   * Works until `signal` is aborted, then finishes what is in hand for at most `graceMs()`.
   * A controller runs once.
   */
  async run(signal: AbortSignal, graceMs: () => number): Promise<void> {
    const { claimLoop, volumeLoop, growthLoop, survey, nodeExports } = this.#parts;
    const work = new AbortController();
    this.#leads = true;
    this.#parts.trashSweep.run(work.signal);
    // Not waited for in the end: what runs on a host (a survey, say) cannot be called back.
    void Promise.allSettled([
      claimLoop.run(work.signal),
      volumeLoop.run(work.signal),
      growthLoop.run(work.signal),
      survey.run(work.signal),
      nodeExports.run(work.signal),
    ]);
    this.#lookAtEverything();
    await aborted(signal);
    this.#leads = false;
    await this.#drain(graceMs());
    work.abort(signal.reason);
  }

  /** What the hosts file says is another now: whoever waits is looked at at once. */
  hostsChanged(hosts: readonly string[]): void {
    if (!this.#leads) return;
    const { claims, claimLoop, volumes, survey } = this.#parts;
    survey.lookAt(hosts);
    for (const claim of claims.list()) {
      if (this.#isWaiting(claim)) claimLoop.changed(keyOf(claim));
      else this.#lookAtSize(claim);
    }
    for (const volume of volumes.list()) {
      this.#volumeChanged({ key: volume.metadata.name, current: volume });
    }
  }

  /** What wants the host need not wait any longer: it answers again, or a pool of it does. */
  hostReturned(host: string): void {
    for (const loop of this.#loops) loop.hurry(host);
  }

  /** A host that was given up may be tried once: whoever waits for it is the probe. */
  hostMayBeTried(host: string): void {
    this.#loops.some((loop) => loop.hurry(host, 1) > 0);
  }

  /** What is known of the host is too old. */
  lookAt(host: string): void {
    if (this.#leads) this.#parts.survey.refresh(host);
  }

  /** What is to be done and is not, at this moment. */
  waiting(): readonly WaitingWork[] {
    return waitingWork(this.#parts);
  }

  get #loops(): readonly ReconcileLoop[] {
    const { claimLoop, volumeLoop, growthLoop } = this.#parts;
    return this.#leads ? [claimLoop, volumeLoop, growthLoop] : [];
  }

  #isWaiting(claim: Claim): boolean {
    return !isBound(claim) && provisionerOf(claim) === this.#parts.instance;
  }

  #lookAtEverything(): void {
    for (const claim of this.#parts.claims.list()) {
      this.#claimChanged({ key: keyOf(claim), current: claim });
      this.#lookAtSize(claim);
    }
    for (const volume of this.#parts.volumes.list()) {
      this.#volumeChanged({ key: volume.metadata.name, current: volume });
    }
  }

  #claimChanged({ key, current, previous }: Change<Claim>): void {
    const { claimLoop, volumeLoop, instance } = this.#parts;
    if (current === undefined) {
      claimLoop.changed(key);
      // A volume may have been released before its claim was seen to go; one that was written as the claim went
      // was never bound.
      for (const name of volumesOf(previous)) volumeLoop.changed(name);
      return;
    }
    if (provisionerOf(current) !== instance) return;
    const hasJustBeenBound = isBound(current) && previous !== undefined && !isBound(previous);
    if (!isBound(current) || hasJustBeenBound) claimLoop.changed(key);
  }

  #volumeChanged({ key, current }: Change<Volume>): void {
    const { volumeLoop, instance } = this.#parts;
    if (current === undefined) {
      volumeLoop.changed(key);
      return;
    }
    const isWork =
      decideVolume({ volume: current, claimOfThatName: undefined, instance }).kind !== 'skip';
    if (isWork) volumeLoop.changed(key);
  }

  /** A class that was mended lets its claims go on, and the deletions for hosts that it vouches for. */
  #classChanged(className: string): void {
    const { claims, volumes, claimLoop, volumeLoop, instance } = this.#parts;
    for (const claim of claims.list()) {
      if (this.#isWaiting(claim) && classNameOf(claim) === className)
        claimLoop.changed(keyOf(claim));
    }
    for (const volume of volumes.list()) {
      const isReleased = volume.status?.phase !== 'Bound' && isOurs(volume, instance);
      if (isReleased) volumeLoop.changed(volume.metadata.name);
    }
  }

  /** Costs nothing for claims whose volume is not ours, or is as large as it should be. */
  #lookAtSize(claim: Claim | undefined): void {
    const { volumes, growthLoop, instance } = this.#parts;
    if (claim === undefined) return;
    const volume = volumes.get(claim.spec.volumeName ?? '');
    if (decideGrowth({ claim, volume, instance }).kind !== 'skip') growthLoop.changed(keyOf(claim));
  }

  #claimOf(volume: Volume | undefined): Claim | undefined {
    const { namespace = '', name = '' } = volume?.spec.claimRef ?? {};
    return this.#parts.claims.get(`${namespace}/${name}`);
  }

  async #drain(graceMs: number): Promise<void> {
    const { claimLoop, volumeLoop, growthLoop, clock } = this.#parts;
    const drained = Promise.all([claimLoop.drain(), volumeLoop.drain(), growthLoop.drain()]);
    const cut = new AbortController();
    await Promise.race([drained, sleep(clock, graceMs, cut.signal).catch(() => undefined)]);
    cut.abort();
  }
}

/** Not what a growth itself writes: it would look at itself again and again. */
function asksForAnotherSize({ current, previous }: Change<Claim>): boolean {
  return (
    requestOf(previous) !== requestOf(current) ||
    capacityOf(previous) !== capacityOf(current) ||
    previous?.status?.phase !== current?.status?.phase
  );
}

/** New, or said to be elsewhere; what a growth writes into a volume is neither. */
function isAnnotatedAnew({ current, previous }: Change<Volume>): boolean {
  return (
    JSON.stringify(previous?.metadata.annotations) !== JSON.stringify(current?.metadata.annotations)
  );
}

function isBound(claim: Claim | undefined): boolean {
  return (claim?.spec.volumeName ?? '') !== '';
}

/** Names of the volume that a claim had, and of the one that was to be made for it. */
function volumesOf(claim: Claim | undefined): ReadonlySet<string> {
  if (claim === undefined) return new Set();
  const { volumeName = '' } = claim.spec;
  return new Set([...(volumeName === '' ? [] : [volumeName]), volumeNameFor(claim.metadata.uid)]);
}
