import { describe, expect, it } from '@jest/globals';
import { eventually } from '../bench/eventually.ts';
import { provisionAsClassic } from '../classic-volume.ts';
import { stateOf } from '../dataset-state.ts';
import { useStage } from '../stage.ts';

const ourFinalizer = 'external-provisioner.volume.kubernetes.io/finalizer';

const stage = useStage({
  env: { ZFS_USAGE_INTERVAL: '1h' },
  classes: [{ name: 'nfs' }],
});

describe('a volume of the classic provisioner', () => {
  it('gets our finalizer, and goes with its snapshots when its claim is deleted', async () => {
    const { host } = stage();
    const { name, dataset } = await provisionAsClassic(stage(), { claim: 'classic' });
    await host.snapshot(dataset, 'monday');
    await eventually('our finalizer is there', async () =>
      (await stage().volume(name))?.metadata.finalizers?.includes(ourFinalizer),
    );

    await stage().deleteClaim('classic');
    await stage().untilVolumeGone(name);

    expect(await stage().datasetNames()).not.toContain(dataset);
    await stage().untilEvent(name, 'VolumeDelete', 'destroyed');
  });

  it('keeps its snapshots when destroy-snapshots says false', async () => {
    const { host } = stage();
    const { name, dataset } = await provisionAsClassic(stage(), {
      claim: 'classic-guarded',
      destroySnapshots: false,
    });
    await host.snapshot(dataset, 'monday');
    const before = await stateOf(host, dataset);

    await stage().deleteClaim('classic-guarded');
    await stage().untilEvent(name, 'VolumeFailedDelete', '1 snapshot(s)');

    expect(await stateOf(host, dataset)).toEqual(before);
  });

  it('keeps everything when it is retained', async () => {
    const { host } = stage();
    const { name, dataset } = await provisionAsClassic(stage(), {
      claim: 'classic-kept',
      policy: 'Retain',
    });
    const before = await stateOf(host, dataset);

    await stage().deleteClaim('classic-kept');
    await eventually(
      'it is released',
      async () => (await stage().volume(name))?.status?.phase === 'Released',
    );
    const other = await stage().provision({ name: 'meanwhile', className: 'nfs' });
    await stage().deleteClaim('meanwhile');
    await stage().untilVolumeGone(other.metadata.name);

    expect(await stage().volume(name)).toBeDefined();
    expect(await stateOf(host, dataset)).toEqual(before);
  });

  it('keeps everything when its dataset is managed by another instance', async () => {
    const { host } = stage();
    const { name, dataset } = await provisionAsClassic(stage(), {
      claim: 'classic-of-another',
      managedBy: 'zfs.example.com/other',
    });
    const before = await stateOf(host, dataset);

    await stage().deleteClaim('classic-of-another');
    await stage().untilEvent(name, 'VolumeFailedDelete', 'zfs.example.com/other');

    expect(await stateOf(host, dataset)).toEqual(before);
  });
});
