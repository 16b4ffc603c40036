import { describe, expect, it } from '@jest/globals';
import { stateOf } from '../dataset-state.ts';
import { useStage } from '../stage.ts';

const stage = useStage({ classes: [{ name: 'nfs' }] });

/** A class whose volumes are below a dataset of their own, and a claim of it, all of that name. */
async function claimBelow(name: string, parentDataset: string): Promise<void> {
  await stage().createClass(name, { parameters: { parentDataset } });
  await stage().createClaim({ name, className: name });
}

describe('a parent on which volumes are of no use', () => {
  it.each([
    ['without a mountpoint', 'mountpoint=none', 'mountpoint is "none"', 'inherit mountpoint'],
    [
      'with a legacy mountpoint',
      'mountpoint=legacy',
      'mountpoint is "legacy"',
      'inherit mountpoint',
    ],
    ['that is read-only', 'readonly=on', '', 'set readonly=off'],
  ])(
    '%s gets no volume and keeps nothing; mended, the claim goes on',
    async (case_, property, why, cure) => {
      const { host } = stage();
      const name = case_.replaceAll(/\W+/g, '-');
      const parent = `${host.pool}/${name}`;
      await host.zfs('create', '-o', property, parent);

      await claimBelow(name, parent);
      const { type, message } = await stage().untilEvent(name, 'ProvisioningFailed', why);

      const volumeName = await stage().volumeNameFor(name);
      expect(type).toBe('Warning');
      expect(message).toContain(`${parent}/${volumeName} on storage-1`);
      expect(await host.zfs('list', '-H', '-o', 'name', '-r', parent)).toBe(`${parent}\n`);
      expect(await stage().volume(volumeName)).toBeUndefined();

      await host.zfs(...cure.split(' '), parent);
      await stage().nudgeClaim(name);
      const volume = await stage().untilBound(name);
      expect(await stateOf(host, stage().datasetOf(volume))).toMatchObject({
        mounted: 'yes',
        isExported: true,
      });
    },
  );

  it('does not exist: the claim says so, and goes on when it does', async () => {
    const { host } = stage();
    const parent = `${host.pool}/not/yet`;

    await claimBelow('missing', parent);
    const { message } = await stage().untilEvent('missing', 'ProvisioningFailed');

    expect(message).toContain('parent does not exist');
    expect(message).toContain('correct parentDataset in the StorageClass');
    await host.zfs('create', '-p', parent);
    await stage().nudgeClaim('missing');
    await stage().untilBound('missing');
  });

  it('is on a pool that the host does not have', async () => {
    await claimBelow('no-pool', 'nowhere/kubernetes');
    await stage().untilEvent('no-pool', 'ProvisioningFailed', 'import the pool');

    expect(await stage().volume(await stage().volumeNameFor('no-pool'))).toBeUndefined();
  });

  it('is on a pool that is not imported: nothing is made, and the claim goes on when it is', async () => {
    const { host } = stage();
    await host.exportPool();

    try {
      await stage().createClaim({ name: 'no-import', className: 'nfs' });
      const { message } = await stage().untilEvent('no-import', 'ProvisioningFailed');
      expect(message).toContain('import the pool');
    } finally {
      await host.importPool();
    }

    await stage().nudgeClaim('no-import');
    await stage().untilBound('no-import');
  });
});
