import { describe, expect, it } from '@jest/globals';
import { eventually } from './eventually.ts';

/** For what comes in time, however busy the machine is. */
const patiently = { timeoutMs: 10_000, intervalMs: 5 };
/** For what never comes. */
const quickly = { timeoutMs: 60, intervalMs: 5 };

describe('eventually', () => {
  it('resolves with the first value that is there', async () => {
    const values = [undefined, null, false, 0, 1];

    await expect(eventually('a value', () => values.shift(), patiently)).resolves.toBe(0);
  });

  it('tries again when the probe throws', async () => {
    let calls = 0;
    const probe = (): string => {
      if (++calls < 3) throw new Error('not yet');
      return 'done';
    };

    await expect(eventually('an answer', probe, patiently)).resolves.toBe('done');
  });

  it('waits for the value that is wanted', async () => {
    let count = 0;

    const found = await eventually('three', () => ++count, { ...patiently, until: (n) => n === 3 });

    expect(found).toBe(3);
  });

  it('tells the last value when the time is over', async () => {
    const probe = (): object => ({ phase: 'Pending' });

    await expect(
      eventually('the claim is bound', probe, { ...quickly, until: () => false }),
    ).rejects.toThrow("the claim is bound: not within 60 ms; last value: { phase: 'Pending' }");
  });

  it('tells the last error when the time is over', async () => {
    const probe = (): never => {
      throw new Error('refused');
    };

    await expect(eventually('it answers', probe, quickly)).rejects.toThrow('last error: refused');
  });

  it('ends at once when what goes on meanwhile says so', async () => {
    const meanwhile = (): never => {
      throw new Error('the process ended');
    };

    await expect(
      eventually('it is ready', () => false, { timeoutMs: 60_000, meanwhile }),
    ).rejects.toThrow('the process ended');
  });
});
