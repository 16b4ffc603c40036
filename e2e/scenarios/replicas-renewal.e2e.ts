import { describe, expect, it } from '@jest/globals';
import { leaseHolder, startPair, untilLeading } from '../replica-pair.ts';
import { useStage } from '../stage.ts';

const stage = useStage({ classes: [{ name: 'nfs' }], provisioner: false });

/** The same proportions as by default, faster. */
const lease = {
  ZFS_LEASE_DURATION: '4s',
  ZFS_LEASE_RENEW_DEADLINE: '2500ms',
  ZFS_LEASE_RETRY_PERIOD: '500ms',
};

describe('a leader that cannot renew its lease', () => {
  it('stops working and ends with exit code 1, and the other takes over once the API is back', async () => {
    const { leader, standby } = await startPair(stage(), lease);

    await stage().bench.controlPlane.stopApiServer();
    const stoppedAt = performance.now();
    const exit = await leader.exit;
    const exitMs = performance.now() - stoppedAt;

    expect(exit).toEqual({ exitCode: 1, signal: null });
    // Before anybody else may take the lease.
    expect(exitMs).toBeLessThan(4_000);
    const last = leader.log.findLast(({ level }) => level === 'fatal');
    expect(last).toMatchObject({ msg: 'process failed', err: { code: 'LEASE_LOST' } });
    expect(standby.hasExited).toBe(false);

    await stage().bench.controlPlane.startApiServer();
    await untilLeading(standby, 20_000);
    await stage().provision({ name: 'after-outage', className: 'nfs' });
    await standby.stop();
  }, 90_000);

  it('ends at once when another has taken it', async () => {
    const [replica, { api }] = [
      await stage().installation.start(lease),
      stage().bench.controlPlane,
    ];
    await untilLeading(replica);
    const path = `/apis/coordination.k8s.io/v1/namespaces/${stage().installation.namespace}/leases`;
    const name = stage().installation.env['ZFS_PROVISIONER_INSTANCE']?.replaceAll('/', '-') ?? '';
    const now = new Date().toISOString().replace('Z', '000Z');

    await api.call(`${path}/${name}`, {
      method: 'PATCH',
      body: { spec: { holderIdentity: 'somebody-else', renewTime: now, leaseDurationSeconds: 4 } },
    });

    expect(await replica.exit).toEqual({ exitCode: 1, signal: null });
    expect(await leaseHolder(stage())).toBe('somebody-else');
  }, 40_000);
});
