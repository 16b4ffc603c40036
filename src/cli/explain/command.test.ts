import { beforeEach, describe, expect, it } from '@jest/globals';

import { CliStage } from '../../../test/support/cli-world.ts';
import { errorAdvice } from './error-advice.ts';
import { errorMeanings } from './error-meanings.ts';

let stage: CliStage;

beforeEach(() => {
  stage = new CliStage();
});

describe('explain', () => {
  it('says what an error means, what it comes from, what to do and when it is tried again', async () => {
    const { code, stdout, stderr } = await stage.run('explain HOST_KEY', { columns: 80 });

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^HOST_KEY\n {2}Meaning {3}The host's key[^]*\n {2}Cause[^]*\n {2}To do {5}- Find[^]*\n {2}Repeated/,
    );
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(stage.closed).toBe(0);
  });

  it.each(['host-key', '(HOST_KEY)', 'Host_Key'])('takes %s for HOST_KEY', async (word) => {
    expect((await stage.run(`explain ${word} -o name`)).stdout).toBe('HOST_KEY\n');
  });

  it.each([
    ['OUT_OF_SPCE', 'OUT_OF_SPACE'],
    ['breaker', undefined],
    ['space', 'OUT_OF_SPACE'],
  ])('does not know %s, and suggests %s', async (word, meant) => {
    const { code, stdout, stderr } = await stage.run(`explain ${word}`);

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    const suggested = meant === undefined ? '' : ` (did you mean ${meant}?)`;
    expect(stderr).toContain(`there is no error "${word}"${suggested}: kubectl zfs explain lists`);
  });

  it('lists all errors, to people and to programs', async () => {
    const items = await stage.items('explain');
    const { stdout } = await stage.run('explain', { columns: 60 });

    expect(items.map(({ code }) => code)).toEqual(errorMeanings.map(({ code }) => code));
    expect(items[0]).toEqual({
      ...{ code: 'BUG', retry: 'backoff', meaning: expect.any(String) },
      ...{ repeated: expect.any(String), cause: expect.any(String), remedy: expect.any(Array) },
    });
    expect(stdout).toMatch(/^CODE +REPEATED +MEANING\nBUG /);
    expect(stdout).toContain('…');
  });

  it('has advice for each error that there is, and for no other', () => {
    const codes = errorMeanings.map(({ code }) => code);

    expect(Object.keys(errorAdvice).toSorted()).toEqual(codes.toSorted());
  });
});
