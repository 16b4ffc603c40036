import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../bench/eventually.ts';
import type { LogLine, ProvisionerProcess } from '../bench/provisioner-process.ts';
import type { DatasetState } from '../dataset-state.ts';
import { stateOf, writeFileInto } from '../dataset-state.ts';
import { useStage } from '../stage.ts';

const keys = {
  instance: 'io.kubernetes.pv.zfs:managed_by',
  policy: 'io.kubernetes.pv.zfs:reclaim_policy',
  cluster: 'zfs-provisioner.io:cluster',
  volume: 'zfs-provisioner.io:volume',
  claimNamespace: 'zfs-provisioner.io:claim_namespace',
  claimName: 'zfs-provisioner.io:claim_name',
};

const stage = useStage({
  nodes: ['storage-1'],
  provisioner: false,
  classes: [
    { name: 'nfs' },
    { name: 'retain', policy: 'Retain' },
    { name: 'waiting', volumeBindingMode: 'WaitForFirstConsumer' },
  ],
});

async function start(orphanGrace = '1s'): Promise<ProvisionerProcess> {
  const env = {
    ZFS_ORPHAN_GRACE: orphanGrace,
    ZFS_USAGE_INTERVAL: '1s',
    ZFS_LEADER_ELECTION: 'false', // the next one need not wait until the lease of a killed one is over
  };
  const provisioner = await stage().installation.start(env);
  await provisioner.untilReady();
  return provisioner;
}

/** What the process said of a dataset, by the last part of its name. */
const toldOf =
  (leaf: string, message: string) =>
  ({ msg, dataset }: LogLine): boolean =>
    msg === message && String(dataset).endsWith(`/${leaf}`);

async function orphanCount(provisioner: ProvisionerProcess): Promise<number> {
  const line = (await provisioner.metrics())
    .split('\n')
    .find((each) => each.startsWith('zfs_provisioner_orphans{host="storage-1"}'));
  return Number(line?.split(' ').at(-1) ?? NaN);
}

/** All that an interrupted attempt of this cluster's provisioner leaves on a dataset. */
async function identityOf(leaf: string): Promise<Record<string, string>> {
  const { api } = stage().bench.controlPlane;
  const { metadata } = await api.call<{ metadata: { uid: string } }>(
    '/api/v1/namespaces/kube-system',
  );
  return {
    [keys.instance]: 'pv.kubernetes.io/zfs',
    [keys.policy]: 'Delete',
    [keys.cluster]: metadata.uid,
    [keys.volume]: leaf,
    [keys.claimNamespace]: 'default',
    [keys.claimName]: `claim-of-${leaf}`,
  };
}

async function leave(leaf: string, change: Readonly<Record<string, string>> = {}): Promise<string> {
  return stage().host.createByHand(leaf, { ...(await identityOf(leaf)), ...change });
}

/** A process that is killed when `zfs create` has run for the claim; resolves with the dataset. */
async function dieAfterCreate(claim: string): Promise<string> {
  const { host } = stage();
  const before = await stage().datasetNames();
  const doomed = await start();
  host.faults.delayNext({ verb: 'create', when: 'after', seconds: 0.5 });
  await stage().createClaim({ name: claim, className: 'nfs' });
  const dataset = await eventually('the dataset is there', async () =>
    (await stage().datasetNames()).find((name) => !before.includes(name)),
  );
  await doomed.kill();
  expect(await stage().volumes()).toEqual([]);
  return dataset;
}

const untilGone = (dataset: string): Promise<boolean> =>
  eventually(`${dataset} is gone`, async () => !(await stage().datasetNames()).includes(dataset), {
    timeoutMs: 60_000,
  });

describe('a process that was killed after zfs create', () => {
  it('leaves an orphan when the claim is deleted meanwhile; the next one removes it', async () => {
    const dataset = await dieAfterCreate('died');
    await stage().deleteClaim('died');

    const next = await start();
    const told = await next.waitFor(({ msg }) => msg === 'orphaned dataset removed', 20_000);

    expect(told).toMatchObject({ dataset, host: 'storage-1', outcome: 'destroyed' });
    await untilGone(dataset);
    await eventually('none is counted', async () => (await orphanCount(next)) === 0);
    await next.stop();
  });

  it('leaves a dataset that the next one takes over while the claim is there', async () => {
    const dataset = await dieAfterCreate('lived');

    const next = await start();
    const volume = await stage().untilBound('lived');

    expect(stage().datasetOf(volume)).toBe(dataset);
    expect(await stage().datasetNames()).toEqual([dataset]);
    expect(next.log.map(({ msg }) => msg)).not.toContain('orphaned dataset removed');
    await stage().deleteClaim('lived');
    await stage().untilVolumeGone(volume.metadata.name);
    await next.stop();
  });
});

describe('at the start, a dataset of ours without claim and volume', () => {
  it('is left alone and reported while it is younger than the grace time', async () => {
    const dataset = await leave('young');

    const provisioner = await start('1h');
    await provisioner.waitFor(toldOf('young', 'orphaned dataset found'));

    const told = provisioner.log.filter(({ dataset: name }) => name === dataset);
    expect(told).toEqual([
      expect.objectContaining({ level: 'warn', reason: 'it is younger than the grace time' }),
    ]);
    expect(await orphanCount(provisioner)).toBe(1);
    expect(await stage().datasetNames()).toEqual([dataset]);
    await provisioner.stop();
  });

  it('is removed by the same process when its grace time is over', async () => {
    const dataset = await leave('ageing');

    const provisioner = await start('3s');
    await provisioner.waitFor(toldOf('ageing', 'orphaned dataset removed'), 20_000);

    expect(await stage().datasetNames()).not.toContain(dataset);
    await provisioner.stop();
  });
});

describe('at the start, what may not be removed', () => {
  interface Case {
    readonly make: (leaf: string) => Promise<string>;
    /** Part of what is said of it; undefined: it is nobody's business to say anything. */
    readonly said?: string;
  }

  const cases: Readonly<Record<string, Case>> = {
    'with-a-file': { make: withFile(16), said: 'found: files' },
    'with-data': { make: withFile(2 * 1024 ** 2), said: 'it holds data' },
    'with-a-snapshot': { make: withSnapshot, said: 'snapshots' },
    'with-a-child': { make: withChild, said: 'found: files' },
    unmounted: { make: unmounted, said: 'it is not mounted' },
    retained: {
      make: (leaf) => leave(leaf, { [keys.policy]: 'Retain' }),
      said: 'its reclaim policy is not Delete',
    },
    'of-another-instance': {
      make: (leaf) => leave(leaf, { [keys.instance]: 'zfs.example.com/other' }),
    },
    'of-another-cluster': {
      make: (leaf) => leave(leaf, { [keys.cluster]: '6f0d2a52-0000-4000-8000-000000000000' }),
    },
    'called-otherwise': {
      make: (leaf) => leave(leaf, { [keys.volume]: 'pvc-called-otherwise' }),
      said: 'it is not called after its volume',
    },
    'of-an-administrator': { make: (leaf) => stage().host.createByHand(leaf) },
    'of-the-classic-provisioner': {
      make: (leaf) =>
        stage().host.createByHand(leaf, {
          [keys.instance]: 'pv.kubernetes.io/zfs',
          [keys.policy]: 'Delete',
        }),
    },
  };
  const ours = Object.keys(cases).filter((leaf) => cases[leaf]?.said !== undefined);
  const before = new Map<string, DatasetState>();
  let provisioner: ProvisionerProcess;

  beforeAll(async () => {
    const { host } = stage();
    for (const [leaf, { make }] of Object.entries(cases)) {
      const dataset = await make(leaf);
      before.set(leaf, await stateOf(host, dataset));
    }
    const control = await leave('with-nothing');
    provisioner = await start();
    await untilGone(control);
  }, 120_000);

  afterAll(async () => {
    await provisioner.stop();
  });

  const told = (leaf: string): readonly LogLine[] => {
    const dataset = `${stage().host.parentDataset}/${leaf}`;
    return provisioner.log.filter((line) => line['dataset'] === dataset);
  };

  it.each(Object.keys(cases))('stays: one %s', async (leaf) => {
    const { host } = stage();

    expect(await stateOf(host, `${host.parentDataset}/${leaf}`)).toEqual(before.get(leaf));
  });

  it.each(ours)('is reported, once, with the reason: one %s', async (leaf) => {
    await eventually('it is reported', () => told(leaf).length > 0);

    expect(told(leaf)).toEqual([expect.objectContaining({ level: 'warn', host: 'storage-1' })]);
    expect(JSON.stringify(told(leaf))).toContain(cases[leaf]?.said);
  });

  it('is counted in the metric where it is ours, and nothing is said of what is not', async () => {
    await eventually('they are counted', () => orphanCount(provisioner), {
      until: (count) => count === ours.length,
    });
    const others = Object.keys(cases).filter((leaf) => !ours.includes(leaf));
    expect(others.flatMap(told)).toEqual([]);
  });

  it('stays when it appears later, and is reported', async () => {
    const dataset = await leave('later');

    const line = await provisioner.waitFor(toldOf('later', 'orphaned dataset found'));

    expect(line).toMatchObject({ reason: 'it appeared after the start' });
    expect(await stage().datasetNames()).toContain(dataset);
  });
});

describe('at the start, what somebody stands for', () => {
  it('stays: the dataset of a retained volume, of a claim that waits, and of one that was rescued', async () => {
    const { host } = stage();
    let provisioner = await start();
    const retained = await stage().provision({ name: 'retained', className: 'retain' });
    const rescued = await stage().provision({ name: 'rescued', className: 'nfs' });
    await stage().createClaim({ name: 'waiting', className: 'waiting' });
    const { uid } = (await stage().claim('waiting'))?.metadata ?? {};
    const ofClaim = await leave(`pvc-${uid ?? ''}`, { [keys.claimName]: 'waiting' });
    await writeFileInto(host, stage().datasetOf(rescued));
    await stage().patchVolume(rescued.metadata.name, {
      spec: { persistentVolumeReclaimPolicy: 'Retain' },
    });
    await stage().deleteClaim('retained');
    await stage().deleteClaim('rescued');
    await stage().deleteVolume(rescued.metadata.name);
    await stage().untilVolumeGone(rescued.metadata.name);
    await provisioner.stop();
    const control = await leave('nobodys');

    provisioner = await start();
    await untilGone(control);

    const kept = [retained, rescued].map((volume) => stage().datasetOf(volume));
    expect(await stage().datasetNames()).toEqual(expect.arrayContaining([...kept, ofClaim]));
    expect((await stateOf(host, kept[1] ?? '')).files).toEqual(['precious']);
    await provisioner.waitFor(toldOf(rescued.metadata.name, 'orphaned dataset kept'));
    await provisioner.stop();
  });
});

function withFile(bytes: number): (leaf: string) => Promise<string> {
  return async (leaf) => {
    const dataset = await leave(leaf);
    await writeFileInto(stage().host, dataset, bytes);
    return dataset;
  };
}

async function withSnapshot(leaf: string): Promise<string> {
  const dataset = await leave(leaf);
  await stage().host.snapshot(dataset, 'monday');
  return dataset;
}

async function withChild(leaf: string): Promise<string> {
  const dataset = await leave(leaf);
  await stage().host.zfs('create', `${dataset}/child`);
  return dataset;
}

/** Nobody can see what is in it. */
async function unmounted(leaf: string): Promise<string> {
  const dataset = await leave(leaf);
  await writeFileInto(stage().host, dataset);
  await stage().host.zfs('unmount', dataset);
  return dataset;
}
