import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { readLines } from './lines.ts';

async function* inPieces(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let offset = 0;
  for (const size of sizes) {
    yield await Promise.resolve(bytes.subarray(offset, offset + size));
    offset += size;
  }
  yield bytes.subarray(offset);
}

async function linesOf(text: string, sizes: readonly number[] = []): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of readLines(inPieces(Buffer.from(text), sizes), 1000)) lines.push(line);
  return lines;
}

describe('lines of a stream', () => {
  it('are the same however the bytes are cut', async () => {
    const line = fc
      .string({ unit: 'grapheme', maxLength: 30 })
      .filter((text) => !text.includes('\n'));

    await fc.assert(
      fc.asyncProperty(fc.array(line), fc.array(fc.nat(7)), async (lines, sizes) => {
        const text = lines.map((each) => `${each}\n`).join('');

        expect(await linesOf(text, sizes)).toEqual(lines.filter((each) => each.trim() !== ''));
      }),
    );
  });

  it('are whole: a last one without its end is dropped', async () => {
    expect(await linesOf('one\n\n \ntwo\nthr')).toEqual(['one', 'two']);
  });

  it('have a limit', async () => {
    await expect(linesOf('x'.repeat(1001))).rejects.toThrow(RangeError);
  });
});
