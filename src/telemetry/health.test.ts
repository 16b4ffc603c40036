import { describe, expect, it } from '@jest/globals';

import { FakeClock } from '../../test/support/fake-clock.ts';
import { Health } from './health.ts';
import { createLogger } from './logger.ts';

function someHealth(): { health: Health; clock: FakeClock; logged: () => unknown[] } {
  const lines: string[] = [];
  const clock = new FakeClock();
  const log = createLogger({
    level: 'info',
    clock,
    destination: { write: (l) => void lines.push(l) },
  });
  const logged = (): unknown[] => lines.map((line) => (JSON.parse(line) as { msg: unknown }).msg);
  return { health: new Health({ clock, log }), clock, logged };
}

describe('liveness', () => {
  it('lasts as long as the loop moves', async () => {
    const { health, clock } = someHealth();
    const beat = health.addHeartbeat('queue', 30_000);

    await clock.advance(30_000);
    expect(health.live()).toEqual({
      healthy: true,
      checks: ['queue'],
      problems: [],
      details: [],
    });
    beat();
    await clock.advance(30_001);
    expect(health.live().problems).toEqual([{ check: 'queue', problem: 'has not moved for 30 s' }]);
    beat();
    expect(health.live().healthy).toBe(true);
  });

  it('can be proven by timers alone, until that is ended', async () => {
    const { health, clock } = someHealth();
    const ending = new AbortController();
    const beating = health.beat('event loop', ending.signal);

    await clock.advance(600_000);
    expect(health.live()).toMatchObject({ healthy: true, checks: ['event loop'] });
    ending.abort();
    await beating;
    await clock.advance(600_000);
    expect(health.live().healthy).toBe(false);
  });

  it('does not depend on readiness', () => {
    const { health } = someHealth();
    health.addReadiness('caches', () => 'not synced');

    expect(health.live().healthy).toBe(true);
  });
});

describe('readiness', () => {
  it('needs every check, and names those that fail', () => {
    const { health } = someHealth();
    health.addReadiness('claims', () => undefined);
    health.addReadiness('volumes', () => 'not synced');

    expect(health.ready()).toEqual({
      healthy: false,
      checks: ['claims', 'volumes'],
      problems: [{ check: 'volumes', problem: 'not synced' }],
      details: [],
    });
  });

  it('is logged when it changes, not at each probe', () => {
    const { health, logged } = someHealth();
    let problem: string | undefined = 'not synced';
    health.addReadiness('claims', () => problem);

    for (const next of ['not synced', undefined, undefined, 'lost', 'lost', undefined]) {
      problem = next;
      health.ready();
      health.ready();
    }

    expect(logged()).toEqual(['became ready', 'became unready', 'became ready']);
  });
});
