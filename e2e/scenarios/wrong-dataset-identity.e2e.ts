import { describe, expect, it } from '@jest/globals';
import { stateOf, writeFileInto } from '../dataset-state.ts';
import type { StorageHost } from '../bench/storage-host/storage-host.ts';
import { untilRefused } from '../refused-deletion.ts';
import { useStage } from '../stage.ts';

const instance = 'io.kubernetes.pv.zfs:managed_by';
const cluster = 'zfs-provisioner.io:cluster';
const volumeKey = 'zfs-provisioner.io:volume';
const notOwned = (text: string) => ({ code: 'DATASET_NOT_OWNED', text });

const stage = useStage({
  env: { ZFS_USAGE_INTERVAL: '1h' },
  classes: [{ name: 'nfs' }],
});

type Tamper = (host: StorageHost, dataset: string) => Promise<unknown>;

async function valueOf(host: StorageHost, property: string, dataset: string): Promise<string> {
  return (await host.zfs('get', '-H', '-o', 'value', property, dataset)).trim();
}

/** Properties that are on the dataset are moved to its parent, from where it inherits them. */
const moveToParent =
  (...keys: readonly string[]): Tamper =>
  async (host, dataset) => {
    for (const key of keys) {
      await host.zfs('set', `${key}=${await valueOf(host, key, dataset)}`, host.parentDataset);
      await host.zfs('inherit', key, dataset);
    }
  };

const set =
  (assignment: string): Tamper =>
  (host, dataset) =>
    host.zfs('set', assignment, dataset);

const remake =
  (properties: Readonly<Record<string, string>>): Tamper =>
  async (host, dataset) => {
    await host.zfs('destroy', dataset);
    await host.createByHand(dataset.split('/').at(-1) ?? '', properties);
  };

describe('a dataset that has the name of the volume', () => {
  const cases: readonly [string, Tamper][] = [
    ['was made anew by hand', remake({})],
    ['was made anew by hand, and is shared', remake({ sharenfs: 'on', refquota: '67108864' })],
    ['was made anew by another instance', remake({ [instance]: 'zfs.example.com/other' })],
    ['is another instance’s', set(`${instance}=zfs.example.com/other`)],
    ['is another cluster’s', set(`${cluster}=6f0d2a52-0000-4000-8000-000000000000`)],
    ['is another volume’s', set(`${volumeKey}=pvc-of-another`)],
    ['inherits its volume', moveToParent(volumeKey)],
    ['inherits its cluster', moveToParent(cluster)],
    ['inherits its instance', moveToParent(instance)],
    ['inherits all of its identity', moveToParent(instance, cluster, volumeKey)],
    ['says half of who it is', (host, dataset) => host.zfs('inherit', volumeKey, dataset)],
  ];

  it.each(cases)('but %s stays, with its files', async (what, tamper) => {
    const { host } = stage();
    const claim = `case-${cases.findIndex(([each]) => each === what)}`;
    const volume = await stage().provision({ name: claim, className: 'nfs' });
    const { name } = volume.metadata;
    const dataset = stage().datasetOf(volume);
    try {
      await tamper(host, dataset);
      await writeFileInto(host, dataset);
      await host.snapshot(dataset, 'monday');
      const before = await stateOf(host, dataset);

      await stage().deleteClaim(claim);
      const message = await untilRefused(stage(), name, notOwned(dataset));

      expect(message).toContain('left alone: it cannot be proven to be this volume');
      expect(message).toContain(instance);
      expect(await stateOf(host, dataset)).toEqual(before);
      expect(await stage().volume(name)).toMatchObject({ status: { phase: 'Released' } });
    } finally {
      for (const key of [instance, cluster, volumeKey]) {
        await host.zfs('inherit', key, host.parentDataset);
      }
    }
  });
});

describe('another cluster that shares the storage host', () => {
  it('keeps its dataset, although a volume here has the same name', async () => {
    const { host } = stage();
    const volume = await stage().provision({ name: 'shared-host', className: 'nfs' });
    const dataset = stage().datasetOf(volume);
    const theirs = '6f0d2a52-0000-4000-8000-000000000000';
    await host.zfs('destroy', dataset);
    await host.createByHand(volume.metadata.name, {
      [instance]: 'pv.kubernetes.io/zfs',
      [cluster]: theirs,
      [volumeKey]: volume.metadata.name,
      'io.kubernetes.pv.zfs:reclaim_policy': 'Delete',
    });
    const before = await stateOf(host, dataset);

    await stage().deleteClaim('shared-host');
    await untilRefused(stage(), volume.metadata.name, notOwned(theirs));

    expect(await stateOf(host, dataset)).toEqual(before);
  });
});
