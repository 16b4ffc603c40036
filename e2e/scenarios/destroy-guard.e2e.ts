import { beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../bench/eventually.ts';
import type { ProvisionerProcess } from '../bench/provisioner-process.ts';
import { createClaims, deleteClaims, numbered, untilAllBound } from '../many-claims.ts';
import { metricOf, startPair, untilLeading } from '../replica-pair.ts';
import { useStage } from '../stage.ts';

const label = 'zfs-provisioner.io/destroy';
const heldMetric = 'zfs_provisioner_destroy_guard_held';
const env = { ZFS_MAX_DESTROYS_PER_MINUTE: '5', ZFS_USAGE_INTERVAL: '1h' };

const stage = useStage({ classes: [{ name: 'nfs' }], provisioner: false });

let leader: ProvisionerProcess;
let standby: ProvisionerProcess;

beforeAll(async () => {
  ({ leader, standby } = await startPair(stage(), env));
}, 60_000);

const kubectl = (...args: readonly string[]): Promise<string> => stage().bench.kubectl(...args);

async function heldVolumes(): Promise<readonly string[]> {
  const names = await kubectl('get', 'pv', '-l', `${label}=held`, '-o', 'name');
  return names
    .split('\n')
    .filter((name) => name !== '')
    .map((name) => name.replace('persistentvolume/', ''));
}

async function untilHeld(count: number): Promise<readonly string[]> {
  return eventually(`${count} volumes are held`, heldVolumes, {
    until: (names) => names.length === count,
    timeoutMs: 30_000,
  });
}

describe('a mass delete by mistake', () => {
  const names = numbered('mass', 20);

  it('20 volumes at once: five are destroyed, the rest waits untouched, and says what to do', async () => {
    const { host } = stage();
    await createClaims(stage(), names, 'nfs');
    await untilAllBound(stage(), names);
    const mark = host.ssh.log.mark();

    await deleteClaims(stage(), names);
    const held = await untilHeld(15);

    expect(await stage().datasetNames()).toHaveLength(15);
    expect(host.exports()).toHaveLength(15);
    expect(host.ssh.log.execsSince(mark)).toBe(5);
    const [first = ''] = held;
    const { type, message } = await stage().untilEvent(first, 'DestroyHeld');
    expect(type).toBe('Warning');
    expect(message).toContain('Nothing was destroyed: more than 5 volumes');
    expect(message).toContain(`kubectl label pv ${first} ${label}=confirmed --overwrite`);
    await eventually('every one of them is told', async () => {
      const told = await Promise.all(held.map((name) => stage().events(name)));
      return told.every((events) => events.filter((e) => e.reason === 'DestroyHeld').length === 1);
    });
    expect(await metricOf(leader, heldMetric)).toBe(15);
    expect(await metricOf(leader, 'zfs_provisioner_destroy_guard_trips_total')).toBe(1);
  });

  it('stops deletions that come later, whoever leads then', async () => {
    const { host } = stage();
    await stage().provision({ name: 'later', className: 'nfs' });
    await leader.kill();
    await untilLeading(standby, 40_000);
    await eventually(
      'the new leader knows',
      async () => (await metricOf(standby, heldMetric)) === 15,
    );
    const mark = host.ssh.log.mark();

    await stage().deleteClaim('later');
    await untilHeld(16);

    expect(await stage().datasetNames()).toHaveLength(16);
    // The survey of who has just begun to lead.
    expect(host.ssh.log.execsSince(mark)).toBeLessThanOrEqual(1);
  }, 90_000);

  it('the command of the event destroys one, the other keeps one, and the rest waits on', async () => {
    const [confirmed = '', kept = ''] = await heldVolumes();

    await kubectl('label', 'pv', confirmed, `${label}=confirmed`, '--overwrite');
    await stage().untilVolumeGone(confirmed);
    const policy = '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}';
    await kubectl('patch', 'pv', kept, '-p', policy);
    await eventually('one less waits', async () => (await metricOf(standby, heldMetric)) === 14);

    const datasets = await stage().datasetNames();
    expect(datasets).toHaveLength(15);
    expect(datasets).toContain(`${stage().host.parentDataset}/${kept}`);
    expect((await stage().volume(kept))?.metadata.finalizers ?? []).not.toContain(
      'external-provisioner.volume.kubernetes.io/finalizer',
    );
  });

  it('goes on once all of them are confirmed; then five a minute pass again', async () => {
    const again = await stage().provision({ name: 'again', className: 'nfs' });

    await kubectl('label', 'pv', '-l', `${label}=held`, `${label}=confirmed`, '--overwrite');
    await eventually('but for the kept one all are gone', async () => {
      const volumes = await stage().volumes();
      return volumes.length === 2;
    });
    await stage().deleteClaim('again');
    await stage().untilVolumeGone(again.metadata.name);

    expect(await stage().datasetNames()).toHaveLength(1);
    expect(await metricOf(standby, heldMetric)).toBe(0);
  });
});
