/**
 * One leader among the replicas, by a Lease, in the manner of client-go's tools/leaderelection:
 * a candidate takes the lease over once it has not seen it change for the duration that it names, by its
 * own monotonic clock; writes are guarded by the resource version; the leader stops before anybody else
 * may start (renewDeadlineMs < leaseDurationMs). This is no fence: what the leader does has to be safe
 * against a successor all the same.
 */
import { sleep } from '../clock.ts';
import type { Clock } from '../clock.ts';
import { KubeConflictError, KubeExistsError, LeaseLostError } from './api-error.ts';
import type { ApiTransport } from './api-transport.ts';
import { LeaseClient } from './lease.ts';
import { LeaseHold } from './lease-hold.ts';
import { abortError, linkAbort, orAborted } from './linked-abort.ts';
import type { ObjectReference } from './object-reference.ts';

export interface LeaseTimings {
  readonly leaseDurationMs: number;
  readonly renewDeadlineMs: number;
  readonly retryPeriodMs: number;
}

export interface LeaseElectionParts {
  readonly transport: ApiTransport;
  readonly clock: Clock;
  readonly random: () => number;
  readonly lease: { readonly namespace: string; readonly name: string };
  /** Unique among all replicas, also after a restart. */
  readonly identity: string;
  readonly timings?: LeaseTimings;
  /** For the LeaderElection event: `became leader`, `stopped leading`. */
  readonly onTransition?: (lease: ObjectReference, message: string) => void;
  /** A try to get, renew or release the lease failed; the election goes on. */
  readonly onProblem?: (thrown: unknown) => void;
}

const DEFAULT_LEASE_TIMINGS: LeaseTimings = {
  leaseDurationMs: 15_000,
  renewDeadlineMs: 10_000,
  retryPeriodMs: 2000,
};

/** Candidates spread their tries by up to this share of the retry period. */
const JITTER = 0.2;

export class LeaseElection {
  readonly #parts: LeaseElectionParts;
  readonly #timings: LeaseTimings;
  readonly #hold: LeaseHold;
  #isLeader = false;

  constructor(parts: LeaseElectionParts) {
    this.#parts = parts;
    this.#timings = parts.timings ?? DEFAULT_LEASE_TIMINGS;
    const { leaseDurationMs, renewDeadlineMs } = this.#timings;
    const { clock, identity } = parts;
    const client = new LeaseClient(parts.transport, parts.lease, renewDeadlineMs / 2);
    this.#hold = new LeaseHold({ client, clock, identity, leaseDurationMs });
  }

  get isLeader(): boolean {
    return this.#isLeader;
  }

  /** Identity of the holder as last seen; undefined when nobody holds the lease. */
  get leader(): string | undefined {
    return this.#hold.holder;
  }

  /** How often the lease changed hands, over all replicas; undefined while it was not seen. */
  get transitions(): number | undefined {
    return this.#hold.transitions;
  }

  /**
   * Waits for the lease, then calls `lead` once and keeps the lease until it settles. Aborting `signal`
   * aborts lead's signal; the lease is released only after lead has settled, so that the successor starts
   * when our work has ended. Resolves without having led when aborted before.
   * @throws LeaseLostError at once when the lease is lost, with lead's signal aborted but lead perhaps still
   * running: end the process. Otherwise whatever lead throws.
   */
  async run(lead: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    const acquiredMs = await this.#acquire(signal);
    if (acquiredMs === undefined) return;
    if (signal.aborted) {
      await this.#release();
      return;
    }
    this.#setLeader(true);
    try {
      await this.#leadWhileHeld(lead, acquiredMs, signal);
      await this.#release();
    } catch (thrown) {
      if (!(thrown instanceof LeaseLostError)) await this.#release();
      throw thrown;
    } finally {
      this.#setLeader(false);
    }
  }

  async #leadWhileHeld(
    lead: (signal: AbortSignal) => Promise<void>,
    acquiredMs: number,
    signal: AbortSignal,
  ): Promise<void> {
    const term = new AbortController();
    const renewal = new AbortController();
    const unlink = linkAbort(signal, term);
    try {
      // Renewing goes on while lead drains.
      await Promise.race([lead(term.signal), this.#renewUntilLost(acquiredMs, renewal.signal)]);
    } catch (thrown) {
      term.abort(thrown);
      throw thrown;
    } finally {
      renewal.abort();
      unlink();
    }
  }

  /** @returns when (monotonic) the successful try began; undefined when aborted */
  async #acquire(signal: AbortSignal): Promise<number | undefined> {
    const { clock } = this.#parts;
    while (!signal.aborted) {
      const startedMs = clock.monotonicMs();
      try {
        if (await this.#hold.takeOrRenew(signal)) return startedMs;
      } catch (thrown) {
        this.#reportUnlessRaced(thrown, signal);
      }
      await sleep(clock, this.#untilNextTryMs(), signal).catch(() => undefined);
    }
    return undefined;
  }

  async #renewUntilLost(acquiredMs: number, signal: AbortSignal): Promise<never> {
    const { clock } = this.#parts;
    const { renewDeadlineMs } = this.#timings;
    let renewedMs = acquiredMs;
    for (;;) {
      const lapse = new AbortController();
      const unlink = linkAbort(signal, lapse);
      const timer = clock.schedule(renewedMs + renewDeadlineMs - clock.monotonicMs(), () => {
        lapse.abort(this.#lost(`could not be renewed for ${renewDeadlineMs} ms`));
      });
      try {
        renewedMs = await this.#renew(lapse.signal);
      } finally {
        timer.cancel();
        unlink();
      }
    }
  }

  /**
   * @returns when (monotonic) the successful try began
   * @throws LeaseLostError when another has the lease, or the signal's reason
   */
  async #renew(signal: AbortSignal): Promise<number> {
    const { clock } = this.#parts;
    for (;;) {
      await sleep(clock, this.#timings.retryPeriodMs, signal);
      const startedMs = clock.monotonicMs();
      try {
        if (await orAborted(this.#hold.takeOrRenew(signal), signal)) return startedMs;
      } catch (thrown) {
        if (signal.aborted) throw abortError(signal);
        this.#reportUnlessRaced(thrown, signal);
        continue;
      }
      throw this.#lost(`is now held by ${this.leader ?? 'nobody'}`);
    }
  }

  /** Until the next regular try, or until the lease expires if that comes sooner. */
  #untilNextTryMs(): number {
    const periodMs = this.#timings.retryPeriodMs * (1 + JITTER * this.#parts.random());
    const expiresInMs = this.#hold.expiresInMs();
    return expiresInMs > 0 ? Math.min(periodMs, expiresInMs) : periodMs;
  }

  async #release(): Promise<void> {
    try {
      await this.#hold.release();
    } catch (thrown) {
      this.#parts.onProblem?.(thrown);
    }
  }

  #setLeader(isLeader: boolean): void {
    const { identity, onTransition } = this.#parts;
    const { namespace, name } = this.#parts.lease;
    const { uid = '', resourceVersion = '' } = this.#hold.metadata;
    this.#isLeader = isLeader;
    onTransition?.(
      {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        namespace,
        name,
        uid,
        resourceVersion,
      },
      `${identity} ${isLeader ? 'became leader' : 'stopped leading'}`,
    );
  }

  #lost(how: string): LeaseLostError {
    const { namespace, name } = this.#parts.lease;
    return new LeaseLostError(`the lease ${namespace}/${name} ${how}: this replica stops working`);
  }

  /** Another replica being faster is no problem. */
  #reportUnlessRaced(thrown: unknown, signal: AbortSignal): void {
    if (signal.aborted) return;
    if (thrown instanceof KubeConflictError || thrown instanceof KubeExistsError) return;
    this.#parts.onProblem?.(thrown);
  }
}
