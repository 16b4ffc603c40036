import { describe, expect, it } from '@jest/globals';
import { eventually } from '../bench/eventually.ts';
import { askFor, growTo, limitsOf, untilCapacity } from '../growth.ts';
import { useStage } from '../stage.ts';

const stage = useStage({ classes: [{ name: 'nfs' }, { name: 'other' }] });

const bytes = (mebibytes: number): string => String(mebibytes * 1024 * 1024);

/** A class whose parent dataset may hold so much, with all that is below it. */
async function createBoundedClass(name: string, quota: string): Promise<void> {
  const parentDataset = await stage().host.createByHand(name, { quota });
  await stage().createClass(name, { parameters: { parentDataset }, allowVolumeExpansion: true });
}

const untilInfeasible = (name: string): Promise<boolean> =>
  eventually(`claim ${name} is told that it cannot be`, async () => {
    const { allocatedResourceStatuses = {} } = (await stage().claim(name))?.status ?? {};
    return allocatedResourceStatuses['storage'] === 'ControllerResizeInfeasible';
  });

describe('a claim that asks for more than there is', () => {
  it('is told so, keeps what it has, and gets less at once when it asks for less', async () => {
    await createBoundedClass('bounded', '100M');
    const volume = await stage().provision({ name: 'greedy', className: 'bounded', size: '32Mi' });
    const dataset = stage().datasetOf(volume);

    await askFor(stage(), 'greedy', '1Gi');
    await untilInfeasible('greedy');
    await stage().untilEvent('greedy', 'VolumeResizeFailed', 'free space in the pool');

    const { status } = (await stage().claim('greedy')) ?? {};
    expect(status?.capacity).toEqual({ storage: '32Mi' });
    expect(status?.conditions).toContainEqual(
      expect.objectContaining({
        type: 'ControllerResizeError',
        status: 'True',
        message: expect.stringContaining('size is greater than available space') as unknown,
      }),
    );
    expect(await limitsOf(stage(), dataset)).toEqual({
      refquota: bytes(32),
      refreservation: bytes(32),
    });
    expect((await stage().volume(volume.metadata.name))?.spec.capacity).toEqual({
      storage: '32Mi',
    });

    const grown = await growTo(stage(), 'greedy', '48Mi');

    expect(grown.status?.conditions).toBeUndefined();
    expect(grown.status?.allocatedResourceStatuses).toBeUndefined();
    expect(await limitsOf(stage(), dataset)).toEqual({
      refquota: bytes(48),
      refreservation: bytes(48),
    });
  });

  it('gets it when there is room, as soon as it is looked at again', async () => {
    await createBoundedClass('crowded', '100M');
    await stage().provision({ name: 'patient', className: 'crowded', size: '32Mi' });
    await askFor(stage(), 'patient', '128Mi');
    await untilInfeasible('patient');

    await stage().host.zfs('set', 'quota=1G', `${stage().host.parentDataset}/crowded`);
    // A change of any class is a reason to look.
    await stage().deleteClass('other');

    const { status } = await untilCapacity(stage(), 'patient', '128Mi');
    expect(status?.conditions).toBeUndefined();
  });
});

describe('a growth that fails', () => {
  it('says why, and goes on by itself', async () => {
    const { host } = stage();
    const volume = await stage().provision({ name: 'hindered', className: 'nfs' });
    host.faults.failNext({ verb: 'set', match: 'refquota', exitCode: 1, stderr: 'not today' });

    await growTo(stage(), 'hindered', '96Mi');

    await stage().untilEvent('hindered', 'VolumeResizeFailed', 'not today');
    expect(await limitsOf(stage(), stage().datasetOf(volume))).toEqual({
      refquota: bytes(96),
      refreservation: bytes(96),
    });
  });

  it.each(['before', 'after'] as const)(
    'by a line that is cut %s the quota is raised is finished',
    async (when) => {
      const { host } = stage();
      const name = `cut-${when}`;
      const volume = await stage().provision({ name, className: 'nfs' });
      host.faults.cutNext({ verb: 'set', match: 'refquota', when });

      const claim = await growTo(stage(), name, '96Mi');

      expect(claim.status?.conditions).toBeUndefined();
      expect(await limitsOf(stage(), stage().datasetOf(volume))).toEqual({
        refquota: bytes(96),
        refreservation: bytes(96),
      });
    },
  );

  it('by edited annotations touches no dataset, and goes on when they are mended', async () => {
    const victim = await stage().provision({ name: 'victim', className: 'nfs' });
    const volume = await stage().provision({ name: 'misled', className: 'nfs' });
    const key = 'zfs.pv.kubernetes.io/zfs-dataset-path';
    const annotate = (dataset: string): Promise<void> =>
      stage().patchVolume(volume.metadata.name, { metadata: { annotations: { [key]: dataset } } });
    await annotate(stage().datasetOf(victim));

    await askFor(stage(), 'misled', '96Mi');
    await stage().untilEvent('misled', 'VolumeResizeFailed', 'nothing was changed on the host');
    expect((await limitsOf(stage(), stage().datasetOf(victim))).refquota).toBe(bytes(64));

    await annotate(stage().datasetOf(volume));
    await untilCapacity(stage(), 'misled', '96Mi');
    expect((await limitsOf(stage(), stage().datasetOf(volume))).refquota).toBe(bytes(96));
    expect((await limitsOf(stage(), stage().datasetOf(victim))).refquota).toBe(bytes(64));
  });
});
