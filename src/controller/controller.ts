import type { Clock } from '../clock.ts';
import { aborted, sleep } from '../clock.ts';
import type { Change, Store } from '../kube/store.ts';
import type { Claim, StorageClass, Volume } from '../volume/objects.ts';
import { classNameOf, provisionerOf } from './claim-policy.ts';
import type { ReconcileLoop } from './reconcile-loop.ts';
import type { Survey } from './survey.ts';
import { decideVolume, isOurs } from './volume-policy.ts';

interface Parts {
  readonly instance: string;
  readonly claims: Store<Claim>;
  readonly classes: Store<StorageClass>;
  readonly volumes: Store<Volume>;
  readonly claimLoop: ReconcileLoop;
  readonly volumeLoop: ReconcileLoop;
  readonly survey: Survey;
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
      if (this.#leads) this.#claimChanged(change);
    });
    parts.volumes.onChange((change) => {
      if (this.#leads) this.#volumeChanged(change);
    });
    parts.classes.onChange((change) => {
      if (this.#leads) this.#classChanged(change.key);
    });
  }

  /**
   * Works until `signal` is aborted, then finishes what is in hand for at most `graceMs()`.
   * A controller runs once.
   */
  async run(signal: AbortSignal, graceMs: () => number): Promise<void> {
    const { claimLoop, volumeLoop, survey } = this.#parts;
    const work = new AbortController();
    this.#leads = true;
    // Not waited for in the end: what runs on a host (a survey, say) cannot be called back.
    void Promise.allSettled([
      claimLoop.run(work.signal),
      volumeLoop.run(work.signal),
      survey.run(work.signal),
    ]);
    this.#lookAtEverything();
    await aborted(signal);
    this.#leads = false;
    await this.#drain(graceMs());
    work.abort(signal.reason);
  }

  #lookAtEverything(): void {
    for (const claim of this.#parts.claims.list())
      this.#claimChanged({ key: keyOf(claim), current: claim });
    for (const volume of this.#parts.volumes.list()) {
      this.#volumeChanged({ key: volume.metadata.name, current: volume });
    }
  }

  #claimChanged({ key, current, previous }: Change<Claim>): void {
    const { claimLoop, volumeLoop, instance } = this.#parts;
    if (current === undefined) {
      claimLoop.changed(key);
      // The volume may have been released before its claim was seen to go.
      if (isBound(previous)) volumeLoop.changed(previous?.spec.volumeName ?? '');
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
      const isWaiting = !isBound(claim) && provisionerOf(claim) === instance;
      if (isWaiting && classNameOf(claim) === className) claimLoop.changed(keyOf(claim));
    }
    for (const volume of volumes.list()) {
      const isReleased = volume.status?.phase !== 'Bound' && isOurs(volume, instance);
      if (isReleased) volumeLoop.changed(volume.metadata.name);
    }
  }

  async #drain(graceMs: number): Promise<void> {
    const { claimLoop, volumeLoop, clock } = this.#parts;
    const drained = Promise.all([claimLoop.drain(), volumeLoop.drain()]);
    const cut = new AbortController();
    await Promise.race([drained, sleep(clock, graceMs, cut.signal).catch(() => undefined)]);
    cut.abort();
  }
}

function keyOf(claim: Claim): string {
  return `${claim.metadata.namespace}/${claim.metadata.name}`;
}

function isBound(claim: Claim | undefined): boolean {
  return (claim?.spec.volumeName ?? '') !== '';
}
