import { afterEach, describe, expect, it } from '@jest/globals';
import { mountpointOf, stateOf, writeFileInto } from '../dataset-state.ts';
import type { FailureFault } from '../bench/storage-host/faults.ts';
import { useStage } from '../stage.ts';

const stage = useStage({
  nodes: ['storage-1'],
  // A verb waits for what is busy as long as a third of its limit.
  env: { ZFS_USAGE_INTERVAL: '1h', ZFS_OP_TIMEOUT: '10s' },
  classes: [{ name: 'nfs' }, { name: 'hostpath', type: 'hostpath' }],
});

afterEach(() => {
  stage().host.faults.clear();
});

/** A volume with a file in it. */
async function provision(name: string, className = 'nfs') {
  const volume = await stage().provision({ name, className });
  const dataset = stage().datasetOf(volume);
  await writeFileInto(stage().host, dataset);
  return { name: volume.metadata.name, dataset };
}

/** A process on the host that keeps the mount busy; resolves with what ends it. */
async function occupy(dataset: string): Promise<() => Promise<void>> {
  const { host } = stage();
  return host.occupy(await mountpointOf(host, dataset));
}

describe('a dataset that is in use on the host', () => {
  it.each([
    ['without snapshots', 'busy-plain', 'nfs', []],
    ['with snapshots', 'busy-snapshots', 'nfs', ['monday', 'tuesday']],
    ['that is not shared', 'busy-hostpath', 'hostpath', ['monday']],
  ])(
    '%s stays as it was, and goes by itself when it is let go',
    async (_case, claim, className, snapshots) => {
      const { host } = stage();
      const { name, dataset } = await provision(claim, className);
      for (const snapshot of snapshots) await host.snapshot(dataset, snapshot);
      const release = await occupy(dataset);
      const before = await stateOf(host, dataset);
      expect(before).toMatchObject({ mounted: 'yes', isExported: className === 'nfs' });
      try {
        await stage().deleteClaim(claim);
        const { message } = await stage().untilEvent(name, 'VolumeFailedDelete', 'busy');

        expect(message).toContain(dataset);
        expect(await stateOf(host, dataset)).toEqual(before);
        expect(await stage().volume(name)).toMatchObject({ status: { phase: 'Released' } });
      } finally {
        await release();
      }
      await stage().untilVolumeGone(name);
      expect(await stage().datasetNames()).not.toContain(dataset);
      await stage().untilEvent(name, 'VolumeDelete', 'destroyed');
    },
  );
});

describe('a destroy that fails', () => {
  const failure = { exitCode: 1, stderr: 'cannot do it: the moon is full\n' };

  it.each<[string, FailureFault]>([
    ['when the dataset is read', { verb: 'get', match: 'mountpoint', ...failure }],
    ['when dependents are listed', { verb: 'list', ...failure }],
    ['when holds are read', { verb: 'get', match: 'userrefs', ...failure }],
    ['when it is unmounted', { verb: 'unmount', ...failure }],
    ['when its snapshots are destroyed', { verb: 'destroy', match: '@%', ...failure }],
  ])('%s leaves all as it was, snapshots included, and is repeated', async (step, fault) => {
    const { host } = stage();
    const claim = step.replaceAll(' ', '-');
    const { name, dataset } = await provision(claim);
    await host.snapshot(dataset, 'monday');
    const before = await stateOf(host, dataset);

    host.faults.failNext({ ...fault, count: 'always' });
    await stage().deleteClaim(claim);
    const { message } = await stage().untilEvent(name, 'VolumeFailedDelete', 'the moon is full');

    expect(message).toContain(`${dataset} on storage-1`);
    expect(await stateOf(host, dataset)).toEqual(before);
    host.faults.clear();
    await stage().untilVolumeGone(name);
    expect(await stage().datasetNames()).not.toContain(dataset);
  });

  it('at its last step leaves a dataset without snapshots as it was', async () => {
    const { host } = stage();
    const { name, dataset } = await provision('last-step');
    const before = await stateOf(host, dataset);

    host.faults.failNext({ verb: 'destroy', count: 'always', ...failure });
    await stage().deleteClaim('last-step');
    const { message } = await stage().untilEvent(name, 'VolumeFailedDelete', 'the moon is full');

    expect(message).toContain('mounted and shared as before');
    expect(await stateOf(host, dataset)).toEqual(before);
    host.faults.clear();
    await stage().untilVolumeGone(name);
  });

  it('after its snapshots went says so, and leaves it mounted and shared with its files', async () => {
    const { host } = stage();
    const { name, dataset } = await provision('snapshots-went');
    await writeFileInto(host, dataset, 100_000);
    await host.snapshot(dataset, 'monday');
    await writeFileInto(host, dataset, 50_000);
    await host.snapshot(dataset, 'tuesday');
    const before = await stateOf(host, dataset);

    host.faults.failNext({ verb: 'destroy', match: '[^%]$', count: 'always', ...failure });
    await stage().deleteClaim('snapshots-went');
    const { message } = await stage().untilEvent(name, 'VolumeFailedDelete', 'the moon is full');

    expect(message).toContain('Its snapshots are gone');
    expect(await stateOf(host, dataset)).toEqual({ ...before, snapshots: [] });
    host.faults.clear();
    await stage().untilVolumeGone(name);
  });

  it('for want of rights says what to do', async () => {
    const { host } = stage();
    const { name, dataset } = await provision('no-rights');
    const stderr = `cannot destroy '${dataset}': permission denied\n`;
    const before = await stateOf(host, dataset);

    host.faults.failNext({ verb: 'destroy', exitCode: 1, stderr });
    await stage().deleteClaim('no-rights');
    const { message } = await stage().untilEvent(name, 'VolumeFailedDelete', 'permission denied');

    expect(message).toContain('sudoers');
    expect(await stateOf(host, dataset)).toEqual(before);
    await stage().nudgeVolume(name);
    await stage().untilVolumeGone(name);
  });

  it('that says it failed, but did its work, is settled by looking again', async () => {
    const { host } = stage();
    const { name, dataset } = await provision('liar');

    host.faults.failNext({ verb: 'destroy', afterRunning: true, ...failure });
    await stage().deleteClaim('liar');
    await stage().untilVolumeGone(name);

    expect(await stage().datasetNames()).not.toContain(dataset);
  });
});

describe('a destroy whose line is cut', () => {
  it.each(['before', 'after'] as const)(
    '%s the dataset went is settled by looking again',
    async (when) => {
      const { host } = stage();
      const { name, dataset } = await provision(`cut-${when}`);

      host.faults.cutNext({ verb: 'destroy', when });
      await stage().deleteClaim(`cut-${when}`);
      await stage().untilVolumeGone(name);

      expect(await stage().datasetNames()).not.toContain(dataset);
      await stage().untilEvent(name, 'VolumeDelete');
    },
  );
});
