import { describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  descendantsOf,
  identifyProcess,
  isRunning,
  killProcess,
  parseStat,
  signalProcess,
} from './process-identity.ts';

/** Fields 3 to 22 of proc_pid_stat(5), the state and the parent first, the start time last. */
function statLine(name: string): string {
  const between = Array.from({ length: 17 }, () => '0').join(' ');
  return `42 (${name}) S 7 ${between} 123456 9 9`;
}

describe('process identity', () => {
  it.each(['sshd', 'a b', 'odd) R 1 (name', ''])(
    'reads the stat line of a process named "%s"',
    (name) => {
      expect(parseStat(statLine(name))).toEqual({ state: 'S', parentPid: 7, startTicks: 123456 });
    },
  );

  it('does not take another process of the same number for the recorded one', () => {
    const self = identifyProcess(process.pid);
    if (self === undefined) throw new Error('this process is not in /proc');

    expect(isRunning(self)).toBe(true);
    expect(isRunning({ ...self, startTicks: self.startTicks - 1 })).toBe(false);
    expect(isRunning({ ...self, bootId: 'another' })).toBe(false);
    expect(signalProcess({ ...self, startTicks: self.startTicks - 1 }, 'SIGKILL')).toBe(false);
  });

  it('finds a process below this one and ends it', async () => {
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    await once(child, 'spawn');
    const found = descendantsOf(process.pid).find(({ pid }) => pid === child.pid);
    if (found === undefined) throw new Error('the child was not found');

    await killProcess(found);

    expect(isRunning(found)).toBe(false);
  });
});
