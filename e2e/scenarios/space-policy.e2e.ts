import { describe, expect, it } from '@jest/globals';
import { askFor } from '../growth.ts';
import { useStage } from '../stage.ts';

/** The pool has 2 GiB, of which ZFS keeps a little. */
const stage = useStage({
  classes: [{ name: 'thick' }, { name: 'thin', reserveSpace: false }],
  env: { ZFS_MAX_OVERCOMMIT: '2', ZFS_MAX_POOL_FULLNESS: '90' },
});

async function limitsOf(dataset: string) {
  return (await stage().host.datasets('refquota', 'quota', 'refreservation')).get(dataset);
}

async function untilRefused(name: string, className: string, size: string): Promise<string> {
  await stage().createClaim({ name, className, size });
  const { message } = await stage().untilEvent(name, 'ProvisioningFailed');
  expect((await stage().claim(name))?.status?.phase).toBe('Pending');
  return message;
}

/** How many bytes an event says are missing. */
function missingIn(message: string): number {
  return Number(/Missing: [^(]*\((\d+) bytes\)/.exec(message)?.[1]);
}

describe('a quota', () => {
  it.each([
    ['refquota', { refquota: '67108864', quota: '0' }],
    ['quota', { refquota: '0', quota: '67108864' }],
    ['both', { refquota: '67108864', quota: '67108864' }],
  ])('counts what the class says: %s', async (quota, expected) => {
    await stage().createClass(quota, { parameters: { quota } });

    const volume = await stage().provision({ name: quota, className: quota });

    const limits = await limitsOf(stage().datasetOf(volume));
    expect(limits).toEqual({ ...expected, refreservation: '67108864' });
    await stage().deleteClaim(quota);
    await stage().untilVolumeGone(volume.metadata.name);
  });
});

describe('space that was promised too often', () => {
  it('is not promised again: the claim is told how much is missing, and waits for it', async () => {
    const before = await stage().datasetNames();
    const first = await stage().provision({ name: 'first', className: 'thin', size: '3Gi' });

    const message = await untilRefused('second', 'thin', '1Gi');

    expect(message).toContain('more than 2 times its');
    expect(missingIn(message)).toBeGreaterThan(0);
    expect(missingIn(message)).toBeLessThan(1024 ** 3);
    expect(await stage().datasetNames()).toEqual([...before, stage().datasetOf(first)]);

    await askFor(stage(), 'first', '4Gi');
    const { message: refused } = await stage().untilEvent('first', 'VolumeResizeFailed');
    expect(refused).toContain('more than 2 times its');
    await expect(limitsOf(stage().datasetOf(first))).resolves.toMatchObject({
      refquota: `${3 * 1024 ** 3}`,
    });

    await stage().deleteClaim('first');
    await stage().untilVolumeGone(first.metadata.name);
    await stage().nudgeClaim('second');
    const second = await stage().untilBound('second');
    await stage().deleteClaim('second');
    await stage().untilVolumeGone(second.metadata.name);
  });
});

describe('a pool that is to stay free in part', () => {
  it('gives no volume that would fill it further', async () => {
    const before = await stage().datasetNames();

    const message = await untilRefused('large', 'thick', '1.9Gi');

    expect(message).toContain('new volumes are refused above 90 %');
    expect(missingIn(message)).toBeGreaterThan(0);
    expect(await stage().datasetNames()).toEqual(before);
    await stage().deleteClaim('large');
  });
});

describe('a reservation that there is no room for', () => {
  it('is refused before anything is made, with what is missing', async () => {
    const parentDataset = await stage().host.createByHand('boxed', { quota: '100M' });
    await stage().createClass('boxed', { parameters: { parentDataset } });
    const before = await stage().datasetNames();

    const message = await untilRefused('boxed', 'boxed', '150Mi');

    expect(message).toContain('out of space');
    expect(message).toMatch(
      /150 MiB \(157286400 bytes\) are to be reserved: 50\.\d+ MiB \(\d+ bytes\) are missing/,
    );
    expect(await stage().datasetNames()).toEqual(before);
  });
});
