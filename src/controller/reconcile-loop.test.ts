import { describe, expect, it } from '@jest/globals';

import { FakeClock } from '../../test/support/fake-clock.ts';
import { createLogger } from '../telemetry/logger.ts';
import { ReconcileLoop } from './reconcile-loop.ts';

const ignore = (): void => undefined;

function aLoop(clock: FakeClock, reconcile: () => Promise<void>): ReconcileLoop {
  const queue = { added: ignore, setDepth: ignore, started: ignore, finished: ignore };
  const told = { failed: ignore, stillWaiting: ignore };
  const loop = new ReconcileLoop({
    ...{ name: 'claims', clock, random: () => 0.5, laneWidth: 1, waitingNoticeMs: 30_000 },
    reconciler: { ...told, reconcile, laneOf: () => 'storage-1' },
    observe: { ...queue, retried: ignore, failed: ignore, waiting: ignore },
    log: createLogger({ level: 'fatal', clock }),
  });
  void loop.run(new AbortController().signal);
  return loop;
}

describe('a reconcile loop', () => {
  it('tells what is not settled: since when, why, and when it is tried again', async () => {
    const clock = new FakeClock();
    let isWell = false;
    const loop = aLoop(clock, () =>
      isWell ? Promise.resolve() : Promise.reject(new Error('no space')),
    );
    const startedAtMs = clock.nowMs();

    loop.changed('default/data');
    await clock.advance(0);
    expect(loop.openKeys).toEqual([
      {
        ...{ key: 'default/data', sinceMs: startedAtMs, attempts: 1 },
        failure: { code: 'BUG', message: 'internal error: no space' },
        nextAttemptAtMs: startedAtMs + 375,
      },
    ]);

    loop.hurry('storage-1');
    expect(loop.openKeys).toMatchObject([{ nextAttemptAtMs: startedAtMs }]);
    await clock.advance(0);
    expect(loop.openKeys).toMatchObject([{ attempts: 2, sinceMs: startedAtMs }]);

    isWell = true;
    await clock.advance(60_000);
    expect(loop.openKeys).toEqual([]);
  });
});
