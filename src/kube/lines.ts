import { StringDecoder } from 'node:string_decoder';

/**
 * Splits a byte stream into its lines. A last line without its end is a cut connection and is dropped.
 * @throws RangeError when a line grows beyond `maxLength` characters
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  maxLength: number,
): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of chunks) {
    const parts = decoder.write(chunk).split('\n');
    const last = parts.pop() ?? '';
    for (const part of parts) {
      const line = rest + part;
      rest = '';
      if (line.trim() !== '') yield line;
    }
    rest += last;
    if (rest.length > maxLength)
      throw new RangeError(`a line is longer than ${maxLength} characters`);
  }
}
