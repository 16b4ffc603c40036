import { describe, expect, it } from '@jest/globals';
import { eventually } from '../bench/eventually.ts';
import type { ProvisionerProcess } from '../bench/provisioner-process.ts';
import { createClaims, numbered, standingOf, unboundOf, untilAllBound } from '../many-claims.ts';
import type { ProcessFault } from '../process-levers.ts';
import { onSignal } from '../process-levers.ts';
import { useStage } from '../stage.ts';

const stage = useStage({ classes: [{ name: 'nfs' }], provisioner: false });

const claims: string[] = [];

/** Starts a replica that is at work on claims when the fault happens; resolves with it when it has ended. */
async function endedBy(
  fault: ProcessFault,
  names: readonly string[],
  nodeOptions: readonly string[] = [],
): Promise<ProvisionerProcess> {
  const replica = await stage().installation.start({
    ZFS_LEADER_ELECTION: 'false',
    NODE_OPTIONS: onSignal(fault, nodeOptions),
  });
  await replica.untilReady(20_000);
  const mark = stage().host.ssh.log.mark();
  stage().host.faults.delayNext({ verb: 'create', seconds: 0.5, when: 'after', count: 'always' });
  claims.push(...names);
  await createClaims(stage(), names, 'nfs');
  await eventually('it is at work', () => stage().host.ssh.log.execsSince(mark) > 3);
  process.kill(replica.pid, 'SIGUSR2');
  await eventually('it has ended', () => replica.hasExited, { timeoutMs: 30_000 });
  stage().host.faults.clear();
  return replica;
}

/** As the kubelet does. */
async function expectTheNextOneToFinish(): Promise<void> {
  const next = await stage().installation.start({ ZFS_LEADER_ELECTION: 'false' });
  await untilAllBound(stage(), claims);
  const standing = await standingOf(stage(), claims, stage().host);
  expect(standing.boundVolumes).toEqual(standing.wanted);
  expect(standing.datasets).toEqual(standing.wanted);
  await next.stop();
}

describe('a mistake in the process that nobody caught', () => {
  it.each([
    ['unhandled rejection', 'unhandled rejection', 'laid by the bench'],
    ['uncaught exception', 'uncaught exception', 'laid by the bench'],
    ['rejection with nothing', 'unhandled rejection', 'undefined'],
  ] as const)(
    'ends it with exit code 1 and one line that says why, and the next one goes on: %s',
    async (fault, origin, told) => {
      const names = numbered(fault.replaceAll(' ', '-'), 6);

      const replica = await endedBy(fault, names);

      expect(await replica.exit).toEqual({ exitCode: 1, signal: null });
      const fatal = replica.log.filter(({ level }) => level === 'fatal');
      expect(fatal).toHaveLength(1);
      expect(fatal[0]).toMatchObject({ msg: 'process failed', code: 'BUG', origin });
      expect(JSON.stringify(fatal[0]?.['err'])).toContain(told);
      expect(replica.log.at(-1)).toBe(fatal[0]);
      expect(replica.otherOutput).toEqual([]);
      expect(await unboundOf(stage(), names)).not.toEqual([]);
      await expectTheNextOneToFinish();
    },
    120_000,
  );
});

describe('a process that has no memory left', () => {
  it('is ended by Node with SIGABRT, which a pod shows as exit code 134, and nothing is lost', async () => {
    const names = numbered('out-of-memory', 6);

    const replica = await endedBy('out of memory', names, ['--max-old-space-size=160']);

    expect(await replica.exit).toEqual({ exitCode: null, signal: 'SIGABRT' });
    expect(replica.otherOutput.join('\n')).toContain('JavaScript heap out of memory');
    await expectTheNextOneToFinish();
  }, 120_000);
});
