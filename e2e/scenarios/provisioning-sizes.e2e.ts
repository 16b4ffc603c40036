import { afterEach, describe, expect, it } from '@jest/globals';
import { useStage } from '../stage.ts';

/** The pool has 2 GiB. */
const stage = useStage({
  classes: [{ name: 'thick' }, { name: 'thin', reserveSpace: false }],
});

afterEach(() => {
  stage().host.faults.clear();
});

async function limitsOf(dataset: string) {
  return (await stage().host.datasets('refquota', 'refreservation')).get(dataset);
}

async function remove(claim: string, volume: string): Promise<void> {
  await stage().deleteClaim(claim);
  await stage().untilVolumeGone(volume);
}

describe('the size of a volume', () => {
  it.each([
    ['1Mi', 1_048_576n],
    ['1.5Mi', 1_572_864n],
    ['67108865', 67_108_865n],
    ['64M', 64_000_000n],
    ['0.1Gi', 107_374_183n],
    ['5e7', 50_000_000n],
    ['50000000500m', 50_000_001n],
  ])('is exact: %s', async (size, bytes) => {
    const name = `size-${size.toLowerCase()}`;
    const volume = await stage().provision({ name, className: 'thick', size });
    const claim = await stage().claim(name);

    expect(await limitsOf(stage().datasetOf(volume))).toEqual({
      refquota: String(bytes),
      refreservation: String(bytes),
    });
    // The API server writes some quantities in another way; the volume's is the claim's, to the letter.
    expect(volume.spec.capacity).toEqual(claim?.spec.resources?.requests);
    expect(claim?.status?.capacity).toEqual(volume.spec.capacity);
  });

  it.each([
    ['1.5Gi', 1_610_612_736n],
    ['1e9', 1_000_000_000n],
    ['1536M', 1_536_000_000n],
    ['3T', 3_000_000_000_000n],
  ])('is exact without a reservation too: %s', async (size, bytes) => {
    const name = `thin-${size.toLowerCase()}`;
    const volume = await stage().provision({ name, className: 'thin', size });
    const claim = await stage().claim(name);

    expect(await limitsOf(stage().datasetOf(volume))).toEqual({
      refquota: String(bytes),
      refreservation: '0',
    });
    expect(volume.spec.capacity).toEqual(claim?.spec.resources?.requests);
  });
});

describe('a claim for more than the pool has', () => {
  it('is told so when it is thick, leaves nothing behind, and goes on once there is room', async () => {
    const first = await stage().provision({ name: 'first', className: 'thick', size: '1000Mi' });

    await stage().createClaim({ name: 'second', className: 'thick', size: '1100Mi' });
    const { type, message } = await stage().untilEvent('second', 'ProvisioningFailed');

    const name = await stage().volumeNameFor('second');
    const dataset = `${stage().host.parentDataset}/${name}`;
    expect(type).toBe('Warning');
    expect(message).toContain(`${dataset} on storage-1`);
    expect(message).toContain('out of space');
    expect(message).toContain('free space in the pool');
    expect(await stage().datasetNames()).not.toContain(dataset);
    expect(await stage().volume(name)).toBeUndefined();

    await remove('first', first.metadata.name);
    await stage().nudgeClaim('second');
    const second = await stage().untilBound('second');
    expect(await limitsOf(dataset)).toMatchObject({ refreservation: '1153433600' });
    await remove('second', second.metadata.name);
  });

  it('gets it when it is thin', async () => {
    const volume = await stage().provision({ name: 'huge', className: 'thin', size: '1Ti' });

    expect(await limitsOf(stage().datasetOf(volume))).toEqual({
      refquota: String(2n ** 40n),
      refreservation: '0',
    });
    await remove('huge', volume.metadata.name);
  });

  it('is told so when a quota above it is the limit', async () => {
    const { host } = stage();
    const parentDataset = `${host.pool}/limited`;
    await host.zfs('create', '-o', 'quota=32M', parentDataset);
    await stage().createClass('limited', { parameters: { parentDataset } });

    await stage().createClaim({ name: 'limited', className: 'limited' });
    const { message } = await stage().untilEvent('limited', 'ProvisioningFailed', 'out of space');

    expect(message).toContain('raise the quota of the parent');
    await host.zfs('set', 'quota=none', parentDataset);
    await stage().nudgeClaim('limited');
    await stage().untilBound('limited');
  });
});

describe('a thick volume whose creation was interrupted', () => {
  it('does not count its own reservation against its retry', async () => {
    const { host, provisioner } = stage();
    host.faults.cutNext({ verb: 'create', when: 'after' });

    const volume = await stage().provision({ name: 'cut', className: 'thick', size: '1200Mi' });

    const { name } = volume.metadata;
    const bytes = String(1200n * 2n ** 20n);
    expect(host.faults.pending).toBe(0);
    expect(await limitsOf(stage().datasetOf(volume))).toEqual({
      refquota: bytes,
      refreservation: bytes,
    });
    expect(provisioner.log).toContainEqual(
      expect.objectContaining({ msg: 'volume provisioned', volume: name, adopted: true }),
    );
  });
});
