/** Scripts that wait for the same host, sent as one. */
import type { HostScript } from './command.ts';

/** More would keep the last of them waiting for the first ones for too long. */
export const mostJoined = 8;
/** A host on which one takes longer than this shall not be late with all of them. */
const timePerMemberMs = 5_000;
/** Of all their parameters: Linux takes 128 KiB for the one word of a command (ZFS_SSH_REQUIRETTY). */
const mostParameterChars = 32 * 1024;

/**
 * How many of those that wait go together: no more than makes it even among the channels, so that none is left
 * idle meanwhile, and as many as their deadline, which is that of one, bears.
 */
export function shareOf(waiting: number, channels: number, { timeoutMs }: HostScript): number {
  const even = Math.ceil(waiting / channels);
  return Math.max(1, Math.min(even, mostJoined, Math.floor(timeoutMs / timePerMemberMs)));
}

/** Whether a script may be sent with those that were chosen already. */
export function mayJoin(chosen: readonly HostScript[], script: HostScript): boolean {
  const [first] = chosen;
  if (first?.joinKey === undefined || first.joinKey !== script.joinKey) return false;
  return sizeOf([...chosen, script]) <= mostParameterChars;
}

/** One script for all of them; one alone stays as it is. */
export function joinScripts(scripts: readonly [HostScript, ...HostScript[]]): HostScript {
  const [first] = scripts;
  if (scripts.length === 1) return first;
  return {
    verb: first.verb,
    script: first.script,
    timeoutMs: first.timeoutMs,
    parameters: [String(scripts.length)],
    members: scripts.map(({ parameters }) => parameters),
  };
}

function sizeOf(scripts: readonly HostScript[]): number {
  const words = scripts.flatMap(({ parameters }) => parameters);
  return words.reduce((sum, word) => sum + word.length + 3, 0);
}
