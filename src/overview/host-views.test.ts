import { describe, expect, it } from '@jest/globals';

import type { HostCondition, HostSigns } from './host-views.ts';
import { hostView } from './host-views.ts';
import type { HostView } from './views.ts';

const well: HostCondition = {
  ...{ host: 'storage-1', connected: true, breaker: 'closed' },
  ...{ running: 2, queued: 1, retryInMs: 0, lastFailure: '' },
};

function viewOf(signs: Partial<HostSigns>): HostView {
  return hostView('storage-1', { volumes: 3, ...signs }, 10_000);
}

describe('host view', () => {
  it('tells a host that answers', () => {
    expect(viewOf({ condition: well, latencyMs: 12, lookedAtMs: 9_000 })).toEqual({
      ...{ host: 'storage-1', state: 'answers', isConnected: true, latencyMs: 12 },
      ...{ running: 2, queued: 1, hung: [], lookedAtMs: 9_000, volumes: 3 },
    });
  });

  it('tells when a host that was given up is tried again, and why it was', () => {
    const lastFailure = 'connect ETIMEDOUT';
    const condition = { ...well, connected: false, breaker: 'open' as const, lastFailure };

    expect(viewOf({ condition: { ...condition, retryInMs: 5_000 } })).toMatchObject({
      ...{ state: 'given-up', isConnected: false, retryAtMs: 15_000, lastFailure },
    });
    expect(viewOf({ condition: { ...condition, breaker: 'half-open' } }).state).toBe('being-tried');
  });

  it('says nothing of failures that are over', () => {
    const condition = { ...well, lastFailure: 'connect ETIMEDOUT' };

    expect(viewOf({ condition })).not.toHaveProperty('lastFailure');
  });

  it('goes by the last look where there is no connection', () => {
    const condition = { ...well, connected: false };

    expect(viewOf({ condition, lookedAtMs: 1 }).state).toBe('answers');
    expect(viewOf({ condition }).state).toBe('unknown');
    expect(viewOf({}).state).toBe('unknown');
    expect(viewOf({ lookedAtMs: 1, unseen: 'it is down' })).toMatchObject({
      ...{ state: 'unknown', isConnected: false, lastFailure: 'it is down' },
    });
  });
});
