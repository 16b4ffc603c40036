import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { CircuitBreaker, defaultBreakerOptions } from './circuit-breaker.ts';

describe('circuit breaker', () => {
  let clock: FakeClock;
  let changes: string[];
  let random: number;
  let breaker: CircuitBreaker;

  beforeEach(() => {
    clock = new FakeClock();
    changes = [];
    random = 0.999_999;
    breaker = new CircuitBreaker({
      clock,
      random: () => random,
      options: defaultBreakerOptions,
      onChange: (state) => changes.push(state),
    });
  });

  function fail(times: number): void {
    for (let i = 0; i < times; i++) breaker.failed(`failure ${i + 1}`);
  }

  it('opens after three failures in a row', () => {
    fail(2);
    breaker.succeeded();
    fail(2);
    expect(breaker.state).toBe('closed');

    fail(1);
    expect(breaker.state).toBe('open');
    expect(breaker.lastFailure).toBe('failure 1');
    expect(changes).toEqual(['open']);
  });

  it('lets an attempt through after the delay, and closes when it succeeds', async () => {
    fail(3);
    await clock.advance(998);
    expect(breaker.state).toBe('open');
    await clock.advance(2);
    expect(breaker.state).toBe('half-open');
    expect(breaker.retryInMs).toBe(0);

    breaker.succeeded();
    expect(breaker.state).toBe('closed');
    expect(changes).toEqual(['open', 'half-open', 'closed']);
  });

  it('waits longer after each failed attempt, at most a minute, and starts anew after a success', async () => {
    fail(3);
    const delays = [];
    for (let i = 0; i < 9; i++) {
      delays.push(Math.round(breaker.retryInMs / 1000));
      await clock.advance(breaker.retryInMs);
      fail(1);
    }
    expect(delays).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);

    breaker.succeeded();
    fail(3);
    expect(Math.round(breaker.retryInMs)).toBe(1000);
  });

  it('spreads the delays between half and all', () => {
    random = 0;
    fail(3);

    expect(breaker.retryInMs).toBe(500);
  });

  it('takes failures of what was under way when it opened for no new evidence', () => {
    fail(3);
    const retryInMs = breaker.retryInMs;
    fail(5);

    expect(breaker.retryInMs).toBe(retryInMs);
    expect(changes).toEqual(['open']);
  });

  it('closes when something that was under way succeeds', () => {
    fail(3);
    breaker.succeeded();

    expect(breaker.state).toBe('closed');
  });
});
