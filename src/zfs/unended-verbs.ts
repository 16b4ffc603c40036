import type { Clock } from '../clock.ts';
import { OutcomeUnknownError } from '../host/command.ts';
import type { ScriptResult, Turn } from '../host/command.ts';
import { poolOf } from '../volume/dataset-name.ts';
import type { DatasetLocation } from './dataset-identity.ts';
import { StillRunningError } from './dataset-errors.ts';
import { lastFields, parseFrames } from './frames.ts';

/** A script whose end was not seen. */
interface Unended {
  readonly verb: string;
  readonly location: DatasetLocation;
  /** As prelude.sh names it: PID-GROUP-START. */
  readonly process: string;
  /** When it was sent. Monotonic. */
  readonly sinceMs: number;
  /** Its deadline passed: its pool may hang, and take everything else with it. */
  readonly isLate: boolean;
}

/** A pool on which something of ours hangs, for metrics. */
export interface HungPool {
  readonly host: string;
  readonly pool: string;
  readonly scripts: number;
}

/** One verb, as it is about to be sent. */
export interface Sending {
  readonly verb: string;
  readonly location: DatasetLocation;
  readonly nonce: string;
}

export interface UnendedVerbsParts {
  readonly clock: Clock;
  /** A script goes on after its deadline. */
  readonly onHung?: (event: HungEvent) => void;
  /** Nothing of ours hangs any longer where something did: whoever waits may come. */
  readonly onFreed?: (where: { readonly host: string; readonly pool: string }) => void;
}

export interface HungEvent extends DatasetLocation {
  readonly verb: string;
  readonly process: string;
}

interface Pool {
  readonly host: string;
  readonly pool: string;
  unended: readonly Unended[];
  /** Verbs that are under way. */
  sent: number;
  isLookedAt: boolean;
  looks: number;
  nextLookMs: number;
  /** The dataset whose next attempt comes soon, so that somebody looks. */
  looker: string | undefined;
}

const maxLookDelayMs = 30_000;
/** So long after its line was cut, a script that nobody asked for has ended or is as good as hung. */
const cutMemoryMs = 600_000;
/** More would only be more to look for; the next one that hangs is found by its deadline. */
const maxUnended = 12;

/**
 * Scripts that were begun and whose end was not seen: a deadline passed, or the line was cut. The next one
 * looks first, on the host and before it does anything, whether they still run; so nothing is done twice at
 * once, and a pool that hangs gets no second command to hang with the first. Where a deadline passed, one
 * script at a time looks for the whole pool, and everything else for that pool waits.
 */
export class UnendedVerbs {
  readonly #parts: UnendedVerbsParts;
  readonly #pools = new Map<string, Pool>();

  constructor(parts: UnendedVerbsParts) {
    this.#parts = parts;
  }

  get hungPools(): readonly HungPool[] {
    return [...this.#pools.values()].flatMap(({ host, pool, unended }) => {
      const scripts = unended.filter(({ isLate }) => isLate).length;
      return scripts === 0 ? [] : [{ host, pool, scripts }];
    });
  }

  /** Whether something hangs on the pool of a dataset. */
  readonly hangsOn = (host: string, dataset: string): boolean => {
    const pool = this.#pools.get(keyOf({ host, pool: poolOf(dataset) }));
    return pool !== undefined && isHung(pool);
  };

  /**
   * Sends a verb, unless it has to wait for another.
   * @param send is given the first parameter of the script, and its turn: something may begin to hang while it waits
   * for a channel
   * @throws StillRunningError nothing was done
   * @throws what `send` throws
   */
  async watch(
    sending: Sending,
    send: (word: string, turn: Turn) => Promise<ScriptResult>,
  ): Promise<ScriptResult> {
    const pool = this.#poolOf(sending);
    const looked = this.#admit(pool, sending);
    const sinceMs = this.#parts.clock.monotonicMs();
    const isLook = looked.length > 0;
    pool.isLookedAt ||= isLook;
    pool.sent++;
    let isNoted = false;
    const note = (error: OutcomeUnknownError): void => {
      if (!isNoted) this.#left(pool, sending, error, sinceMs);
      isNoted = true;
    };
    const hasCome = (): void => {
      if (!isLook) this.#requireNoneLate(pool, sending);
    };
    try {
      const word = [sending.nonce, ...looked.map(({ process }) => process)].join(' ');
      const result = await send(word, { hasCome, endedUnseen: note });
      this.#ended(pool, sending, result, looked);
      return result;
    } catch (thrown) {
      if (thrown instanceof OutcomeUnknownError) note(thrown);
      throw thrown;
    } finally {
      if (isLook) pool.isLookedAt = false;
      pool.sent--;
      this.#drop(pool);
    }
  }

  /** @returns the scripts to look for first */
  #admit(pool: Pool, sending: Sending): readonly Unended[] {
    const nowMs = this.#parts.clock.monotonicMs();
    pool.unended = pool.unended.filter(
      ({ isLate, sinceMs }) => isLate || nowMs - sinceMs < cutMemoryMs,
    );
    if (!isHung(pool)) {
      return pool.unended.filter(({ location }) => location.dataset === sending.location.dataset);
    }
    if (pool.isLookedAt || nowMs < pool.nextLookMs) this.#requireNoneLate(pool, sending);
    pool.looker = sending.location.dataset;
    return pool.unended;
  }

  #requireNoneLate(pool: Pool, sending: Sending): void {
    const late = pool.unended.find(({ isLate }) => isLate);
    if (late === undefined) return;
    pool.looker ??= sending.location.dataset;
    throw this.#stillRunning(sending, late, pool);
  }

  #ended(pool: Pool, sending: Sending, result: ScriptResult, looked: readonly Unended[]): void {
    if (looked.length === 0) return;
    const frames = parseFrames(result.stdout, sending.nonce);
    const [reason, process] = lastFields(frames, 'refused') ?? [];
    const running =
      reason === 'running' ? looked.find((one) => one.process === process) : undefined;
    if (running !== undefined) {
      const { clock } = this.#parts;
      const delayMs = Math.min(maxLookDelayMs, 500 * 2 ** Math.min(pool.looks++, 30));
      pool.nextLookMs = clock.monotonicMs() + delayMs;
      throw this.#stillRunning(sending, running, pool);
    }
    if (lastFields(frames, 'begin') === undefined) return;
    const wasHung = isHung(pool);
    pool.unended = pool.unended.filter((one) => !looked.includes(one));
    pool.looks = 0;
    pool.looker = undefined;
    if (wasHung && !isHung(pool)) this.#parts.onFreed?.(pool);
  }

  #left(
    pool: Pool,
    { verb, location, nonce }: Sending,
    error: OutcomeUnknownError,
    sinceMs: number,
  ): void {
    const [process] = lastFields(parseFrames(error.stdout, nonce), 'begin') ?? [];
    if (process === undefined || !/^\d+-\d+-[A-Za-z0-9]+$/.test(process)) return;
    const { isLate } = error;
    pool.unended = [...pool.unended, { verb, location, process, sinceMs, isLate }].slice(
      -maxUnended,
    );
    if (isLate) this.#parts.onHung?.({ ...location, verb, process });
  }

  #stillRunning(
    { verb, location }: Sending,
    running: Unended,
    { looker }: Pool,
  ): StillRunningError {
    const { clock } = this.#parts;
    // A time, not an age: the same text again is the same Event.
    const sentAtMs = clock.nowMs() - (clock.monotonicMs() - running.sinceMs);
    const sentAt = new Date(sentAtMs).toISOString().replace(/\.\d+/, '');
    return new StillRunningError(
      location,
      `${verb} of dataset ${location.dataset} was not done on ${location.host}: ${running.verb} of dataset ` +
        `${running.location.dataset}, sent at ${sentAt}, has not ended there (process ` +
        `${running.process.split('-', 1).join('')}). Pool ${poolOf(location.dataset)} gets nothing more until it has; if it ` +
        'never does, look at the pool with zpool status',
      looker === location.dataset ? maxLookDelayMs : undefined,
    );
  }

  #drop(pool: Pool): void {
    if (pool.sent === 0 && pool.unended.length === 0) this.#pools.delete(keyOf(pool));
  }

  #poolOf({ verb, location }: Sending): Pool {
    const { host } = location;
    // A scan reads several pools, and nobody can tell which of them it hangs on.
    const pool = verb === 'scan' ? '*' : poolOf(location.dataset);
    const found = this.#pools.get(keyOf({ host, pool }));
    if (found !== undefined) return found;
    const unlooked = { isLookedAt: false, looks: 0, nextLookMs: 0, looker: undefined };
    const made = { host, pool, unended: [], sent: 0, ...unlooked };
    this.#pools.set(keyOf(made), made);
    return made;
  }
}

function keyOf({ host, pool }: { readonly host: string; readonly pool: string }): string {
  return `${host} ${pool}`;
}

function isHung({ unended }: Pool): boolean {
  return unended.some(({ isLate }) => isLate);
}
