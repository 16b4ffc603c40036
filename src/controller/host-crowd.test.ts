import { describe, expect, it, jest } from '@jest/globals';
import { FakeClock, settle } from '../../test/support/fake-clock.ts';
import { HostUnreachableError } from '../host/command.ts';
import { HostPool } from '../host/host-pool.ts';
import type { HostConnection } from '../host/ssh-connection.ts';
import { ReconcileLoop } from './reconcile-loop.ts';

// Thousands of timers, stepped one by one.
jest.setTimeout(60_000);

const keys = Array.from({ length: 500 }, (_, index) => `claim-${index + 1}`);
const execMs = 100;

/** A sequence of numbers that looks random, and is the same each time. */
function numbers(): () => number {
  let state = 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** The queue, the backoff, the breaker and the channels as they are; a host that is switched on. */
class Crowd {
  readonly clock = new FakeClock();
  readonly random = numbers();
  isUp = false;
  readonly dialsMs: number[] = [];
  readonly execsMs: number[] = [];
  readonly done = new Set<string>();
  failures = 0;
  readonly pool: HostPool;
  readonly loop: ReconcileLoop;

  constructor() {
    const { clock, random } = this;
    this.pool = new HostPool({
      clock,
      random,
      dialer: { dial: (host) => this.#dial(host) },
      onBreaker: ({ host, state }) => {
        if (state === 'half-open') this.loop.hurry(host, 1);
        if (state === 'closed') this.loop.hurry(host);
      },
    });
    this.loop = new ReconcileLoop({
      name: 'claims',
      reconciler: {
        laneOf: () => 'nas',
        reconcile: async (key) => {
          const script = { verb: 'create', script: '', parameters: [], timeoutMs: 60_000 };
          await this.pool.run('nas', script);
          this.done.add(key);
        },
        failed: () => this.failures++,
        stillWaiting: () => undefined,
      },
      laneWidth: 8,
      waitingNoticeMs: 30_000,
      ...{ clock, random },
      log: {
        debug: () => undefined,
        info: () => undefined,
        warn: () => undefined,
        error: () => undefined,
      },
      observe: {
        ...{ added: () => undefined, setDepth: () => undefined, started: () => undefined },
        ...{ finished: () => undefined, retried: () => undefined, failed: () => undefined },
        waiting: () => undefined,
      },
    });
    void this.loop.run(new AbortController().signal);
  }

  /** Execs within each second from then on. */
  perSecond(sinceMs: number, seconds: number): number[] {
    return Array.from({ length: seconds }, (_, second) => {
      const fromMs = sinceMs + second * 1000;
      return this.execsMs.filter((ms) => ms >= fromMs && ms < fromMs + 1000).length;
    });
  }

  #dial(host: string): Promise<HostConnection> {
    this.dialsMs.push(this.clock.monotonicMs());
    if (!this.isUp) return Promise.reject(new HostUnreachableError(host, 'connection refused'));
    return Promise.resolve({
      isOpen: true,
      isSpent: false,
      close: () => undefined,
      run: () => {
        this.execsMs.push(this.clock.monotonicMs());
        return new Promise((resolve) => {
          this.clock.schedule(execMs, () => {
            resolve({ exitCode: 0, stdout: '', stderr: '' });
          });
        });
      },
    });
  }
}

describe('five hundred claims that wait for a host', () => {
  it('neither knock on it all the time, nor stampede it when it returns, nor wait long then', async () => {
    const crowd = new Crowd();
    for (const key of keys) crowd.loop.changed(key);
    await crowd.clock.advance(240_000);
    expect(crowd.done.size).toBe(0);
    // One attempt a minute once the breaker has got there, not one for each claim.
    const lastMinutes = crowd.dialsMs.filter((ms) => ms >= 120_000).length;
    expect(lastMinutes).toBeLessThanOrEqual(5);
    expect(lastMinutes).toBeGreaterThanOrEqual(2);

    crowd.isUp = true;
    const returnedMs = crowd.clock.monotonicMs();
    for (let second = 0; crowd.done.size < keys.length && second < 120; second++) {
      await crowd.clock.advance(1000);
      await settle();
    }

    const [firstExecMs = Infinity] = crowd.execsMs;
    const perSecond = crowd.perSecond(firstExecMs, 20);
    expect(crowd.done.size).toBe(keys.length);
    expect(firstExecMs - returnedMs).toBeLessThanOrEqual(60_000);
    // Six channels of a tenth of a second each would do 60.
    expect(Math.max(...perSecond)).toBeLessThan(60);
    expect(Math.max(...crowd.execsMs) - firstExecMs).toBeLessThan(20_000);
    expect(crowd.execsMs).toHaveLength(keys.length);
  });
});
