/**
 * What a script tells: lines `<nonce> TAB <kind> TAB <field>...`, the last of them `end` with the exit
 * code. The nonce is random for each exec, so nothing else on the output (a banner, a warning, the value
 * of a property) can pass for a frame.
 */

/** Exit codes of the scripts that are told apart; the same as in scripts/prelude.sh. */
export const exitCodes = { done: 0, reported: 10 } as const;

export interface Frame {
  readonly kind: string;
  readonly fields: readonly string[];
}

/** The frames of an output, in order. Lines that are none are left out. */
export function parseFrames(output: string, nonce: string): Frame[] {
  const prefix = `${nonce}\t`;
  const frames: Frame[] = [];
  for (const line of output.split('\n')) {
    if (!line.startsWith(prefix)) continue;
    const [kind = '', ...fields] = line.slice(prefix.length).replace(/\r$/, '').split('\t');
    frames.push({ kind, fields });
  }
  return frames;
}

/** Whether the script came to its end, and with this exit code. */
export function isComplete(frames: readonly Frame[], exitCode: number): boolean {
  const last = frames.at(-1);
  return last?.kind === 'end' && last.fields[0] === String(exitCode);
}

/** The fields of the last frame of a kind; the last, as a verb may look more than once. */
export function lastFields(frames: readonly Frame[], kind: string): readonly string[] | undefined {
  return frames.findLast((frame) => frame.kind === kind)?.fields;
}

/** The text of the frames of a kind, a line each. */
export function linesOf(frames: readonly Frame[], kind: string): string[] {
  return frames.filter((frame) => frame.kind === kind).map((frame) => frame.fields.join('\t'));
}
