import type { Clock } from '../clock.ts';
import type { BreakerState } from './circuit-breaker.ts';
import { defaultBreakerOptions } from './circuit-breaker.ts';
import type { HostScript, ScriptResult, ScriptRunner } from './command.ts';
import type { ExecObserver } from './exec-event.ts';
import type { Dialer, HostLimits, HostState } from './storage-host.ts';
import { StorageHost } from './storage-host.ts';

export interface BreakerEvent {
  readonly host: string;
  readonly state: BreakerState;
  /** What failed last. */
  readonly reason: string;
}

export interface HostPoolParts {
  readonly dialer: Dialer;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly limits?: Partial<HostLimits>;
  readonly onExec?: ExecObserver;
  readonly onBreaker?: (event: BreakerEvent) => void;
  /** The host could not be connected to. */
  readonly onDialFailed?: (host: string, thrown: unknown) => void;
}

const defaultLimits: HostLimits = {
  channels: 6,
  maxWaitMs: 25_000,
  idleTimeoutMs: 10 * 60_000,
  breaker: defaultBreakerOptions,
};

/** Runs scripts on any number of hosts. Each has its own connection, queue and breaker; none waits for another. */
export class HostPool implements ScriptRunner {
  readonly #parts: HostPoolParts;
  readonly #hosts = new Map<string, StorageHost>();
  #isClosed = false;

  constructor(parts: HostPoolParts) {
    this.#parts = parts;
  }

  /** Every host that was ever asked for, for metrics. */
  get states(): readonly HostState[] {
    return [...this.#hosts.values()].map((host) => host.state);
  }

  async run(host: string, script: HostScript, signal?: AbortSignal): Promise<ScriptResult> {
    signal?.throwIfAborted();
    return await this.#hostNamed(host).run(script, signal);
  }

  /** What a host is, or how it is logged in to, changed: nothing that was learnt of it counts any more. */
  renew(name: string): void {
    this.#hosts.get(name)?.retire();
    this.#hosts.delete(name);
  }

  /** The state of a host that was asked for. */
  stateOf(name: string): HostState | undefined {
    return this.#hosts.get(name)?.state;
  }

  /** Ends all connections: what waits fails as never started, what runs has an unknown outcome. */
  close(): void {
    this.#isClosed = true;
    for (const host of this.#hosts.values()) host.close();
  }

  #hostNamed(name: string): StorageHost {
    const known = this.#hosts.get(name);
    if (known !== undefined) return known;
    const { dialer, clock, random, limits, onExec, onBreaker, onDialFailed } = this.#parts;
    const host = new StorageHost({
      host: name,
      dialer,
      clock,
      random,
      limits: { ...defaultLimits, ...limits },
      onExec,
      onBreaker: (state, reason) => onBreaker?.({ host: name, state, reason }),
      onDialFailed: (thrown) => onDialFailed?.(name, thrown),
    });
    if (this.#isClosed) host.close();
    this.#hosts.set(name, host);
    return host;
  }
}
