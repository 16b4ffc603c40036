import { describe, expect, it } from '@jest/globals';
import type { Volume } from '../../src/volume/objects.ts';
import { eventually } from '../bench/eventually.ts';
import { stateOf, writeFileInto } from '../dataset-state.ts';
import { useStage } from '../stage.ts';

const instance = 'pv.kubernetes.io/zfs';
const ourFinalizer = 'external-provisioner.volume.kubernetes.io/finalizer';

const stage = useStage({
  env: { ZFS_USAGE_INTERVAL: '1h' },
  classes: [{ name: 'nfs' }],
});

interface Classic {
  readonly claim: string;
  readonly policy?: 'Delete' | 'Retain';
  readonly destroySnapshots?: boolean;
  /** `managed_by`, as it is on the dataset. */
  readonly managedBy?: string;
}

/** What the classic provisioner leaves for a claim: its properties and annotations, none of ours. */
async function provisionAsClassic({ claim, ...more }: Classic) {
  const { policy = 'Delete', destroySnapshots = true, managedBy = instance } = more;
  const { host } = stage();
  const name = `pvc-of-${claim}`;
  const dataset = await host.createByHand(name, {
    refquota: '67108864',
    refreservation: '67108864',
    sharenfs: 'on',
    'io.kubernetes.pv.zfs:managed_by': managedBy,
    'io.kubernetes.pv.zfs:reclaim_policy': policy,
  });
  await writeFileInto(host, dataset);
  const annotations = {
    'pv.kubernetes.io/provisioned-by': instance,
    'zfs.pv.kubernetes.io/zfs-dataset-path': dataset,
    'zfs.pv.kubernetes.io/zfs-host': host.name,
    'zfs.pv.kubernetes.io/destroy-snapshots': String(destroySnapshots),
    'zfs.pv.kubernetes.io/reserve-space': 'true',
  };
  await stage().createVolume({
    metadata: { name, annotations } as unknown as Volume['metadata'],
    spec: {
      capacity: { storage: '64Mi' },
      accessModes: ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany'],
      persistentVolumeReclaimPolicy: policy,
      storageClassName: 'nfs',
      claimRef: { namespace: 'default', name: claim },
      nfs: { server: host.name, path: `${host.mountpoint}/kubernetes/${name}` },
    },
  });
  await stage().provision({ name: claim, className: 'nfs', spec: { volumeName: name } });
  return { name, dataset };
}

describe('a volume of the classic provisioner', () => {
  it('gets our finalizer, and goes with its snapshots when its claim is deleted', async () => {
    const { host } = stage();
    const { name, dataset } = await provisionAsClassic({ claim: 'classic' });
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
    const { name, dataset } = await provisionAsClassic({
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
    const { name, dataset } = await provisionAsClassic({
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
    const { name, dataset } = await provisionAsClassic({
      claim: 'classic-of-another',
      managedBy: 'zfs.example.com/other',
    });
    const before = await stateOf(host, dataset);

    await stage().deleteClaim('classic-of-another');
    await stage().untilEvent(name, 'VolumeFailedDelete', 'zfs.example.com/other');

    expect(await stateOf(host, dataset)).toEqual(before);
  });
});
