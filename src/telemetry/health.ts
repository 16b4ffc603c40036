import { sleep } from '../clock.ts';
import type { Clock } from '../clock.ts';
import type { Logger } from '../log.ts';

/** Undefined: all is well; else what is not. */
export type Check = () => string | undefined;

/** Lines about what is not this process: they tell, and decide nothing. */
export type Detail = () => readonly string[];

export interface HealthReport {
  readonly healthy: boolean;
  readonly problems: readonly { readonly check: string; readonly problem: string }[];
  readonly checks: readonly string[];
  /** Shown to whoever asks for more. */
  readonly details: readonly string[];
}

const heartbeatMs = 1000;
/** The process is starved or stuck: a restart is the cure. */
const maxSilenceMs = 60_000;

/**
 * Alive: the loops still move; if not, Kubernetes restarts us. Ready: this replica could work, leading or
 * not, so that a rolling update never waits for the lease. Changes of readiness are logged, probes not.
 */
export class Health {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #liveness = new Map<string, Check>();
  readonly #readiness = new Map<string, Check>();
  readonly #details = new Map<string, Detail>();
  #wasReady: boolean | undefined;

  constructor(parts: { clock: Clock; log: Logger }) {
    this.#clock = parts.clock;
    this.#log = parts.log;
  }

  addLiveness(name: string, check: Check): void {
    this.#liveness.set(name, check);
  }

  addReadiness(name: string, check: Check): void {
    this.#readiness.set(name, check);
  }

  /** Part of what readiness tells, never of whether it is ready; replaces the one of that name. */
  addDetail(name: string, detail: Detail): void {
    this.#details.set(name, detail);
  }

  /**
   * A loop that must move: it calls the returned function at least every `maxSilenceMs`, or the process
   * counts as dead. The first call is due that long after now.
   */
  addHeartbeat(name: string, maxSilenceMs: number): () => void {
    let beatMs = this.#clock.monotonicMs();
    this.addLiveness(name, () => {
      const silentMs = this.#clock.monotonicMs() - beatMs;
      return silentMs > maxSilenceMs
        ? `has not moved for ${Math.round(silentMs / 1000)} s`
        : undefined;
    });
    return () => {
      beatMs = this.#clock.monotonicMs();
    };
  }

  /** A heartbeat of its own, once a second until aborted: proof that timers still fire. */
  async beat(name: string, signal: AbortSignal): Promise<void> {
    const alive = this.addHeartbeat(name, maxSilenceMs);
    while (!signal.aborted) {
      alive();
      await sleep(this.#clock, heartbeatMs, signal).catch(() => undefined);
    }
  }

  live(): HealthReport {
    return { ...report(this.#liveness), details: [] };
  }

  ready(): HealthReport {
    const details = [...this.#details.values()].flatMap((detail) => detail());
    const result = { ...report(this.#readiness), details };
    if (result.healthy !== this.#wasReady) this.#logChange(result);
    this.#wasReady = result.healthy;
    return result;
  }

  #logChange({ healthy, problems }: HealthReport): void {
    if (healthy) {
      this.#log.info({}, 'became ready');
      return;
    }
    const fields = { problems: problems.map(({ check, problem }) => `${check}: ${problem}`) };
    // Before the first time it is merely starting.
    if (this.#wasReady === undefined) this.#log.debug(fields, 'not ready yet');
    else this.#log.warn(fields, 'became unready');
  }
}

function report(checks: ReadonlyMap<string, Check>): Omit<HealthReport, 'details'> {
  const problems = [...checks].flatMap(([check, run]) => {
    const problem = run();
    return problem === undefined ? [] : [{ check, problem }];
  });
  return { healthy: problems.length === 0, problems, checks: [...checks.keys()] };
}
