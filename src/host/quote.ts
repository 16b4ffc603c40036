import { InvariantError } from '../errors.ts';

/**
 * One word for a POSIX shell: whatever the value holds, the shell sees exactly that value.
 * @throws InvariantError on a NUL character, which no shell can carry
 */
export function quote(value: string): string {
  if (value.includes('\0')) throw new InvariantError('a shell word cannot hold a NUL character');
  return `'${value.replaceAll("'", String.raw`'\''`)}'`;
}
