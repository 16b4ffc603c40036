import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock, settle } from '../../test/support/fake-clock.ts';
import type { HostScript, ScriptResult } from './command.ts';
import { HostAuthenticationError, HostUnreachableError, OutcomeUnknownError } from './command.ts';
import type { ExecEvent } from './exec-event.ts';
import type { BreakerEvent } from './host-pool.ts';
import { HostPool } from './host-pool.ts';
import type { HostConnection } from './ssh-connection.ts';
import type { Dialer, HostState } from './storage-host.ts';

interface Pending<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

const success: ScriptResult = { exitCode: 0, stdout: '', stderr: '' };

/** A connection whose scripts end when the test says so. */
class StepConnection implements HostConnection {
  isOpen = true;
  isSpent = false;
  readonly running: (Pending<ScriptResult> & { readonly verb: string })[] = [];

  run({ verb }: HostScript): Promise<ScriptResult> {
    return new Promise((resolve, reject) => this.running.push({ verb, resolve, reject }));
  }

  close(): void {
    this.isOpen = false;
    for (const each of this.running) each.reject(new OutcomeUnknownError('?', 'closed'));
  }
}

/** Dials that wait for the test. */
class StepDialer implements Dialer {
  readonly dials: (Pending<HostConnection> & { readonly host: string })[] = [];

  dial(host: string, signal: AbortSignal): Promise<HostConnection> {
    return new Promise((resolve, reject) => {
      this.dials.push({ host, resolve, reject });
      signal.addEventListener('abort', () => {
        reject(new HostUnreachableError(host, 'aborted'));
      });
    });
  }
}

let clock: FakeClock;
let dialer: StepDialer;
let pool: HostPool;
let execs: ExecEvent[];
let breakers: BreakerEvent[];
let dialFailures: unknown[];

beforeEach(() => {
  clock = new FakeClock();
  dialer = new StepDialer();
  execs = [];
  breakers = [];
  dialFailures = [];
  pool = new HostPool({
    dialer,
    clock,
    random: () => 0.999_999,
    limits: { channels: 2 },
    onExec: (event) => execs.push(event),
    onBreaker: (event) => breakers.push(event),
    onDialFailed: (host, thrown) => dialFailures.push([host, thrown]),
  });
});

afterEach(() => {
  pool.close();
});

/** What became of a run: its result, its error, or `undefined` while it is under way. */
interface Run {
  outcome: unknown;
}

function run(host: string, verb = 'create', signal?: AbortSignal): Run {
  const started: Run = { outcome: undefined };
  const script: HostScript = { verb, script: 'true', parameters: [], timeoutMs: 1000 };
  pool.run(host, script, signal).then(
    (result) => (started.outcome = result),
    (error: unknown) => (started.outcome = error),
  );
  return started;
}

async function connect(host: string): Promise<StepConnection> {
  await settle();
  const connection = new StepConnection();
  dialer.dials.findLast((dial) => dial.host === host)?.resolve(connection);
  await settle();
  return connection;
}

async function failDial(error: Error = new HostUnreachableError('nas', 'no route')): Promise<void> {
  await settle();
  dialer.dials.at(-1)?.reject(error);
  await settle();
}

function stateOf(host: string): HostState | undefined {
  return pool.states.find((state) => state.host === host);
}

async function openBreaker(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    run('nas');
    await failDial();
  }
}

describe('host pool', () => {
  it('dials once for all that wait, and again only when the connection is gone', async () => {
    const runs = [run('nas'), run('nas')];
    const connection = await connect('nas');
    for (const each of connection.running) each.resolve(success);
    await settle();
    expect(runs.map((each) => each.outcome)).toEqual([success, success]);

    run('nas');
    await settle();
    expect(dialer.dials).toHaveLength(1);

    connection.close();
    run('nas');
    await settle();
    expect(dialer.dials).toHaveLength(2);
  });

  it('runs at most its number of channels at once, first come first served', async () => {
    for (const verb of ['a', 'b', 'c', 'd']) run('nas', verb);
    const { running } = await connect('nas');
    expect(running.map((each) => each.verb)).toEqual(['a', 'b']);
    expect(stateOf('nas')).toEqual({
      host: 'nas',
      connected: true,
      breaker: 'closed',
      retryInMs: 0,
      lastFailure: '',
      running: 2,
      queued: 2,
    });

    running[1]?.resolve(success);
    await settle();
    expect(running.map((each) => each.verb)).toEqual(['a', 'b', 'c']);
    running[0]?.reject(new OutcomeUnknownError('nas', 'cut'));
    await settle();
    expect(running.map((each) => each.verb)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('does not let a dead host delay another', async () => {
    for (let i = 0; i < 20; i++) run('dead');
    const alive = run('alive');
    const connection = await connect('alive');
    connection.running[0]?.resolve(success);
    await settle();

    expect(alive.outcome).toBe(success);
    expect(stateOf('dead')).toMatchObject({ connected: false, running: 0, queued: 20 });
  });

  it('tells all that wait why a dial failed', async () => {
    const runs = [run('nas'), run('nas'), run('nas')];
    const error = new HostAuthenticationError('nas', 'no key');
    await failDial(error);

    expect(runs.map((each) => each.outcome)).toEqual([error, error, error]);
    expect(execs.map((event) => event.result)).toEqual(Array(3).fill('never-started'));
    expect(dialFailures).toEqual([['nas', error]]);
  });

  it('bounds the time in the queue', async () => {
    run('nas', 'a');
    run('nas', 'b');
    const waiting = run('nas', 'c');
    await connect('nas');
    await clock.advance(24_999);
    expect(waiting.outcome).toBeUndefined();
    await clock.advance(1);

    expect(waiting.outcome).toBeInstanceOf(HostUnreachableError);
    expect(String(waiting.outcome)).toContain(
      'c was not started on nas: no channel was free within 25 s (2 scripts run there, 1 wait)',
    );
    expect(stateOf('nas')).toMatchObject({ running: 2, queued: 0 });
  });

  it('reports how each exec went, and how long it waited and took', async () => {
    for (const verb of ['a', 'b', 'c']) run('nas', verb);
    const { running } = await connect('nas');
    await clock.advance(100);
    running[0]?.resolve(success);
    await settle();
    running[1]?.resolve({ ...success, exitCode: 1 });
    await clock.advance(50);
    running[2]?.reject(new OutcomeUnknownError('nas', 'cut'));
    await settle();

    expect(execs).toEqual([
      { host: 'nas', verb: 'a', result: 'ok', durationMs: 100, waitedMs: 0 },
      { host: 'nas', verb: 'b', result: 'failed', durationMs: 100, waitedMs: 0 },
      { host: 'nas', verb: 'c', result: 'unknown', durationMs: 50, waitedMs: 100 },
    ]);
  });

  it('closes a connection that nobody used for ten minutes', async () => {
    run('nas');
    const connection = await connect('nas');
    await clock.advance(20 * 60_000);
    expect(connection.isOpen).toBe(true);
    connection.running[0]?.resolve(success);
    await clock.advance(10 * 60_000 - 1);
    expect(connection.isOpen).toBe(true);
    await clock.advance(1);

    expect(connection.isOpen).toBe(false);
    expect(clock.pending).toBe(0);
  });
});

describe('an aborted signal', () => {
  it('takes what waits out of the queue at once', async () => {
    const abort = new AbortController();
    const reason = new Error('stopping');
    const dialing = run('nas', 'a', abort.signal);
    await settle();
    abort.abort(reason);
    await settle();

    expect(dialing.outcome).toBe(reason);
    expect(stateOf('nas')?.queued).toBe(0);
    expect(run('nas', 'b', abort.signal).outcome).toBeUndefined();
    await settle();
    expect(stateOf('nas')?.queued).toBe(0);
  });

  it('lets what runs finish', async () => {
    const abort = new AbortController();
    const running = run('nas', 'a', abort.signal);
    const connection = await connect('nas');
    abort.abort(new Error('stopping'));
    await settle();
    expect(running.outcome).toBeUndefined();
    connection.running[0]?.resolve(success);
    await settle();

    expect(running.outcome).toBe(success);
  });

  it('is not held on to by what has left the queue', async () => {
    const { signal } = new AbortController();
    run('nas', 'a', signal);
    await settle();
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    await connect('nas');

    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});

describe('the breaker of a host', () => {
  it('opens after three failed dials, then fails at once and says why', async () => {
    await openBreaker();
    const refused = run('nas');
    await settle();

    expect(dialer.dials).toHaveLength(3);
    expect(refused.outcome).toBeInstanceOf(HostUnreachableError);
    expect(String(refused.outcome)).toContain('next attempt in 1 s; last failure: no route');
    expect(breakers).toEqual([{ host: 'nas', state: 'open', reason: 'no route' }]);
    expect(stateOf('nas')?.breaker).toBe('open');
  });

  it('lets one script through after the delay; the others wait for how it goes', async () => {
    await openBreaker();
    await clock.advance(1000);
    const runs = [run('nas', 'probe'), run('nas', 'b'), run('nas', 'c')];
    const { running } = await connect('nas');
    expect(running.map((each) => each.verb)).toEqual(['probe']);
    running[0]?.resolve({ ...success, exitCode: 1 });
    await settle();

    expect(running.map((each) => each.verb)).toEqual(['probe', 'b', 'c']);
    expect(breakers.at(-1)).toMatchObject({ state: 'closed' });
    expect(runs[1]?.outcome).toBeUndefined();
  });

  it('opens for longer when that one fails, and refuses those that waited', async () => {
    await openBreaker();
    await clock.advance(1000);
    const runs = [run('nas', 'probe'), run('nas', 'b')];
    const { running } = await connect('nas');
    running[0]?.reject(new OutcomeUnknownError('nas', 'deadline passed'));
    await settle();

    expect(runs[0]?.outcome).toBeInstanceOf(OutcomeUnknownError);
    expect(String(runs[1]?.outcome)).toContain(
      'next attempt in 2 s; last failure: deadline passed',
    );
  });

  it('opens when scripts pass their deadlines, and refuses those that wait behind them', async () => {
    pool = new HostPool({ dialer, clock, random: () => 0.5, limits: { channels: 3 } });
    const runs = ['a', 'b', 'c', 'd', 'e', 'f'].map((verb) => run('nas', verb));
    const { running } = await connect('nas');
    for (const each of running) each.reject(new OutcomeUnknownError('nas', 'deadline passed'));
    await settle();

    expect(running.map((each) => each.verb)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(String(runs[5]?.outcome)).toContain('f was not started on nas: it failed several times');
    expect(stateOf('nas')).toMatchObject({ breaker: 'open', running: 2, queued: 0 });
  });

  it('stays closed for scripts that fail with an exit code', async () => {
    for (let i = 0; i < 5; i++) run('nas');
    const { running } = await connect('nas');
    for (let i = 0; i < 5; i++) {
      running[i]?.resolve({ ...success, exitCode: 1 });
      await settle();
    }

    expect(stateOf('nas')?.breaker).toBe('closed');
  });
});

describe('closing', () => {
  it('refuses what waits, ends what runs, and starts nothing more', async () => {
    const runs = [run('nas'), run('nas'), run('nas'), run('dialing')];
    await settle();
    const connection = new StepConnection();
    dialer.dials[0]?.resolve(connection);
    await settle();
    pool.close();
    const late = run('new');
    await settle();

    expect(connection.isOpen).toBe(false);
    expect(runs.map((each) => each.outcome)).toEqual([
      expect.any(OutcomeUnknownError),
      expect.any(OutcomeUnknownError),
      expect.any(HostUnreachableError),
      expect.any(HostUnreachableError),
    ]);
    expect(String(late.outcome)).toContain('the provisioner is shutting down');
    expect(dialer.dials).toHaveLength(2);
    expect(clock.pending).toBe(0);
  });

  it('closes a connection that arrives too late', async () => {
    const connection = new StepConnection();
    const late: Dialer = { dial: () => settle().then(() => connection) };
    pool = new HostPool({ dialer: late, clock, random: () => 0.5 });
    run('nas');
    pool.close();
    await settle();
    await settle();

    expect(connection.isOpen).toBe(false);
  });
});

describe('a host that is described otherwise now', () => {
  const script = { verb: 'create', script: '', parameters: [], timeoutMs: 1000 };

  it('is dialed anew, while what runs on the old connection may end', async () => {
    const connection = new StepConnection();
    const first = pool.run('nas', script);
    dialer.dials[0]?.resolve(connection);
    await settle();

    pool.renew('nas');
    const second = pool.run('nas', script);
    await settle();
    expect(dialer.dials).toHaveLength(2);
    expect(connection.isOpen).toBe(true);

    connection.running[0]?.resolve(success);
    expect(await first).toEqual(success);
    await settle();
    expect(connection.isOpen).toBe(false);
    const other = new StepConnection();
    dialer.dials[1]?.resolve(other);
    await settle();
    other.running[0]?.resolve(success);
    expect(await second).toEqual(success);
  });

  it('refuses what waits for it, certainly not started, and forgets that it was given up', async () => {
    for (let attempt = 0; attempt < 3; attempt++) {
      const failing = pool.run('nas', script).catch(() => undefined);
      dialer.dials.at(-1)?.reject(new HostUnreachableError('nas', 'refused'));
      await failing;
    }
    expect(pool.stateOf('nas')?.breaker).toBe('open');

    pool.renew('nas');
    const waiting = pool.run('nas', script);
    pool.renew('nas');

    await expect(waiting).rejects.toThrow(HostUnreachableError);
    expect(pool.stateOf('nas')).toBeUndefined();
  });
});
