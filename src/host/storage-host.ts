import type { Clock, Timer } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { BreakerOptions, BreakerState } from './circuit-breaker.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import type { HostScript, ScriptResult } from './command.ts';
import { HostUnreachableError, OutcomeUnknownError } from './command.ts';
import type { ExecObserver } from './exec-event.ts';
import { observeExec } from './exec-event.ts';
import { HostLines } from './host-lines.ts';
import { joinScripts, shareOf } from './joined-scripts.ts';
import type { HostConnection } from './ssh-connection.ts';
import { WaitingScripts } from './waiting-scripts.ts';
import type { Departure } from './waiting-scripts.ts';

/** Opens a connection. The signal ends the attempt, and later the connection. */
export interface Dialer {
  dial(host: string, signal: AbortSignal): Promise<HostConnection>;
}

export interface HostLimits {
  /** Scripts that run on a host at once. Below sshd's MaxSessions, 10 by default. */
  readonly channels: number;
  /** How long a script may wait for the connection and a channel, if no other has its turn meanwhile. */
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

/** One host: its connection, opened on demand, and the scripts that wait for it. */
export class StorageHost {
  readonly #parts: StorageHostParts;
  readonly #breaker: CircuitBreaker;
  readonly #closing = new AbortController();
  readonly #waiting: WaitingScripts;
  readonly #lines = new HostLines();
  /** Scripts at once: after the host was given up one, then one more with each that ends well. */
  #channels: number;
  #isDialing = false;
  #isRetired = false;
  #idleTimer: Timer | undefined;

  constructor(parts: StorageHostParts) {
    this.#parts = parts;
    this.#channels = parts.limits.channels;
    this.#waiting = new WaitingScripts({
      clock: parts.clock,
      maxWaitMs: parts.limits.maxWaitMs,
      late: (script) => this.#noChannel(script),
      onRefused: ({ verb }, waitedMs) => {
        const { host, onExec } = parts;
        onExec?.({ host, verb, result: 'never-started', durationMs: 0, waitedMs });
      },
    });
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
      queued: this.#waiting.length,
      retryInMs: this.#breaker.retryInMs,
      lastFailure: this.#breaker.lastFailure,
    };
  }

  /** As ScriptRunner.run; fails at once while the breaker is open. */
  run(script: HostScript, signal: AbortSignal | undefined): Promise<ScriptResult> {
    const refusal = this.#refusal(script);
    if (refusal !== undefined) return Promise.reject(refusal);
    const result = this.#waiting.add(script, signal);
    this.#proceed();
    return result;
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
    if (this.#waiting.length === 0) {
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
    const { channels } = this.#parts.limits;
    // While a host shows whether it is well again, each goes alone.
    const isWell = this.#channels === channels;
    const waiting = this.#waiting.length;
    const mostOf = (script: HostScript): number =>
      isWell ? shareOf(waiting, channels, script) : 1;
    while (this.#lines.running < this.#channels) {
      const departure = this.#waiting.next(mostOf);
      if (departure === undefined) return;
      departure.resolve(this.#exec(connection, departure));
    }
  }

  async #exec(connection: HostConnection, { scripts, waitedMs }: Departure): Promise<ScriptResult> {
    const { host, clock, limits, onExec } = this.#parts;
    const script = joinScripts(scripts);
    this.#lines.started(connection);
    try {
      const exec = { host, verb: script.verb, clock, waitedMs, onExec };
      const result = await observeExec(exec, () => connection.run(script));
      this.#breaker.succeeded();
      this.#channels = Math.min(limits.channels, this.#channels + 1);
      return scripts.length === 1 ? result : { ...result, isOfSeveral: true };
    } catch (thrown) {
      const isHostsFault =
        thrown instanceof HostUnreachableError ||
        (thrown instanceof OutcomeUnknownError && !thrown.isCommandsFault);
      if (thrown instanceof OutcomeUnknownError)
        for (const { turn } of scripts) turn?.endedUnseen(thrown);
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
      this.#waiting.refuseAll(() => thrown);
    } finally {
      this.#isDialing = false;
    }
    if (this.#closing.signal.aborted) this.close();
    else this.#proceed();
  }

  #rejectQueue(why: string): void {
    this.#waiting.refuseAll((script) => this.#unreachable(script, why));
  }

  #refusal(script: HostScript): HostUnreachableError | undefined {
    if (this.#closing.signal.aborted)
      return this.#unreachable(script, 'the provisioner is shutting down');
    if (this.#breaker.state === 'open') return this.#unreachable(script, this.#breakerReason());
    return undefined;
  }

  #noChannel(script: HostScript): HostUnreachableError {
    const busy = `${this.#lines.running} scripts run there, ${this.#waiting.length} wait`;
    const seconds = this.#parts.limits.maxWaitMs / 1000;
    return this.#unreachable(script, `no channel was free within ${seconds} s (${busy})`);
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
