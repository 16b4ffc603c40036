import { describe, expect, it } from '@jest/globals';

import { cpuSharesBetween } from './cpu-shares.ts';
import type { RunningProcess } from './processes.ts';
import { parseCpuLine, parseTimes } from './processes.ts';

const measured = { provisionerPid: 10, benchmarkPid: 20, runDir: '/tmp/run', wallS: 5 };

function running(pid: number, name: string, fields: Partial<RunningProcess> = {}): RunningProcess {
  return { pid, name, parentPid: 1, ownTicks: 0, childTicks: 0, commandLine: '', ...fields };
}

describe('shares of the processors', () => {
  it('are what each took meanwhile', () => {
    const before = {
      processes: [
        running(10, 'node', { ownTicks: 100 }),
        running(30, 'zfs-fuse', { ownTicks: 50 }),
      ],
      ...{ busyTicks: 1000, idleTicks: 500, stolenTicks: 10 },
    };
    const after = {
      processes: [
        running(10, 'node', { ownTicks: 300 }),
        running(30, 'zfs-fuse', { ownTicks: 150 }),
      ],
      ...{ busyTicks: 1400, idleTicks: 900, stolenTicks: 60 },
    };

    expect(cpuSharesBetween(before, after, measured)).toEqual({
      wallS: 5,
      seconds: { 'the provisioner': 2, 'zfs-fuse': 1, 'all else': 1 },
      idleS: 4,
      stolenS: 0.5,
    });
  });

  it('tell commands that are over from the sshd that ran them', () => {
    const sshd = running(40, 'sshd', { commandLine: '/usr/sbin/sshd -f /tmp/run/sshd_config' });
    const session = running(41, 'sshd', { parentPid: 40 });
    const before = { processes: [sshd, session], busyTicks: 0, idleTicks: 0, stolenTicks: 0 };
    const worked = { ...session, ownTicks: 20, childTicks: 300 };
    const zfs = running(42, 'zfs', { parentPid: 41, ownTicks: 10 });
    const after = { processes: [sshd, worked, zfs], busyTicks: 330, idleTicks: 0, stolenTicks: 0 };

    expect(cpuSharesBetween(before, after, measured).seconds).toEqual({
      'commands on the host: sh, sudo, zfs': 3.1,
      sshd: 0.2,
      'all else': 0,
    });
  });

  it('do not take parts of another bench for its own', () => {
    const before = { processes: [], busyTicks: 0, idleTicks: 0, stolenTicks: 0 };
    const processes = [
      running(50, 'kube-apiserver', { ownTicks: 100, commandLine: '--data /tmp/run/etcd' }),
      running(51, 'kube-apiserver', { ownTicks: 200, commandLine: '--data /tmp/other/etcd' }),
    ];

    const { seconds } = cpuSharesBetween(
      before,
      { processes, busyTicks: 300, idleTicks: 0, stolenTicks: 0 },
      measured,
    );

    expect(seconds).toEqual({ 'other processes': 2, 'kube-apiserver': 1, 'all else': 0 });
  });
});

describe('the times of a process', () => {
  it('are read whatever its name is', () => {
    const text = '77 (a) b (c) S 5 77 77 0 -1 4194560 9 0 0 0 11 22 33 44 20 0 1 0 999';

    expect(parseTimes(text)).toEqual({
      ...{ pid: 77, parentPid: 5, name: 'a) b (c', ownTicks: 33, childTicks: 77 },
    });
  });

  it('of all processors have idle ones apart', () => {
    expect(parseCpuLine('cpu  10 1 20 1000 5 0 3 2 0 0\ncpu0 1')).toEqual({
      idleTicks: 1005,
      busyTicks: 34,
      stolenTicks: 2,
    });
  });
});
