import type { Clock } from '../clock.ts';
import type { Store } from '../kube/store.ts';
import type { Claim, StorageClass } from '../volume/objects.ts';
import { classNameOf, decideClaim } from './claim-policy.ts';

interface Parts {
  readonly claims: Pick<Store<Claim>, 'list'>;
  readonly classes: Pick<Store<StorageClass>, 'get'>;
  readonly instance: string;
  readonly clock: Clock;
}

interface PendingOfClass {
  readonly class: string;
  readonly claims: number;
  readonly oldestMs: number;
}

/**
 * Claims that are ours to provision now and have no volume, for whatever reason. Read from the watch alone, so that
 * a replica that does not lead tells the same, and they are seen to wait also when nobody leads.
 */
export class PendingClaims {
  readonly #parts: Parts;
  /** When (wall clock) a claim was first seen to wait for us, by uid: of those that waited for a pod before. */
  #seenMs: ReadonlyMap<string, number> = new Map();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** By class, at this moment. */
  read(): readonly PendingOfClass[] {
    const nowMs = this.#parts.clock.nowMs();
    const ofClass = new Map<string, PendingOfClass>();
    const seenMs = new Map<string, number>();
    for (const claim of this.#pending()) {
      const name = classNameOf(claim);
      const oldestMs = nowMs - this.#sinceMs(claim, nowMs, seenMs);
      const before = ofClass.get(name) ?? { claims: 0, oldestMs: 0 };
      ofClass.set(name, {
        class: name,
        claims: before.claims + 1,
        oldestMs: Math.max(before.oldestMs, oldestMs),
      });
    }
    this.#seenMs = seenMs;
    return [...ofClass.values()];
  }

  *#pending(): Iterable<Claim> {
    const { claims, classes, instance } = this.#parts;
    for (const claim of claims.list()) {
      const { kind } = decideClaim(claim, classes.get(classNameOf(claim)), instance);
      if (kind === 'provision' || kind === 'reject') yield claim;
    }
  }

  /** One that waited for a pod began to wait for us when its node was chosen, which no field tells. */
  #sinceMs(claim: Claim, nowMs: number, seenMs: Map<string, number>): number {
    const { uid, creationTimestamp } = claim.metadata;
    const storageClass = this.#parts.classes.get(classNameOf(claim));
    const createdMs = Date.parse(creationTimestamp ?? '');
    const waitedForPod = storageClass?.volumeBindingMode === 'WaitForFirstConsumer';
    if (!waitedForPod && Number.isFinite(createdMs)) return createdMs;
    const sinceMs = this.#seenMs.get(uid) ?? nowMs;
    seenMs.set(uid, sinceMs);
    return sinceMs;
  }
}
