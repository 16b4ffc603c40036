import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock } from '../../test/support/fake-clock.ts';
import type { ScriptResult, Turn } from '../host/command.ts';
import { HostUnreachableError, OutcomeUnknownError } from '../host/command.ts';
import { StillRunningError } from './dataset-errors.ts';
import type { HungEvent } from './unended-verbs.ts';
import { UnendedVerbs } from './unended-verbs.ts';

const nonce = 'nonce0nonce0';

let clock: FakeClock;
let hung: HungEvent[];
let freed: string[];
let sent: string[];
let verbs: UnendedVerbs;

beforeEach(() => {
  clock = new FakeClock();
  hung = [];
  freed = [];
  sent = [];
  verbs = new UnendedVerbs({
    clock,
    onHung: (event) => hung.push(event),
    onFreed: ({ host, pool }) => freed.push(`${host} ${pool}`),
  });
});

function answer(...frames: readonly string[]): ScriptResult {
  const stdout = frames.map((frame) => `${nonce}\t${frame}\n`).join('');
  return { exitCode: frames.at(-1)?.startsWith('refused') === true ? 10 : 0, stdout, stderr: '' };
}

const done = answer('begin\t99-98-97', 'result\tcreated', 'end\t0');

/** Sends a create; resolves with what became of it, as a word. */
async function send(
  dataset: string,
  outcome: () => Promise<ScriptResult>,
  verb = 'create',
): Promise<unknown> {
  const sending = { verb, location: { host: 'nas', dataset }, nonce };
  try {
    await verbs.watch(sending, (word) => {
      sent.push(word);
      return outcome();
    });
    return 'done';
  } catch (error) {
    return error;
  }
}

const ends = (): Promise<ScriptResult> => Promise.resolve(done);
const hangs = (process: string) => (): Promise<ScriptResult> => {
  const stdout = answer(`begin\t${process}`).stdout;
  return Promise.reject(new OutcomeUnknownError('nas', 'late', { stdout, isLate: true }));
};
const isCut = (process: string) => (): Promise<ScriptResult> => {
  const stdout = answer(`begin\t${process}`).stdout;
  return Promise.reject(new OutcomeUnknownError('nas', 'cut', { stdout }));
};
const finds = (process: string) => (): Promise<ScriptResult> =>
  Promise.resolve(answer('begin\t7-7-7', `refused\trunning\t${process}`));

describe('a script that went on after its deadline', () => {
  it('is looked for by one other at a time; whoever else wants its pool waits, unsent', async () => {
    await send('tank/k/a', hangs('11-10-5'));
    expect(hung).toMatchObject([{ verb: 'create', dataset: 'tank/k/a', process: '11-10-5' }]);
    expect(verbs.hungPools).toEqual([{ host: 'nas', pool: 'tank', scripts: 1 }]);
    expect(verbs.hangsOn('nas', 'tank/k/b')).toBe(true);
    expect(verbs.hangsOn('nas', 'other/k/b')).toBe(false);
    await clock.advance(42_000);

    let answerLook: (result: ScriptResult) => void = () => undefined;
    const look = send('tank/k/b', () => new Promise((resolve) => (answerLook = resolve)));
    const others = await Promise.all(
      Array.from({ length: 500 }, (_, index) => send(`tank/k/${index}`, ends)),
    );

    expect(sent).toEqual([nonce, `${nonce} 11-10-5`]);
    expect(others.every((error) => error instanceof StillRunningError)).toBe(true);
    expect(String(others[0])).toContain(
      'create of dataset tank/k/0 was not done on nas: create of dataset tank/k/a, sent at 2026-01-01T00:00:00Z, has not ended ' +
        'there (process 11). Pool tank gets nothing more until it has',
    );
    answerLook(answer('begin\t7-7-7', 'refused\trunning\t11-10-5'));
    expect(await look).toBeInstanceOf(StillRunningError);
    expect(await look).toHaveProperty('retryWithinMs', 30_000);
  });

  it('keeps those from being sent that had been let through, and wait for a channel yet', async () => {
    const location = { host: 'nas', dataset: 'tank/k/b' };
    let waiting: Turn | undefined;
    void verbs.watch({ verb: 'create', location, nonce }, (_, turn) => {
      waiting = turn;
      return new Promise(() => undefined);
    });
    expect(() => waiting?.hasCome()).not.toThrow();
    await send('tank/k/a', hangs('11-10-5'));

    expect(() => waiting?.hasCome()).toThrow(StillRunningError);
  });

  it('is looked for ever more rarely, at least twice a minute', async () => {
    await send('tank/k/a', hangs('11-10-5'));
    const looks: number[] = [];
    for (let second = 0; second < 240; second++) {
      const before = sent.length;
      await send('tank/k/b', finds('11-10-5'));
      if (sent.length > before) looks.push(second);
      await clock.advance(1000);
    }

    const pauses = looks.slice(1).map((second, index) => second - (looks[index] ?? 0));
    expect(pauses).toEqual([1, 1, 2, 4, 8, 16, 30, 30, 30, 30, 30, 30]);
  });

  it('is looked for soon also when all who wait come before the next look is due', async () => {
    await send('tank/k/a', hangs('11-10-5'));
    await send('tank/k/b', finds('11-10-5'));
    const refused = await send('tank/k/c', ends);
    const looker = await send('tank/k/b', ends);

    expect(refused).toMatchObject({ retryWithinMs: undefined });
    expect(looker).toMatchObject({ retryWithinMs: 30_000 });
    expect(sent.at(-1)).toBe(`${nonce} 11-10-5`);
  });

  it('leaves the other pools of its host alone, and other hosts', async () => {
    await send('tank/k/a', hangs('11-10-5'));

    expect(await send('ssd/k/b', ends)).toBe('done');
    expect(sent.at(-1)).toBe(nonce);
  });

  it('frees its pool once it has ended, and all who wait hear of it', async () => {
    await send('tank/k/a', hangs('11-10-5'));
    expect(await send('tank/k/b', ends)).toBe('done');
    expect(sent.at(-1)).toBe(`${nonce} 11-10-5`);

    expect(freed).toEqual(['nas tank']);
    expect(verbs.hungPools).toEqual([]);
    expect(await send('tank/k/c', ends)).toBe('done');
    expect(sent.at(-1)).toBe(nonce);
  });

  it('is not forgotten when the one that looks hangs too, or is never sent', async () => {
    await send('tank/k/a', hangs('11-10-5'));
    await send('tank/k/b', () => Promise.reject(new HostUnreachableError('nas', 'no route')));
    await send('tank/k/b', hangs('21-20-6'));
    await send('tank/k/b', finds('21-20-6'));

    expect(sent.at(-1)).toBe(`${nonce} 11-10-5 21-20-6`);
  });

  it('of a scan holds up scans only', async () => {
    await send('tank/k, ssd/k', hangs('11-10-5'), 'scan');

    expect(await send('tank/k/a', ends)).toBe('done');
    expect(sent.at(-1)).toBe(nonce);
    expect(await send('tank/k, ssd/k', finds('11-10-5'), 'scan')).toBeInstanceOf(StillRunningError);
  });
});

describe('a script whose line was cut', () => {
  it('is looked for by the next one for its dataset, and by nobody else', async () => {
    await send('tank/k/a', isCut('11-10-5'));

    expect(await send('tank/k/b', ends)).toBe('done');
    expect(sent.at(-1)).toBe(nonce);
    expect(await send('tank/k/a', finds('11-10-5'))).toBeInstanceOf(StillRunningError);
    expect(await send('tank/k/a', ends)).toBe('done');
    expect(sent.slice(-2)).toEqual([`${nonce} 11-10-5`, `${nonce} 11-10-5`]);
    expect(freed).toEqual([]);
  });

  it('is forgotten after ten minutes', async () => {
    await send('tank/k/a', isCut('11-10-5'));
    await clock.advance(600_000);
    await send('tank/k/a', ends);

    expect(sent.at(-1)).toBe(nonce);
  });

  it('cannot be looked for where the host did not name it', async () => {
    await send('tank/k/a', isCut(''));
    await send('tank/k/a', hangs("1-2-3'; rm"));
    await send('tank/k/a', ends);

    expect(sent.at(-1)).toBe(nonce);
  });
});
