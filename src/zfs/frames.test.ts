import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isComplete, lastFields, linesOf, parseFrames } from './frames.ts';

describe('frames', () => {
  it('are the lines that begin with the nonce', () => {
    const frames = parseFrames('hello\nn1\tbegin\r\nn2\tend\t0\n n1\tno\nn1\trow\ta\tb\n', 'n1');

    expect(frames).toEqual([
      { kind: 'begin', fields: [] },
      { kind: 'row', fields: ['a', 'b'] },
    ]);
  });

  it('are complete with an end that agrees with the exit code', () => {
    const frames = parseFrames('n1\tend\t0\n', 'n1');

    expect([isComplete(frames, 0), isComplete(frames, 10), isComplete([], 0)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('are not complete without an end', () => {
    expect(isComplete(parseFrames('n1\trow\t0\n', 'n1'), 0)).toBe(false);
  });

  it('are found by kind, the last one first', () => {
    const frames = parseFrames('n1\tread\t1\nn1\tread\t2\nn1\trow\ta\tb\n', 'n1');

    expect(lastFields(frames, 'read')).toEqual(['2']);
    expect(lastFields(frames, 'none')).toBeUndefined();
    expect(linesOf(frames, 'row')).toEqual(['a\tb']);
  });

  it('never come from noise, whatever it is', () => {
    fc.assert(
      fc.property(fc.string(), (noise) => {
        expect(parseFrames(`${noise}\nNONCE\tend\t0\n${noise}`, 'NONCE')).toEqual([
          { kind: 'end', fields: ['0'] },
        ]);
      }),
    );
  });
});
