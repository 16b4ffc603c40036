import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../bench/eventually.ts';
import { mountpointOf, stateOf } from '../dataset-state.ts';
import { useStage } from '../stage.ts';

const stage = useStage({
  env: { ZFS_USAGE_INTERVAL: '1h' },
  classes: [{ name: 'nfs' }],
});

afterEach(() => {
  stage().host.faults.clear();
});

async function provision(name: string, className = 'nfs') {
  const volume = await stage().provision({ name, className });
  return { name: volume.metadata.name, dataset: stage().datasetOf(volume) };
}

/** zfs-fuse lets go of what it has just unmounted a moment later. */
async function rename(from: string, to: string): Promise<void> {
  await eventually(`${from} is renamed`, async () => {
    await stage().host.zfs('rename', from, to);
    return true;
  });
}

describe('a dataset that is gone already', () => {
  it('counts as deleted when its parent is there to be seen', async () => {
    const { host } = stage();
    const { name, dataset } = await provision('by-hand');
    await host.zfs('destroy', dataset);
    const mark = host.ssh.log.mark();

    await stage().deleteClaim('by-hand');
    await stage().untilVolumeGone(name);

    const { message } = await stage().untilEvent(name, 'VolumeDelete');
    expect(message).toContain('absent');
    expect(host.ssh.log.execsSince(mark)).toBe(1);
  });

  it('does not count while its parent is gone, nor when another took the place of the parent', async () => {
    const { host } = stage();
    const parentDataset = `${host.pool}/second`;
    await host.zfs('create', parentDataset);
    await stage().installation.applyClasses([{ name: 'second', parentDataset }]);
    const { name, dataset } = await provision('moved', 'second');
    await rename(parentDataset, `${host.pool}/away`);

    await stage().deleteClaim('moved');
    await stage().untilEvent(name, 'VolumeFailedDelete', 'does not exist');
    await host.zfs('create', parentDataset);
    await stage().nudgeVolume(name);
    await stage().untilEvent(name, 'VolumeFailedDelete', 'its parent is not the one');

    expect(await stage().volume(name)).toMatchObject({ status: { phase: 'Released' } });
    await host.zfs('destroy', parentDataset);
    await rename(`${host.pool}/away`, parentDataset);
    await expect(stateOf(host, dataset)).resolves.toMatchObject({ mounted: 'yes' });
    await stage().nudgeVolume(name);
    await stage().untilVolumeGone(name);
    await expect(mountpointOf(host, dataset)).rejects.toThrow('does not exist');
  });
});

describe('a dataset that only seems to be gone', () => {
  it('does not count while its pool is not imported; afterwards it is destroyed', async () => {
    const { host } = stage();
    const { name, dataset } = await provision('exported');
    await host.exportPool();
    try {
      await stage().deleteClaim('exported');
      const told = await stage().untilEvent(name, 'VolumeFailedDelete', 'does not exist');

      expect(told.message).toContain('import the pool');
      expect(await stage().volume(name)).toMatchObject({ status: { phase: 'Released' } });
    } finally {
      await host.importPool();
    }
    await expect(stateOf(host, dataset)).resolves.toMatchObject({ mounted: 'yes' });
    await stage().nudgeVolume(name);
    await stage().untilVolumeGone(name);
    await expect(mountpointOf(host, dataset)).rejects.toThrow('does not exist');
    await stage().untilEvent(name, 'VolumeDelete', 'destroyed');
  });

  const gone = (name: string): string => `cannot open '${name}': dataset does not exist\n`;

  it.each<[string, number, (dataset: string) => string]>([
    ['the zfs program is missing', 127, () => 'sh: 1: zfs: not found\n'],
    ['zfs is missing and the text says it is gone', 127, gone],
    ['sudo does not find zfs', 1, () => 'sudo: zfs: command not found\n'],
    ['zfs may not be run', 126, () => 'sh: 1: zfs: Permission denied\n'],
    ['zfs ended by a signal', 137, gone],
    ['zfs complains of its usage', 2, gone],
    ['zfs says it of another dataset', 1, (dataset) => gone(`${dataset}0`)],
    ['zfs says it in passing', 1, (dataset) => `warning: ${gone(dataset)}`],
    ['the kernel module is not loaded', 1, () => 'The ZFS modules are not loaded.\n'],
    ['zfs says nothing at all', 1, () => ''],
  ])('does not count when %s', async (why, exitCode, stderrOf) => {
    const { host } = stage();
    const claim = why.replaceAll(' ', '-');
    const { name, dataset } = await provision(claim);
    const before = await stateOf(host, dataset);

    const stderr = stderrOf(dataset);
    host.faults.failNext({ verb: 'get', match: dataset, exitCode, stderr, count: 'always' });
    await stage().deleteClaim(claim);
    const { message } = await stage().untilEvent(name, 'VolumeFailedDelete');

    expect(message).toContain(`${dataset} on storage-1`);
    expect(await stateOf(host, dataset)).toEqual(before);
    expect(await stage().volume(name)).toMatchObject({ status: { phase: 'Released' } });
    host.faults.clear();
    await stage().nudgeVolume(name);
    await stage().untilVolumeGone(name);
    await expect(mountpointOf(host, dataset)).rejects.toThrow('does not exist');
  });

  it('does not count when ZFS_BIN names a program that the host does not have', async () => {
    const { host, installation } = stage();
    const { name, dataset } = await provision('no-zfs');
    const before = await stateOf(host, dataset);
    await stage().provisioner.stop();
    const lost = await installation.start({ ZFS_BIN: '/opt/zfs-of-tomorrow/bin/zfs' });

    await stage().deleteClaim('no-zfs');
    const { message } = await stage().untilEvent(name, 'VolumeFailedDelete', 'exit code 127');

    expect(message).toContain('ZFS_BIN');
    expect(await stateOf(host, dataset)).toEqual(before);
    await lost.stop();
    await installation.start();
    await stage().untilVolumeGone(name);
    await expect(mountpointOf(host, dataset)).rejects.toThrow('does not exist');
  });
});
