import { describe, expect, it } from '@jest/globals';
import { provisionAsClassic } from '../classic-volume.ts';
import { askFor, growTo, limitsOf, untilCapacity } from '../growth.ts';
import { useStage } from '../stage.ts';

const stage = useStage({ classes: [{ name: 'nfs' }] });

const bytes = (mebibytes: number): string => String(mebibytes * 1024 * 1024);

describe('a volume of the classic provisioner', () => {
  it('grows with its reservation', async () => {
    const { name, dataset } = await provisionAsClassic(stage(), { claim: 'thick' });

    await growTo(stage(), 'thick', '96Mi');

    expect(await limitsOf(stage(), dataset)).toEqual({
      refquota: bytes(96),
      refreservation: bytes(96),
    });
    expect((await stage().volume(name))?.spec.capacity).toEqual({ storage: '96Mi' });
  });

  it('stays thin where it is thin', async () => {
    const { dataset } = await provisionAsClassic(stage(), {
      claim: 'thin',
      reservedBytes: 0,
      reserveSpace: 'false',
    });

    await growTo(stage(), 'thin', '96Mi');

    expect(await limitsOf(stage(), dataset)).toEqual({ refquota: bytes(96), refreservation: '0' });
  });

  it.each([
    ['thick', 64],
    ['thin', 0],
  ])(
    'of an early release, without the annotation, stays %s as its dataset is',
    async (kind, reserved) => {
      const claim = `early-${kind}`;
      const { dataset } = await provisionAsClassic(stage(), {
        claim,
        reservedBytes: reserved * 1024 * 1024,
        reserveSpace: null,
      });

      await growTo(stage(), claim, '96Mi');

      expect(await limitsOf(stage(), dataset)).toEqual({
        refquota: bytes(96),
        refreservation: bytes(reserved === 0 ? 0 : 96),
      });
    },
  );

  it('whose claim was never told of a growth is told now', async () => {
    // It raised the volume and lost the race for the claim: it saw nothing left to do ever after.
    const { name, dataset } = await provisionAsClassic(stage(), { claim: 'forgotten' });
    await stage().patchVolume(name, { spec: { capacity: { storage: '96Mi' } } });

    await growTo(stage(), 'forgotten', '96Mi');

    expect((await limitsOf(stage(), dataset)).refquota).toBe(bytes(96));
  });

  it('is left alone when its dataset is managed by another instance', async () => {
    const { dataset } = await provisionAsClassic(stage(), {
      claim: 'of-another',
      managedBy: 'zfs.example.com/other',
    });

    await askFor(stage(), 'of-another', '96Mi');
    await stage().untilEvent('of-another', 'VolumeResizeFailed', 'zfs.example.com/other');

    expect((await limitsOf(stage(), dataset)).refquota).toBe(bytes(64));
  });

  it('has no description written onto its dataset', async () => {
    const { dataset } = await provisionAsClassic(stage(), { claim: 'plain' });

    await growTo(stage(), 'plain', '96Mi');
    await untilCapacity(stage(), 'plain', '96Mi');

    const key = 'zfs-provisioner.io:size';
    expect((await stage().host.datasets(key)).get(dataset)).toEqual({ [key]: '-' });
  });
});
