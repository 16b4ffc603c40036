import { beforeAll, describe, expect, it } from '@jest/globals';
import { useStage } from '../stage.ts';

const stage = useStage({ classes: [{ name: 'nfs' }], provisioner: false });

beforeAll(async () => {
  const { host, installation } = stage();
  await host.zfs('create', '-p', `${host.parentDataset}/team-a`);
  await host.zfs('create', `${host.parentDataset}-private`);
  const env = { ZFS_ALLOWED_PARENTS: `elsewhere/volumes, ${host.parentDataset}` };
  stage().provisioner = await installation.start(env);
  await stage().provisioner.untilReady();
});

async function createClassBelow(name: string, parentDataset: string): Promise<void> {
  await stage().createClass(name, { parameters: { parentDataset } });
}

describe('with ZFS_ALLOWED_PARENTS', () => {
  it.each([
    ['the pool above it', ''],
    ['a neighbour whose name begins alike', '/kubernetes-private'],
  ])('a class that names %s gets nothing', async (case_, below) => {
    const { pool, parentDataset } = stage().host;
    const name = case_.replaceAll(/\W+/g, '-');
    await createClassBelow(name, `${pool}${below}`);

    await stage().createClaim({ name, className: name });
    const { type, message } = await stage().untilEvent(name, 'ProvisioningFailed');

    expect(type).toBe('Warning');
    expect(message).toBe(
      `parameter parentDataset "${pool}${below}" is outside the allowed parents ` +
        `(elsewhere/volumes, ${parentDataset}; setting ZFS_ALLOWED_PARENTS)`,
    );
    const all = await stage().host.zfs('list', '-H', '-r', '-o', 'name', pool);
    expect(all).not.toContain(await stage().volumeNameFor(name));
  });

  it.each([
    ['one of them', ''],
    ['a dataset below one of them', '/team-a'],
  ])('a class that names %s gets volumes there, which can be deleted too', async (case_, below) => {
    const parent = `${stage().host.parentDataset}${below}`;
    const name = case_.replaceAll(/\W+/g, '-');
    await createClassBelow(name, parent);

    const volume = await stage().provision({ name, className: name });

    expect(stage().datasetOf(volume)).toBe(`${parent}/${volume.metadata.name}`);
    await stage().deleteClaim(name);
    await stage().untilVolumeGone(volume.metadata.name);
    expect(await stage().datasetNames()).not.toContain(stage().datasetOf(volume));
  });
});
