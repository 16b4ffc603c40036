import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock, settle } from '../../test/support/fake-clock.ts';
import { StepConnection, StepDialer, success } from '../../test/support/step-host.ts';
import type { Turn } from './command.ts';
import { HostUnreachableError, OutcomeUnknownError } from './command.ts';
import type { ExecEvent } from './exec-event.ts';
import { HostPool } from './host-pool.ts';

let clock: FakeClock;
let dialer: StepDialer;
let pool: HostPool;
let execs: ExecEvent[];

beforeEach(() => {
  clock = new FakeClock();
  dialer = new StepDialer();
  execs = [];
  pool = new HostPool({
    ...{ dialer, clock, random: () => 0.999_999, limits: { channels: 2 } },
    onExec: (event) => execs.push(event),
  });
});

afterEach(() => {
  pool.close();
});

interface Run {
  /** Its result, its error, or undefined while it is under way. */
  outcome: unknown;
}

async function connect(): Promise<StepConnection> {
  await settle();
  const connection = new StepConnection();
  dialer.dials.at(-1)?.resolve(connection);
  await settle();
  return connection;
}

/** Asks for one whose parameter is its name, as RemoteZfs does. */
function ask(name: string, turn?: Turn, joinKey = 'key'): Run {
  const started: Run = { outcome: undefined };
  const text = { verb: 'create', script: 'true', parameters: [name], timeoutMs: 60_000, joinKey };
  const sent = pool.run('nas', turn === undefined ? text : { ...text, turn });
  sent.then(
    (result) => (started.outcome = result),
    (error: unknown) => (started.outcome = error),
  );
  return started;
}
const namesOf = (connection: StepConnection): unknown[] =>
  connection.scripts.map(({ parameters, members }) => members?.flat() ?? parameters);

describe('scripts that may be joined', () => {
  it('go alone while a channel is free, and evenly together where they have to wait', async () => {
    const runs = ['a', 'b', 'c', 'd', 'e'].map((name) => ask(name));
    const connection = await connect();
    expect(namesOf(connection)).toEqual([
      ['a', 'b', 'c'],
      ['d', 'e'],
    ]);

    const result = { exitCode: 10, stdout: 'of all', stderr: '' };
    connection.running[0]?.resolve(result);
    await settle();
    expect(runs.map((each) => each.outcome)).toEqual([
      ...Array<unknown>(3).fill({ ...result, isOfSeveral: true }),
      ...[undefined, undefined],
    ]);
    ask('f');
    await settle();
    connection.running[2]?.resolve(success);
    await settle();

    expect(namesOf(connection).at(-1)).toEqual(['f']);
    expect(execs).toHaveLength(2);
    expect(pool.stateOf('nas')).toMatchObject({ running: 1, queued: 0 });
  });

  it('leave others in the line where they are', async () => {
    for (const key of ['x', 'y']) ask(key, undefined, key);
    const connection = await connect();
    for (const [name, key] of ['a1', 'b1', 'a2', 'b2'].map((each) => [each, each[0]] as const)) {
      ask(name, undefined, key);
    }
    await settle();
    connection.running[0]?.resolve(success);
    await settle();

    expect(namesOf(connection).slice(2)).toEqual([['a1', 'a2']]);
    expect(pool.stateOf('nas')?.queued).toBe(2);
  });

  it('hear together that their end was not seen, and each asks for itself whether it may go', async () => {
    const unseen: string[] = [];
    const turnOf = (name: string): Turn => ({
      hasCome: () => {
        if (name === 'b') throw new Error('b must wait');
      },
      endedUnseen: () => unseen.push(name),
    });
    const runs = ['a', 'b', 'c', 'd'].map((name) => ask(name, turnOf(name)));
    const connection = await connect();
    expect(namesOf(connection)).toEqual([['a', 'c'], ['d']]);
    connection.running[0]?.reject(new OutcomeUnknownError('nas', 'cut'));
    await settle();

    expect(unseen).toEqual(['a', 'c']);
    expect(String(runs[1]?.outcome)).toContain('b must wait');
    expect(runs[2]?.outcome).toBeInstanceOf(OutcomeUnknownError);
    expect(runs[3]?.outcome).toBeUndefined();
  });

  it('go alone while the host shows whether it is well again', async () => {
    for (let i = 0; i < 3; i++) {
      ask('x');
      await settle();
      dialer.dials.at(-1)?.reject(new HostUnreachableError('nas', 'no route'));
      await settle();
    }
    await clock.advance(1000);
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) ask(name);
    const connection = await connect();
    expect(namesOf(connection)).toEqual([['a']]);
    connection.running[0]?.resolve(success);
    await settle();

    expect(namesOf(connection)).toEqual([['a'], ['b', 'c', 'd'], ['e', 'f', 'g']]);
  });
});
