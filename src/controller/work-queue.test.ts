import { beforeEach, describe, expect, it } from '@jest/globals';

import { FakeClock, settle } from '../../test/support/fake-clock.ts';
import { WorkQueue } from './work-queue.ts';

/** Keys are `lane/name`; work ends when the test says so. */
class Work {
  readonly clock = new FakeClock();
  readonly started: string[] = [];
  readonly depths: number[] = [];
  readonly #ends = new Map<string, () => void>();
  readonly queue: WorkQueue;

  constructor(laneWidth: number) {
    this.queue = new WorkQueue({
      clock: this.clock,
      laneWidth,
      laneOf: (key) => key.slice(0, key.indexOf('/')),
      process: (key) => {
        this.started.push(key);
        return new Promise((resolve) => this.#ends.set(key, resolve));
      },
      observe: {
        added: () => undefined,
        setDepth: (keys) => this.depths.push(keys),
        started: () => undefined,
        finished: () => undefined,
      },
    });
  }

  async end(key: string): Promise<void> {
    this.#ends.get(key)?.();
    await settle();
  }
}

describe('the work queue', () => {
  let work: Work;
  beforeEach(() => {
    work = new Work(1);
  });

  it('takes keys in order', async () => {
    for (const key of ['a/1', 'a/2', 'a/3']) work.queue.add(key);
    await work.end('a/1');
    await work.end('a/2');

    expect(work.started).toEqual(['a/1', 'a/2', 'a/3']);
  });

  it('lets a key wait once, however often it is added', async () => {
    for (const key of ['a/1', 'a/2', 'a/2', 'a/2']) work.queue.add(key);
    await work.end('a/1');
    await work.end('a/2');

    expect(work.started).toEqual(['a/1', 'a/2']);
    expect(work.queue.depth).toBe(0);
  });

  it('runs a key again that was added while it ran, never twice at once', async () => {
    work = new Work(5);
    work.queue.add('a/1');
    work.queue.add('a/1');
    work.queue.add('a/1');
    expect(work.started).toEqual(['a/1']);

    await work.end('a/1');

    expect(work.started).toEqual(['a/1', 'a/1']);
  });

  it('never starts more than its width in a lane, nor lets one lane delay another', async () => {
    work = new Work(2);
    for (const key of ['a/1', 'a/2', 'a/3', 'b/1', 'b/2', 'b/3']) work.queue.add(key);
    expect(work.started).toEqual(['a/1', 'a/2', 'b/1', 'b/2']);

    await work.end('b/1');

    expect(work.started).toEqual(['a/1', 'a/2', 'b/1', 'b/2', 'b/3']);
  });

  it('holds a delayed key until it is due', async () => {
    work.queue.addAfter('a/1', 1000);
    await work.clock.advance(999);
    expect(work.started).toEqual([]);

    await work.clock.advance(1);

    expect(work.started).toEqual(['a/1']);
  });

  it('makes a delayed key due at once when it is added', async () => {
    work.queue.addAfter('a/1', 1000);
    work.queue.add('a/1');
    expect(work.started).toEqual(['a/1']);
    await work.end('a/1');

    await work.clock.advance(5000);

    expect(work.started).toEqual(['a/1']);
  });

  it('keeps the latest of two delays', async () => {
    work.queue.addAfter('a/1', 100);
    work.queue.addAfter('a/1', 1000);
    await work.clock.advance(500);
    expect(work.started).toEqual([]);

    await work.clock.advance(500);

    expect(work.started).toEqual(['a/1']);
  });

  it('names the keys that have been pending too long, running or waiting', async () => {
    work.queue.add('a/1');
    work.queue.add('a/2');
    await work.clock.advance(30_000);
    work.queue.add('a/3');

    expect([...work.queue.pendingFor(30_000)]).toEqual(['a/1', 'a/2']);
  });

  it('drains: what runs ends, what waits is forgotten, nothing is taken', async () => {
    work.queue.add('a/1');
    work.queue.add('a/2');
    work.queue.addAfter('a/3', 10);
    let drained = false;
    const draining = work.queue.drain().then(() => {
      drained = true;
    });
    work.queue.add('b/1');
    await work.clock.advance(100);
    expect(drained).toBe(false);

    await work.end('a/1');
    await draining;

    expect(work.started).toEqual(['a/1']);
    expect(drained).toBe(true);
  });

  it('drains at once when nothing runs', async () => {
    await expect(work.queue.drain()).resolves.toBeUndefined();
  });

  it('reports how many keys wait', () => {
    for (const key of ['a/1', 'a/2', 'a/3']) work.queue.add(key);

    expect(work.depths.at(-1)).toBe(2);
  });
});
