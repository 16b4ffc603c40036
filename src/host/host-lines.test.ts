import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock, settle } from '../../test/support/fake-clock.ts';
import type { HostScript, ScriptResult } from './command.ts';
import { HostUnreachableError, OutcomeUnknownError } from './command.ts';
import { HostPool } from './host-pool.ts';
import type { HostConnection } from './ssh-connection.ts';

interface Pending {
  readonly resolve: (value: ScriptResult) => void;
  readonly reject: (error: Error) => void;
}

const success: ScriptResult = { exitCode: 0, stdout: '', stderr: '' };
const script: HostScript = { verb: 'create', script: 'true', parameters: [], timeoutMs: 1000 };

class Line implements HostConnection {
  isOpen = true;
  isSpent = false;
  readonly running: Pending[] = [];

  run(): Promise<ScriptResult> {
    return new Promise((resolve, reject) => this.running.push({ resolve, reject }));
  }

  close(): void {
    this.isOpen = false;
  }
}

let clock: FakeClock;
let lines: Line[];
let isUp: boolean;
let states: string[];
let pool: HostPool;

beforeEach(() => {
  clock = new FakeClock();
  lines = [];
  states = [];
  isUp = true;
  pool = new HostPool({
    clock,
    random: () => 0.999_999,
    dialer: {
      dial: (host) => {
        if (!isUp) return Promise.reject(new HostUnreachableError(host, 'no route'));
        const line = new Line();
        lines.push(line);
        return Promise.resolve(line);
      },
    },
    onBreaker: ({ state }) => states.push(state),
  });
});

async function run(count: number): Promise<void> {
  for (let i = 0; i < count; i++) pool.run('nas', script).catch(() => undefined);
  await settle();
}

async function giveUp(): Promise<void> {
  isUp = false;
  for (let i = 0; i < 3; i++) await run(1);
  isUp = true;
  expect(pool.stateOf('nas')?.breaker).toBe('open');
}

describe('a line whose sessions are held by commands that went on', () => {
  it('gets no more scripts: another is dialed, and it is closed when nothing runs on it', async () => {
    await run(2);
    const [first] = lines;
    if (first === undefined) throw new Error('not dialed');
    first.isSpent = true;
    await run(1);

    expect(lines).toHaveLength(2);
    expect(lines[1]?.running).toHaveLength(1);
    expect(first.isOpen).toBe(true);
    expect(pool.stateOf('nas')).toMatchObject({ connected: true, running: 3 });
    first.running[0]?.resolve(success);
    await settle();
    expect(first.isOpen).toBe(true);
    first.running[1]?.resolve(success);
    await settle();
    expect(first.isOpen).toBe(false);
    expect(lines[1]?.isOpen).toBe(true);
  });
});

describe('a deadline that passes', () => {
  it('is not held against a host that had begun the command', async () => {
    for (let i = 0; i < 5; i++) {
      await run(1);
      const error = new OutcomeUnknownError('nas', 'late', { isLate: true, stdout: 'begin\n' });
      lines[0]?.running.at(-1)?.reject(error);
      await settle();
    }

    expect(pool.stateOf('nas')?.breaker).toBe('closed');
  });

  it('is held against a host that said nothing', async () => {
    for (let i = 0; i < 3; i++) {
      await run(1);
      lines[0]?.running.at(-1)?.reject(new OutcomeUnknownError('nas', 'late', { isLate: true }));
      await settle();
    }

    expect(pool.stateOf('nas')?.breaker).toBe('open');
  });
});

describe('a script that waits for a channel', () => {
  it('is not sent where its sender changes its mind in between, for what became of another', async () => {
    let isHung = false;
    const turn = {
      hasCome: () => {
        if (isHung) throw new Error('not any more');
      },
      endedUnseen: () => {
        isHung = true;
      },
    };
    const runs = Array.from({ length: 8 }, () => pool.run('nas', { ...script, turn }));
    const outcomes = Promise.allSettled(runs);
    await settle();
    const running = lines[0]?.running ?? [];
    for (const each of running) each.reject(new OutcomeUnknownError('nas', 'late'));

    expect((await outcomes).slice(6)).toEqual([
      { status: 'rejected', reason: new Error('not any more') },
      { status: 'rejected', reason: new Error('not any more') },
    ]);
    expect(running).toHaveLength(6);
  });
});

describe('a host that was given up', () => {
  it('says when it may be tried again', async () => {
    await giveUp();
    expect(states).toEqual(['open']);
    await clock.advance(999);
    expect(states).toEqual(['open']);
    await clock.advance(1);

    expect(states).toEqual(['open', 'half-open']);
    expect(pool.stateOf('nas')).toMatchObject({ breaker: 'half-open', lastFailure: 'no route' });
    pool.close();
    expect(clock.pending).toBe(0);
  });

  it('gets one script first, and one more at once with each that ends well', async () => {
    await giveUp();
    await clock.advance(1000);
    await run(100);
    const running = lines[0]?.running ?? [];
    const atOnce: number[] = [];
    for (let ended = 0; ended < 8; ended++) {
      atOnce.push(running.length - ended);
      running[ended]?.resolve(success);
      await settle();
    }

    expect(atOnce).toEqual([1, 2, 3, 4, 5, 6, 6, 6]);
  });
});
