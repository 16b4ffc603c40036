import type { Clock } from '../clock.ts';
import { KubeConflictError, KubeMissingError } from './api-error.ts';
import type { LeaseClient, Lease, LeaseSpec } from './lease.ts';
import { microTime } from './micro-time.ts';

export interface LeaseHoldParts {
  readonly client: LeaseClient;
  readonly clock: Clock;
  readonly identity: string;
  readonly leaseDurationMs: number;
}

const RELEASE_ATTEMPTS = 3;

/** One replica's view of the lease, and its three acts: take, renew, release. */
export class LeaseHold {
  readonly #parts: LeaseHoldParts;
  /** The lease as last read or written, and since when (monotonic) it has looked like that. */
  #observed: { readonly lease: Lease; readonly sinceMs: number } | undefined;

  constructor(parts: LeaseHoldParts) {
    this.#parts = parts;
  }

  get holder(): string | undefined {
    return holderOf(this.#observed?.lease);
  }

  /** How often it changed hands, as it tells itself; undefined while it was not seen. */
  get transitions(): number | undefined {
    return this.#observed?.lease.spec.leaseTransitions;
  }

  get metadata(): Partial<Lease['metadata']> {
    return this.#observed?.lease.metadata ?? {};
  }

  /**
   * Until the lease may be taken from its holder: counted from when we saw it change, with the duration
   * that the holder promised.
   */
  expiresInMs(): number {
    if (this.#observed === undefined || this.holder === undefined) return 0;
    const { lease, sinceMs } = this.#observed;
    const { leaseDurationSeconds } = lease.spec;
    const durationMs =
      leaseDurationSeconds === undefined
        ? this.#parts.leaseDurationMs
        : leaseDurationSeconds * 1000;
    return Math.max(0, sinceMs + durationMs - this.#parts.clock.monotonicMs());
  }

  /**
   * Takes or renews the lease if that is ours to do. Aborting cuts the read only: a write that was sent is
   * awaited, so that nobody leaves holding a lease without knowing it.
   */
  async takeOrRenew(signal: AbortSignal): Promise<boolean> {
    if (await this.#renewUnread()) return true;
    const lease = await this.#read(signal);
    if (lease === undefined) {
      this.#observe(await this.#parts.client.create(this.#heldSpec(undefined)));
      return true;
    }
    this.#observe(lease);
    if (!this.#mayTake(lease)) return false;
    this.#observe(await this.#parts.client.update(lease, this.#heldSpec(lease.spec)));
    return true;
  }

  /**
   * Renews what we hold without reading it first: the resource version tells whether it still is as we wrote it.
   * @returns false when it is not, or when we hold nothing
   */
  async #renewUnread(): Promise<boolean> {
    const lease = this.#observed?.lease;
    if (lease === undefined || holderOf(lease) !== this.#parts.identity) return false;
    try {
      this.#observe(await this.#parts.client.update(lease, this.#heldSpec(lease.spec)));
      return true;
    } catch (thrown) {
      if (thrown instanceof KubeConflictError || thrown instanceof KubeMissingError) return false;
      throw thrown;
    }
  }

  async #read(signal?: AbortSignal): Promise<Lease | undefined> {
    try {
      return await this.#parts.client.read(signal);
    } catch (thrown) {
      if (thrown instanceof KubeMissingError) return undefined;
      throw thrown;
    }
  }

  #mayTake(lease: Lease): boolean {
    return holderOf(lease) === this.#parts.identity || this.expiresInMs() === 0;
  }

  #heldSpec(previous: LeaseSpec | undefined): LeaseSpec {
    const { identity, clock } = this.#parts;
    const now = microTime(clock.nowMs());
    const isRenewal = previous?.holderIdentity === identity;
    const transitions = previous?.leaseTransitions ?? 0;
    return {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(this.#parts.leaseDurationMs / 1000),
      acquireTime: isRenewal ? (previous.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: isRenewal || previous === undefined ? transitions : transitions + 1,
    };
  }

  /**
   * Lets go of the lease if it is ours. A renewal that was cut may still land in between: then once more.
   * @throws what api-error.ts names
   */
  async release(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#releaseOnce();
        return;
      } catch (thrown) {
        if (!(thrown instanceof KubeConflictError) || attempt === RELEASE_ATTEMPTS) throw thrown;
      }
    }
  }

  async #releaseOnce(): Promise<void> {
    const lease = await this.#read();
    if (lease === undefined || holderOf(lease) !== this.#parts.identity) return;
    const now = microTime(this.#parts.clock.nowMs());
    const { leaseTransitions = 0 } = lease.spec;
    const spec = { holderIdentity: '', leaseDurationSeconds: 1, acquireTime: now, renewTime: now };
    this.#observe(await this.#parts.client.update(lease, { ...spec, leaseTransitions }));
  }

  #observe(lease: Lease): void {
    const isSame = JSON.stringify(this.#observed?.lease.spec) === JSON.stringify(lease.spec);
    const sinceMs = isSame ? this.#observed?.sinceMs : undefined;
    this.#observed = { lease, sinceMs: sinceMs ?? this.#parts.clock.monotonicMs() };
  }
}

function holderOf(lease: Lease | undefined): string | undefined {
  const holder = lease?.spec.holderIdentity;
  return holder === '' ? undefined : holder;
}
