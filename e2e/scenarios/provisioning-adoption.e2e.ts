import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { eventually } from '../bench/eventually.ts';
import { stateOf, writeFileInto } from '../dataset-state.ts';
import { useStage } from '../stage.ts';
import { createWaitingClaim, selectNode } from '../waiting-claims.ts';

const stage = useStage({
  classes: [{ name: 'waiting', volumeBindingMode: 'WaitForFirstConsumer' }],
});

const instanceKey = 'io.kubernetes.pv.zfs:managed_by';
const clusterKey = 'zfs-provisioner.io:cluster';
const volumeKey = 'zfs-provisioner.io:volume';
const instance = 'pv.kubernetes.io/zfs';

let cluster: string;

beforeAll(async () => {
  const query = ['get', 'namespace', 'kube-system', '-o', 'jsonpath={.metadata.uid}'];
  cluster = await stage().bench.kubectl(...query);
});

afterEach(() => {
  stage().host.faults.clear();
});

/** What an attempt of ours writes on a dataset first of all. */
function identityOf(volume: string): Record<string, string> {
  return { [instanceKey]: instance, [clusterKey]: cluster, [volumeKey]: volume };
}

describe('a dataset that an attempt of ours left', () => {
  it.each<[string, (volume: string) => Record<string, string>]>([
    ['with no limits, not shared', identityOf],
    ['with a smaller quota', (volume) => ({ ...identityOf(volume), refquota: '1M' })],
    [
      'with a greater quota and reservation',
      (volume) => ({ ...identityOf(volume), refquota: '96M', refreservation: '96M' }),
    ],
    ['shared with others', (volume) => ({ ...identityOf(volume), sharenfs: 'rw=@192.0.2.0/24' })],
    ['by the classic provisioner', () => ({ [instanceKey]: instance, refquota: '64M' })],
  ])('%s is adopted and mended', async (left, properties) => {
    const { host, provisioner } = stage();
    const name = left.replaceAll(/\W+/g, '-');
    const volumeName = await createWaitingClaim(stage(), { name, className: 'waiting' });
    const dataset = await host.createByHand(volumeName, properties(volumeName));
    const file = await writeFileInto(host, dataset);
    const { guid } = await stateOf(host, dataset);

    await selectNode(stage(), name, 'node-1');
    await stage().untilBound(name, 45_000);

    expect(await stateOf(host, dataset)).toMatchObject({
      guid,
      mounted: 'yes',
      refquota: '67108864',
      sharenfs: 'on',
      isExported: true,
    });
    const written = ['refreservation', ...Object.keys(identityOf(volumeName))];
    expect((await host.datasets(...written)).get(dataset)).toEqual({
      refreservation: '67108864',
      ...identityOf(volumeName),
    });
    expect(readFileSync(file, 'utf8')).toBe('x'.repeat(16));
    expect(provisioner.log).toContainEqual(
      expect.objectContaining({ msg: 'volume provisioned', volume: volumeName, adopted: true }),
    );
  });

  it('is mounted and shared when it was neither', async () => {
    const { host } = stage();
    const volumeName = await createWaitingClaim(stage(), { name: 'dark', className: 'waiting' });
    const properties = { ...identityOf(volumeName), sharenfs: 'on' };
    const dataset = await host.createByHand(volumeName, properties);
    await host.zfs('unmount', dataset);
    expect(
      host
        .exports()
        .map(({ mountpoint }) => mountpoint)
        .join(),
    ).not.toContain(volumeName);

    await selectNode(stage(), 'dark', 'node-1');
    await stage().untilBound('dark', 45_000);

    expect(await stateOf(host, dataset)).toMatchObject({ mounted: 'yes', isExported: true });
  });
});

describe('a dataset of that name that is not provably ours', () => {
  it.each<[string, (volume: string) => Record<string, string>]>([
    ['made by hand', () => ({ refquota: '1M' })],
    ['of another instance', (volume) => ({ ...identityOf(volume), [instanceKey]: 'other/zfs' })],
    ['of another cluster', (volume) => ({ ...identityOf(volume), [clusterKey]: 'another' })],
    ['of another volume', (volume) => ({ ...identityOf(volume), [volumeKey]: 'pvc-other' })],
  ])('%s is left as it is, and the claim says so', async (owner, properties) => {
    const { host } = stage();
    const name = owner.replaceAll(/\W+/g, '-');
    const volumeName = await createWaitingClaim(stage(), { name, className: 'waiting' });
    const dataset = await host.createByHand(volumeName, properties(volumeName));
    await writeFileInto(host, dataset);
    const before = await stateOf(host, dataset);

    await selectNode(stage(), name, 'node-1');
    const { message } = await stage().untilEvent(name, 'ProvisioningFailed');

    expect(message).toContain(`${dataset} on storage-1 is left alone`);
    expect(message).toContain('Rename or remove it');
    expect(await stateOf(host, dataset)).toEqual(before);
    expect(await stage().volume(volumeName)).toBeUndefined();

    await host.zfs('destroy', dataset);
    await stage().nudgeClaim(name);
    await stage().untilBound(name, 45_000);
  });

  it('is not taken for ours because its parent carries our properties', async () => {
    const { host } = stage();
    const parentDataset = `${host.pool}/marked`;
    const volumeBindingMode = 'WaitForFirstConsumer';
    await stage().createClass('marked', { volumeBindingMode, parameters: { parentDataset } });
    const volumeName = await createWaitingClaim(stage(), { name: 'marked', className: 'marked' });
    const assignments = Object.entries(identityOf(volumeName)).map(([k, v]) => `${k}=${v}`);
    await host.zfs('create', ...assignments.flatMap((each) => ['-o', each]), parentDataset);
    const dataset = `${parentDataset}/${volumeName}`;
    await host.zfs('create', dataset);
    const before = await stateOf(host, dataset);

    await selectNode(stage(), 'marked', 'node-1');
    const { message } = await stage().untilEvent('marked', 'ProvisioningFailed', 'left alone');

    expect(message).toContain('(inherited');
    expect(await stateOf(host, dataset)).toEqual(before);
  });
});

describe('a dataset that was created, but', () => {
  const notShared = {
    verb: 'create',
    exitCode: 1,
    stderr: 'filesystem successfully created, but not shared\n',
    afterRunning: true,
    withoutShare: true,
  };

  async function start(name: string): Promise<{ volumeName: string; dataset: string }> {
    const volumeName = await createWaitingClaim(stage(), { name, className: 'waiting' });
    await selectNode(stage(), name, 'node-1');
    return { volumeName, dataset: `${stage().host.parentDataset}/${volumeName}` };
  }

  it('not shared is shared before it is handed out', async () => {
    const { host } = stage();
    host.faults.failNext(notShared);

    const { dataset } = await start('not-shared');
    await stage().untilBound('not-shared');

    expect(await stateOf(host, dataset)).toMatchObject({ sharenfs: 'on', isExported: true });
  });

  it('cannot be shared at all is taken away again, and the claim says why', async () => {
    const { host } = stage();
    host.faults.failNext({ ...notShared, count: 'always' });
    host.faults.failNext({
      verb: 'share',
      exitCode: 1,
      stderr: 'cannot share it: no NFS server here\n',
      count: 'always',
    });

    const { volumeName, dataset } = await start('unshareable');
    const { message } = await stage().untilEvent(
      'unshareable',
      'ProvisioningFailed',
      'no NFS server here',
    );

    expect(message).toContain('What this attempt had changed was undone');
    expect(await stage().volume(volumeName)).toBeUndefined();
    host.faults.clear();
    await stage().untilBound('unshareable');
    expect(await stateOf(host, dataset)).toMatchObject({ isExported: true });
  });

  it('lost its mount is taken away again, and the claim says why', async () => {
    const { host } = stage();
    host.faults.delayNext({ verb: 'create', seconds: 2.5, when: 'after' });

    const { volumeName, dataset } = await start('unmounted');
    await eventually('it is mounted', async () => (await stateOf(host, dataset)).mounted === 'yes');
    await host.zfs('unmount', dataset);
    const { message } = await stage().untilEvent('unmounted', 'ProvisioningFailed');

    expect(message).toContain('its mounted is "no"');
    expect(await stage().datasetNames()).not.toContain(dataset);
    expect(await stage().volume(volumeName)).toBeUndefined();
    await stage().nudgeClaim('unmounted');
    await stage().untilBound('unmounted');
    expect(await stateOf(host, dataset)).toMatchObject({ mounted: 'yes', isExported: true });
  });
});
