import type { Clock, Timer } from '../clock.ts';
import type { HostScript, ScriptResult } from './command.ts';
import { mayJoin } from './joined-scripts.ts';

interface Parts {
  readonly clock: Clock;
  /** A script has waited for so long, and so long nobody's turn has come: it leaves with the error of `late`. */
  readonly maxWaitMs: number;
  readonly late: (script: HostScript) => Error;
  /** One left without having been started. */
  readonly onRefused: (script: HostScript, waitedMs: number) => void;
}

interface Waiting {
  readonly script: HostScript;
  readonly sinceMs: number;
  readonly leave: () => void;
  /** Leaves without having been started. */
  readonly refuse: (error: unknown) => void;
  readonly resolve: (result: Promise<ScriptResult>) => void;
}

interface Settle {
  readonly resolve: (result: Promise<ScriptResult>) => void;
  readonly reject: (error: unknown) => void;
}

/** Scripts whose turn has come: they have left the queue. */
export interface Departure {
  /** The one that waited longest is the first. */
  readonly scripts: readonly [HostScript, ...HostScript[]];
  readonly waitedMs: number;
  /** All of them end as this does. */
  readonly resolve: (result: Promise<ScriptResult>) => void;
}

/**
 * The scripts that wait for a host, first come first served. One that fails before it left was certainly not
 * started.
 */
export class WaitingScripts {
  readonly #parts: Parts;
  #queue: readonly Waiting[] = [];
  /** When somebody's turn came last. Monotonic. */
  #movedMs = -Infinity;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get length(): number {
    return this.#queue.length;
  }

  /** Resolves with the result of the exec that the script leaves for. Rejects with the signal's reason. */
  add(script: HostScript, signal: AbortSignal | undefined): Promise<ScriptResult> {
    return new Promise((resolve, reject) => {
      this.#enqueue(script, signal, { resolve, reject });
    });
  }

  /**
   * Those that have their turn now: the first, and of those behind it whoever may be sent with it.
   * @param mostOf how many may go with a script
   */
  next(mostOf: (script: HostScript) => number): Departure | undefined {
    const first = this.#queue.find(hasTurn);
    if (first === undefined) return undefined;
    const most = mostOf(first.script);
    const chosen: [Waiting, ...Waiting[]] = [first];
    const scripts: [HostScript, ...HostScript[]] = [first.script];
    for (const other of this.#queue) {
      if (chosen.length >= most) break;
      if (other === first || !mayJoin(scripts, other.script) || !hasTurn(other)) continue;
      chosen.push(other);
      scripts.push(other.script);
    }
    for (const waiting of chosen) waiting.leave();
    this.#movedMs = this.#parts.clock.monotonicMs();
    const waitedMs = this.#movedMs - first.sinceMs;
    const resolve = (result: Promise<ScriptResult>): void => {
      for (const waiting of chosen) waiting.resolve(result);
    };
    return { scripts, waitedMs, resolve };
  }

  refuseAll(errorOf: (script: HostScript) => unknown): void {
    for (const { script, refuse } of this.#queue) refuse(errorOf(script));
  }

  #enqueue(script: HostScript, signal: AbortSignal | undefined, settle: Settle): void {
    const { clock, maxWaitMs, late, onRefused } = this.#parts;
    const sinceMs = clock.monotonicMs();
    const leave = (): void => {
      this.#queue = this.#queue.filter((other) => other !== waiting);
      timer.cancel();
      signal?.removeEventListener('abort', onAbort);
    };
    const refuse = (error: unknown): void => {
      leave();
      onRefused(script, clock.monotonicMs() - sinceMs);
      settle.reject(error);
    };
    const onAbort = (): void => {
      leave();
      settle.reject(signal?.reason);
    };
    const watch = (delayMs: number): Timer =>
      clock.schedule(delayMs, () => {
        const leftMs = maxWaitMs - (clock.monotonicMs() - Math.max(sinceMs, this.#movedMs));
        if (leftMs > 0) timer = watch(leftMs);
        else refuse(late(script));
      });
    let timer = watch(maxWaitMs);
    const waiting: Waiting = { script, sinceMs, leave, refuse, resolve: settle.resolve };
    this.#queue = [...this.#queue, waiting];
    signal?.addEventListener('abort', onAbort, { once: true });
  }
}

/** Whether it may still be sent; leaves the queue if not. */
function hasTurn({ script, refuse }: Waiting): boolean {
  try {
    script.turn?.hasCome();
    return true;
  } catch (thrown) {
    refuse(thrown);
    return false;
  }
}
