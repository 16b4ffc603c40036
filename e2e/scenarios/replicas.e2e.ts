import { describe, expect, it } from '@jest/globals';
import { eventually } from '../bench/eventually.ts';
import { createClaims, numbered, untilAllBound } from '../many-claims.ts';
import { leaseHolder, metricOf, startPair, untilLeading } from '../replica-pair.ts';
import { useStage } from '../stage.ts';

const stage = useStage({ classes: [{ name: 'nfs' }], provisioner: false });

describe('two replicas', () => {
  it('are both ready while one of them leads and the other stands by', async () => {
    const { leader, standby } = await startPair(stage());

    expect((await standby.get('/readyz')).status).toBe(200);
    expect(await metricOf(leader, 'zfs_provisioner_leader')).toBe(1);
    expect(await metricOf(standby, 'zfs_provisioner_leader')).toBe(0);
    const identity = leader.log.find(({ msg }) => msg === 'leading')?.['identity'];
    expect(await leaseHolder(stage())).toBe(identity);
    await Promise.all([leader.stop(), standby.stop()]);
  }, 60_000);

  it('hand over in less than 5 s when the leader gets SIGTERM, which ends with exit code 0', async () => {
    const { leader, standby } = await startPair(stage());
    const names = numbered('handover', 12);
    await createClaims(stage(), names, 'nfs');

    const exiting = leader.stop();
    const leadingMs = await untilLeading(standby);

    expect(leadingMs).toBeLessThan(5_000);
    expect(await exiting).toEqual({ exitCode: 0, signal: null });
    await untilAllBound(stage(), names);
    await standby.stop();
  }, 60_000);

  it('replace a killed leader in less than 20 s', async () => {
    const { leader, standby } = await startPair(stage());

    await leader.kill();
    const leadingMs = await untilLeading(standby, 30_000);

    expect(leadingMs).toBeLessThan(20_000);
    await stage().provision({ name: 'after-kill', className: 'nfs' });
    await standby.stop();
    expect(await leaseHolder(stage())).toBe('');
  }, 80_000);
});

describe('SIGTERM', () => {
  it('lets a command that runs on the host end and writes its volume before the process goes', async () => {
    const replica = await stage().installation.start();
    await untilLeading(replica);
    await stage().provision({ name: 'connected', className: 'nfs' });
    const mark = stage().host.ssh.log.mark();
    stage().host.faults.delayNext({ verb: 'create', seconds: 1, when: 'after' });
    await stage().createClaim({ name: 'under-way', className: 'nfs' });
    while (stage().host.ssh.log.execsSince(mark) === 0) await new Promise(setImmediate);

    const exit = await replica.stop();

    expect(exit).toEqual({ exitCode: 0, signal: null });
    await stage().untilBound('under-way');
    expect(replica.log.filter(({ level }) => level === 'error' || level === 'warn')).toEqual([]);
  }, 40_000);

  it('ends a process whose host does not answer within the grace time, with exit code 0', async () => {
    const replica = await stage().installation.start({
      ZFS_SHUTDOWN_GRACE: '1s',
      ZFS_USAGE_INTERVAL: '1s',
    });
    await untilLeading(replica);
    await stage().provision({ name: 'before-frost', className: 'nfs' });
    await stage().host.ssh.pauseSessions();
    await stage().createClaim({ name: 'frozen', className: 'nfs' });
    // The create, and a survey of the host.
    await eventually('both are under way', async () =>
      /^zfs_provisioner_ssh_execs_running\{host="storage-1"\} 2$/m.test(await replica.metrics()),
    );

    const startedAt = performance.now();
    const exit = await replica.stop();

    await stage().host.ssh.resumeSessions();
    expect(exit).toEqual({ exitCode: 0, signal: null });
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(await leaseHolder(stage())).toBe('');
  }, 40_000);
});
