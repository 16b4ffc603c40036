import type { Clock } from '../clock.ts';
import type { ScriptResult } from './command.ts';
import { HostOutputError, OutcomeUnknownError } from './command.ts';

/** One exec, as it is counted in metrics and logs. */
export interface ExecEvent {
  readonly host: string;
  readonly verb: string;
  readonly result: 'ok' | 'failed' | 'never-started' | 'unknown';
  /** From the moment it had a channel to its end. */
  readonly durationMs: number;
  /** Before that: queued behind others, or for the connection. */
  readonly waitedMs: number;
}

export type ExecObserver = (event: ExecEvent) => void;

export interface ObservedExec {
  readonly host: string;
  readonly verb: string;
  readonly waitedMs: number;
  readonly clock: Clock;
  readonly onExec: ExecObserver | undefined;
}

/** Runs an exec and reports how it went. */
export async function observeExec(
  { host, verb, waitedMs, clock, onExec }: ObservedExec,
  run: () => Promise<ScriptResult>,
): Promise<ScriptResult> {
  const startedMs = clock.monotonicMs();
  const report = (result: ExecEvent['result']): void => {
    onExec?.({ host, verb, result, durationMs: clock.monotonicMs() - startedMs, waitedMs });
  };
  try {
    const result = await run();
    report(result.exitCode === 0 ? 'ok' : 'failed');
    return result;
  } catch (thrown) {
    const isUnknown = thrown instanceof OutcomeUnknownError || thrown instanceof HostOutputError;
    report(isUnknown ? 'unknown' : 'never-started');
    throw thrown;
  }
}
