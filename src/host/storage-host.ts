import type { Clock, Timer } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { BreakerOptions, BreakerState } from './circuit-breaker.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import type { HostScript, ScriptResult } from './command.ts';
import { HostUnreachableError, OutcomeUnknownError } from './command.ts';
import type { ExecObserver } from './exec-event.ts';
import { observeExec } from './exec-event.ts';
import { HostLines } from './host-lines.ts';
import type { HostConnection } from './ssh-connection.ts';

/** Opens a connection. The signal ends the attempt, and later the connection. */
export interface Dialer {
  dial(host: string, signal: AbortSignal): Promise<HostConnection>;
}

export interface HostLimits {
  /** Scripts that run on a host at once. Below sshd's MaxSessions, 10 by default. */
  readonly channels: number;
  /** How long a script may wait for the connection and a channel. */
  readonly maxWaitMs: number;
  /** A connection that nobody used for so long is closed. */
  readonly idleTimeoutMs: number;
  readonly breaker: BreakerOptions;
}

export interface StorageHostParts {
  readonly host: string;
  readonly dialer: Dialer;
  readonly clock: Clock;
  readonly random: () => number;
  readonly limits: HostLimits;
  readonly onExec: ExecObserver | undefined;
  readonly onBreaker: (state: BreakerState, reason: string) => void;
  /** There is no connection, and why not. */
  readonly onDialFailed: (thrown: unknown) => void;
}

/** A host as metrics show it. */
export interface HostState {
  readonly host: string;
  readonly connected: boolean;
  readonly breaker: BreakerState;
  readonly running: number;
  readonly queued: number;
  /** Time until it is tried again, 0 unless the breaker is open. */
  readonly retryInMs: number;
  /** What failed last. */
  readonly lastFailure: string;
}

interface Waiting {
  readonly script: HostScript;
  /** Leaves the queue for an exec. */
  readonly start: (exec: (waitedMs: number) => Promise<ScriptResult>) => void;
  /** Leaves the queue without having been started. */
  readonly refuse: (error: unknown) => void;
}

interface Settle {
  readonly resolve: (result: Promise<ScriptResult>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One host: its connection, opened on demand, and the scripts that wait for it, first come first served.
 * A script that fails before it left the queue was certainly not started.
 */
export class StorageHost {
  readonly #parts: StorageHostParts;
  readonly #breaker: CircuitBreaker;
  readonly #closing = new AbortController();
  #queue: readonly Waiting[] = [];
  readonly #lines = new HostLines();
  /** Scripts at once: after the host was given up one, then one more with each that ends well. */
  #channels: number;
  #isDialing = false;
  #isRetired = false;
  #idleTimer: Timer | undefined;

  constructor(parts: StorageHostParts) {
    this.#parts = parts;
    this.#channels = parts.limits.channels;
    this.#breaker = new CircuitBreaker({
      clock: parts.clock,
      random: parts.random,
      options: parts.limits.breaker,
      onChange: (state) => {
        if (state === 'open') this.#channels = 1;
        parts.onBreaker(state, this.#breaker.lastFailure);
      },
    });
  }

  get state(): HostState {
    return {
      host: this.#parts.host,
      connected: this.#lines.current !== undefined,
      breaker: this.#breaker.state,
      running: this.#lines.running,
      queued: this.#queue.length,
      retryInMs: this.#breaker.retryInMs,
      lastFailure: this.#breaker.lastFailure,
    };
  }

  /** As ScriptRunner.run; fails at once while the breaker is open. */
  run(script: HostScript, signal: AbortSignal | undefined): Promise<ScriptResult> {
    const refusal = this.#refusal(script);
    if (refusal !== undefined) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      this.#enqueue(script, signal, { resolve, reject });
      this.#proceed();
    });
  }

  /** What waits is refused, what runs may end; then the connection is closed. */
  retire(): void {
    this.#isRetired = true;
    this.#breaker.dispose();
    this.#proceed();
  }

  /** Ends everything at once: what waits is refused, what runs has an unknown outcome. */
  close(): void {
    this.#closing.abort(new Error('the provisioner is shutting down'));
    this.#rejectQueue('the provisioner is shutting down');
    this.#idleTimer?.cancel();
    this.#breaker.dispose();
    this.#lines.close();
  }

  #enqueue(script: HostScript, signal: AbortSignal | undefined, settle: Settle): void {
    const { host, clock, limits, onExec } = this.#parts;
    const sinceMs = clock.monotonicMs();
    const leave = (): number => {
      this.#queue = this.#queue.filter((other) => other !== waiting);
      timer.cancel();
      signal?.removeEventListener('abort', onAbort);
      return clock.monotonicMs() - sinceMs;
    };
    const refuse = (error: unknown): void => {
      const waitedMs = leave();
      onExec?.({ host, verb: script.verb, result: 'never-started', durationMs: 0, waitedMs });
      settle.reject(error);
    };
    const onAbort = (): void => {
      leave();
      settle.reject(signal?.reason);
    };
    const timer = clock.schedule(limits.maxWaitMs, () => {
      const busy = `${this.#lines.running} scripts run there, ${this.#queue.length} wait`;
      const why = `no channel was free within ${limits.maxWaitMs / 1000} s (${busy})`;
      refuse(this.#unreachable(script, why));
    });
    const waiting: Waiting = {
      script,
      refuse,
      start: (exec) => {
        settle.resolve(exec(leave()));
      },
    };
    this.#queue = [...this.#queue, waiting];
    signal?.addEventListener('abort', onAbort, { once: true });
  }

  /** Does whatever can be done now: start scripts, dial, or wait for the next use. */
  #proceed(): void {
    this.#idleTimer?.cancel();
    if (this.#isRetired) {
      this.#leave();
      return;
    }
    if (this.#breaker.state === 'open') this.#rejectQueue(this.#breakerReason());
    const { clock, limits } = this.#parts;
    const connection = this.#lines.current;
    if (this.#queue.length === 0) {
      if (this.#lines.running > 0 || connection === undefined) return;
      this.#idleTimer = clock.schedule(limits.idleTimeoutMs, () => {
        connection.close();
      });
    } else if (connection === undefined) {
      void this.#dial();
    } else {
      this.#startWaiting(connection);
    }
  }

  #leave(): void {
    this.#rejectQueue('what is known of the host has just changed');
    if (this.#lines.running === 0) this.#lines.close();
  }

  #startWaiting(connection: HostConnection): void {
    while (this.#lines.running < this.#channels) {
      const [next] = this.#queue;
      if (next === undefined) return;
      try {
        next.script.turn?.hasCome();
      } catch (thrown) {
        next.refuse(thrown);
        continue;
      }
      next.start((waitedMs) => this.#exec(connection, next.script, waitedMs));
    }
  }

  async #exec(
    connection: HostConnection,
    script: HostScript,
    waitedMs: number,
  ): Promise<ScriptResult> {
    const { host, clock, limits, onExec } = this.#parts;
    this.#lines.started(connection);
    try {
      const exec = { host, verb: script.verb, clock, waitedMs, onExec };
      const result = await observeExec(exec, () => connection.run(script));
      this.#breaker.succeeded();
      this.#channels = Math.min(limits.channels, this.#channels + 1);
      return result;
    } catch (thrown) {
      const isHostsFault =
        thrown instanceof HostUnreachableError ||
        (thrown instanceof OutcomeUnknownError && !thrown.isCommandsFault);
      if (thrown instanceof OutcomeUnknownError) script.turn?.endedUnseen(thrown);
      if (isHostsFault) this.#breaker.failed(thrown.message);
      throw thrown;
    } finally {
      this.#lines.ended(connection);
      this.#proceed();
    }
  }

  /** One attempt for all that wait; when it fails, all of them hear why. */
  async #dial(): Promise<void> {
    if (this.#isDialing) return;
    this.#isDialing = true;
    const { dialer, host } = this.#parts;
    try {
      this.#lines.replace(await dialer.dial(host, this.#closing.signal));
    } catch (thrown) {
      this.#parts.onDialFailed(thrown);
      this.#breaker.failed(messageOf(thrown));
      for (const waiting of this.#queue) waiting.refuse(thrown);
    } finally {
      this.#isDialing = false;
    }
    if (this.#closing.signal.aborted) this.close();
    else this.#proceed();
  }

  #rejectQueue(why: string): void {
    for (const { script, refuse } of this.#queue) refuse(this.#unreachable(script, why));
  }

  #refusal(script: HostScript): HostUnreachableError | undefined {
    if (this.#closing.signal.aborted)
      return this.#unreachable(script, 'the provisioner is shutting down');
    if (this.#breaker.state === 'open') return this.#unreachable(script, this.#breakerReason());
    return undefined;
  }

  #breakerReason(): string {
    const seconds = Math.ceil(this.#breaker.retryInMs / 1000);
    return `it failed several times, next attempt in ${seconds} s; last failure: ${this.#breaker.lastFailure}`;
  }

  #unreachable({ verb }: HostScript, why: string): HostUnreachableError {
    const { host } = this.#parts;
    return new HostUnreachableError(host, `${verb} was not started on ${host}: ${why}`);
  }
}
