import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { KubeForbiddenError, KubeUnavailableError } from './api-error.ts';
import { untilAnswered } from './until-answered.ts';

const gone = new KubeUnavailableError('no answer', { outcomeUnknown: false });

/** A read that fails so often, and the delays that were told. */
function scene(failures: number, error: Error = gone) {
  const clock = new FakeClock();
  const stop = new AbortController();
  const delays: number[] = [];
  let reads = 0;
  const read = (): Promise<string> =>
    ++reads <= failures ? Promise.reject(error) : Promise.resolve('uid');
  const answer = untilAnswered(read, {
    ...{ clock, random: () => 0, signal: stop.signal },
    onFailure: (_error, retryInMs) => delays.push(retryInMs),
  });
  return { clock, stop, delays, answer, reads: () => reads };
}

describe('what must be read before anything can be done', () => {
  it('is there at once where the API server answers', async () => {
    await expect(scene(0).answer).resolves.toBe('uid');
  });

  it('is asked for again, ever more rarely, while the API server cannot be reached', async () => {
    const { clock, answer, delays } = scene(3);

    for (const ms of [800, 1600, 3200]) await clock.advance(ms);

    await expect(answer).resolves.toBe('uid');
    expect(delays).toEqual([800, 1600, 3200]);
  });

  it('is asked for again while an API server that has just started knows nobody’s rights', async () => {
    const { clock, answer } = scene(2, new KubeForbiddenError('not allowed'));

    for (const ms of [800, 1600]) await clock.advance(ms);

    await expect(answer).resolves.toBe('uid');
  });

  it('fails when it is refused for longer than a start takes', async () => {
    const { clock, answer, reads } = scene(Infinity, new KubeForbiddenError('not allowed'));
    const failure = answer.catch((error: unknown) => error);

    for (const ms of [800, 1600, 3200, 6400, 12_800, 25_600]) await clock.advance(ms);

    await expect(failure).resolves.toBeInstanceOf(KubeForbiddenError);
    expect(reads()).toBe(7);
  });

  it('fails at once where something else is wrong', async () => {
    const { answer, reads } = scene(1, new Error('a bug'));

    await expect(answer).rejects.toThrow('a bug');
    expect(reads()).toBe(1);
  });

  it('is given up when the process is told to stop', async () => {
    const { stop, answer } = scene(Infinity);

    await new Promise((resolve) => setImmediate(resolve));
    stop.abort();

    await expect(answer).resolves.toBeUndefined();
  });
});
