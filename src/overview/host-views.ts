import { present } from './present.ts';
import type { HostView } from './views.ts';

/** A host as the pool of connections tells it: host/storage-host.ts. */
export interface HostCondition {
  readonly host: string;
  readonly connected: boolean;
  readonly breaker: 'closed' | 'open' | 'half-open';
  readonly running: number;
  readonly queued: number;
  readonly retryInMs: number;
  /** Empty: nothing failed. */
  readonly lastFailure: string;
}

export interface HostSigns {
  /** Undefined: no connection to it was ever asked for. */
  readonly condition?: HostCondition | undefined;
  readonly latencyMs?: number | undefined;
  readonly hung?: HostView['hung'];
  readonly lookedAtMs?: number | undefined;
  /** The last look failed, for this reason. */
  readonly unseen?: string | undefined;
  readonly volumes: number;
}

const neverAskedFor = { running: 0, queued: 0, lastFailure: '' };

/** Pure. */
export function hostView(host: string, signs: HostSigns, nowMs: number): HostView {
  const { condition, latencyMs, hung = [], lookedAtMs, volumes } = signs;
  const state = stateOf(signs);
  const { running, queued, lastFailure } = condition ?? neverAskedFor;
  const retryAtMs = condition?.breaker === 'open' ? nowMs + condition.retryInMs : undefined;
  const failure = state === 'answers' ? '' : (signs.unseen ?? lastFailure);
  return {
    ...{ host, state, hung, volumes, running, queued },
    isConnected: condition?.connected ?? state === 'answers',
    ...present({ retryAtMs, latencyMs, lookedAtMs, lastFailure: failure || undefined }),
  };
}

/** A connection that nobody uses is closed: without one, the last look tells. */
function stateOf({ condition, lookedAtMs, unseen }: HostSigns): HostView['state'] {
  if (condition?.breaker === 'open') return 'given-up';
  if (condition?.breaker === 'half-open') return 'being-tried';
  if (condition?.connected === true) return 'answers';
  return lookedAtMs !== undefined && unseen === undefined ? 'answers' : 'unknown';
}
