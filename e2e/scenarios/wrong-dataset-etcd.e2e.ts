import { beforeAll, describe, expect, it } from '@jest/globals';
import type { ProvisionerProcess } from '../bench/provisioner-process.ts';
import type { DatasetState } from '../dataset-state.ts';
import { mountpointOf, stateOf, writeFileInto } from '../dataset-state.ts';
import { useStage } from '../stage.ts';

const stage = useStage({ classes: [{ name: 'nfs' }], provisioner: false });

let provisioner: ProvisionerProcess;

async function start(): Promise<void> {
  // The grace is over for all that is found.
  provisioner = await stage().installation.start({
    ZFS_ORPHAN_GRACE: '1s',
    ZFS_USAGE_INTERVAL: '1s',
    ZFS_LEADER_ELECTION: 'false',
  });
  await provisioner.untilReady();
}

interface Provisioned {
  readonly name: string;
  readonly dataset: string;
  readonly state: DatasetState;
}

async function provision(claim: string): Promise<Provisioned> {
  const volume = await stage().provision({ name: claim, className: 'nfs' });
  const dataset = stage().datasetOf(volume);
  await writeFileInto(stage().host, dataset, 2 * 1024 * 1024);
  return {
    name: volume.metadata.name,
    dataset,
    state: await stateOf(stage().host, dataset),
  };
}

async function deleteClaim(claim: string, { name }: Provisioned): Promise<void> {
  await stage().deleteClaim(claim);
  // The watches begin anew some seconds after the API server.
  await stage().untilVolumeGone(name, 40_000);
}

const existing = async (): Promise<ReadonlySet<string>> => new Set(await stage().datasetNames());

describe('etcd that was put back to what it was yesterday', () => {
  let untouched: Provisioned;
  let deletedToday: Provisioned;
  let ofYesterday: Provisioned;
  let ofToday: Provisioned;
  let madeToday: Provisioned;
  let onItsWayOut: Provisioned;

  beforeAll(async () => {
    await start();
    untouched = await provision('untouched');
    deletedToday = await provision('deleted-today');
    ofYesterday = await provision('recreated');
    onItsWayOut = await provision('on-its-way-out');
    await stage().bench.controlPlane.backUp();

    await deleteClaim('deleted-today', deletedToday);
    await deleteClaim('recreated', ofYesterday);
    ofToday = await provision('recreated');
    madeToday = await provision('made-today');
    // Its deletion is tried again and again while it is in use.
    const { host, bench } = stage();
    const release = await host.occupy(await mountpointOf(host, onItsWayOut.dataset));
    await stage().deleteClaim('on-its-way-out');
    await stage().untilEvent(onItsWayOut.name, 'VolumeFailedDelete', 'busy');
    // The provisioner runs on, and remembers today.
    await bench.controlPlane.restore(release);
  }, 120_000);

  it('a volume that was about to go, and whose claim is back, stays', async () => {
    await stage().untilBound('on-its-way-out');

    expect(await stateOf(stage().host, onItsWayOut.dataset)).toEqual(onItsWayOut.state);
  });

  it('claims go on, without a restart', async () => {
    await stage().createClaim({ name: 'tomorrow', className: 'nfs' });
    const volume = await stage().untilBound('tomorrow', 30_000);

    expect(await existing()).toContain(stage().datasetOf(volume));
  }, 40_000);

  it('nothing that is on disk is destroyed when the provisioner starts anew', async () => {
    await provisioner.stop();
    await start();
    const found = (dataset: string): Promise<unknown> =>
      provisioner.waitFor(
        (line) => line.msg === 'orphaned dataset found' && line['dataset'] === dataset,
      );

    // Volumes that are gone, whose datasets exist.
    await found(ofToday.dataset);
    await found(madeToday.dataset);
    for (const { dataset, state } of [untouched, ofToday, madeToday, onItsWayOut]) {
      expect(await stateOf(stage().host, dataset)).toEqual(state);
    }
    const line = /^zfs_provisioner_orphans\{host="storage-1"\} (\d+)$/m;
    expect(line.exec(await provisioner.metrics())?.[1]).toBe('2');
  });

  it('volumes that are back, whose datasets are gone, go by themselves with their claims', async () => {
    const before = await existing();
    const volume = await stage().untilBound('recreated');
    expect(volume.metadata.name).toBe(ofYesterday.name);

    await deleteClaim('recreated', ofYesterday);
    await deleteClaim('deleted-today', deletedToday);

    for (const { name } of [ofYesterday, deletedToday]) {
      await stage().untilEvent(name, 'VolumeDelete', 'absent');
    }
    expect(await existing()).toEqual(before);
  });
});
