import { beforeAll, describe, expect, it } from '@jest/globals';
import { statSync } from 'node:fs';
import { runAlone } from '../bench/machine/zfs-fuse.ts';
import { mountpointOf } from '../dataset-state.ts';
import { useStage } from '../stage.ts';
import { createWaitingClaim, selectNode } from '../waiting-claims.ts';

const owned = { uid: '1000', gid: '2000', mode: '2770' };

const stage = useStage({ classes: [{ name: 'plain' }] });

beforeAll(async () => {
  await stage().createClass('owned', { parameters: owned });
  await stage().createClass('group', { parameters: { gid: '3000' } });
});

/** Owner, group and mode, `1000 2000 2770`. */
function rightsOf(path: string): string {
  const { uid, gid, mode } = statSync(path);
  return `${uid} ${gid} ${(mode & 0o7777).toString(8)}`;
}

describe('the owner of a volume', () => {
  it('is what its class says, and pods get its group', async () => {
    const volume = await stage().provision({ name: 'owned', className: 'owned' });

    expect(rightsOf(await mountpointOf(stage().host, stage().datasetOf(volume)))).toBe(
      '1000 2000 2770',
    );
    expect(volume.metadata.annotations).toMatchObject({ 'pv.beta.kubernetes.io/gid': '2000' });
  });

  it('may be a group alone, with the mode of the setting', async () => {
    const volume = await stage().provision({ name: 'group', className: 'group' });

    expect(rightsOf(await mountpointOf(stage().host, stage().datasetOf(volume)))).toBe(
      '0 3000 775',
    );
  });

  it('is root where the class says nothing, as ever', async () => {
    const volume = await stage().provision({ name: 'plain', className: 'plain' });

    expect(rightsOf(await mountpointOf(stage().host, stage().datasetOf(volume)))).toBe('0 0 775');
    expect(volume.metadata.annotations).not.toHaveProperty(['pv.beta.kubernetes.io/gid']);
  });

  it('takes one remote command with all the rest', async () => {
    const { log } = stage().host.ssh;
    const mark = log.mark();

    await stage().provision({ name: 'once', className: 'owned' });

    expect(log.execsSince(mark)).toBe(1);
  });

  it('must be numbers: names and wrong modes are told at once, and nothing is made', async () => {
    const before = await stage().datasetNames();
    const parameters = { uid: 'bob', gid: '-1', mode: '9' };
    await stage().createClass('wrong', { parameters });

    await stage().createClaim({ name: 'wrong', className: 'wrong' });
    const { message } = await stage().untilEvent('wrong', 'ProvisioningFailed');

    for (const [name, value] of Object.entries(parameters)) {
      expect(message).toContain(`parameter ${name} "${value}"`);
    }
    expect(await stage().datasetNames()).toEqual(before);
  });
});

describe('the directory that a dataset is mounted on', () => {
  it('is not changed in its stead: what is not proven to be the dataset is given to nobody', async () => {
    const { host } = stage();
    const before = await stage().datasetNames();
    host.faults.failNext({
      verb: 'list',
      match: 'pvc-',
      exitCode: 1,
      stderr: 'not a ZFS filesystem',
    });

    await stage().createClaim({ name: 'hidden', className: 'owned' });
    const { message } = await stage().untilEvent('hidden', 'ProvisioningFailed');

    expect(message).toContain('is not its root directory');
    expect(message).toContain('What this attempt had changed was undone');
    expect(await stage().datasetNames()).toEqual(before);
    expect(rightsOf(await mountpointOf(host, host.parentDataset))).toBe('0 0 755');

    await stage().nudgeClaim('hidden');
    await stage().untilBound('hidden', 45_000);
  });

  it('is not changed either where something else is mounted over the dataset', async () => {
    const { host } = stage();
    const volumeBindingMode = 'WaitForFirstConsumer';
    await stage().createClass('waiting', { parameters: owned, volumeBindingMode });
    const volumeName = await createWaitingClaim(stage(), { name: 'over', className: 'waiting' });
    const namespace = ['get', 'namespace', 'kube-system', '-o', 'jsonpath={.metadata.uid}'];
    const dataset = await host.createByHand(volumeName, {
      'io.kubernetes.pv.zfs:managed_by': 'pv.kubernetes.io/zfs',
      'zfs-provisioner.io:cluster': await stage().bench.kubectl(...namespace),
      'zfs-provisioner.io:volume': volumeName,
    });
    const path = await mountpointOf(host, dataset);
    await runAlone('mount', ['-t', 'tmpfs', '-o', 'mode=0711', 'tmpfs', path]);
    try {
      await selectNode(stage(), 'over', 'node-1');
      await stage().untilEvent('over', 'ProvisioningFailed', 'is not its root directory', 45_000);
      expect(rightsOf(path)).toBe('0 0 711');
    } finally {
      await runAlone('umount', [path]);
    }
    expect(rightsOf(path)).toBe('0 0 755');

    await stage().nudgeClaim('over');
    await stage().untilBound('over', 45_000);
    expect(rightsOf(path)).toBe('1000 2000 2770');
  });
});
