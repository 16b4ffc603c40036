import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { Volume } from '../../src/volume/objects.ts';
import { identityOf, restoreFromTrash } from '../admin-zfs.ts';
import { eventually } from '../bench/eventually.ts';
import type { ProvisionerProcess } from '../bench/provisioner-process.ts';
import { stateOf, writeFileInto } from '../dataset-state.ts';
import { useOpenZfs } from '../openzfs.ts';
import { trashOf, untilTrashed } from '../trash-state.ts';

const { stage, host, run } = useOpenZfs({ classes: [{ name: 'nfs' }], provisioner: false });

/** The machine is slow where others run beside it; how long the product takes is no question here. */
const slow = { timeoutMs: 120_000 };

/** The next one need not wait until the lease of a killed one is over. */
const alone = { ZFS_LEADER_ELECTION: 'false', ZFS_USAGE_INTERVAL: '10s' };

async function start(sweepInterval: string): Promise<ProvisionerProcess> {
  const env = { ...alone, ZFS_TRASH_SWEEP_INTERVAL: sweepInterval };
  const provisioner = await stage().installation.start(env);
  await provisioner.untilReady(slow.timeoutMs);
  return provisioner;
}

/** Open to everybody: root of a client is nobody here. */
async function createClass(name: string, trashRetention: string): Promise<void> {
  await stage().createClass(name, {
    parameters: { onDelete: 'trash', trashRetention, mode: '0777' },
  });
}

async function provision(claim: string, className: string): Promise<Volume> {
  await stage().createClaim({ name: claim, className });
  const volume = await stage().untilBound(claim, slow.timeoutMs);
  await writeFileInto(host(), stage().datasetOf(volume));
  return volume;
}

/** Deletes a claim; resolves with what its volume's dataset is called in the trash. */
async function throwAway(claim: string, volume: Volume): Promise<string> {
  await stage().deleteClaim(claim);
  await stage().untilVolumeGone(volume.metadata.name, slow.timeoutMs);
  return untilTrashed(host(), stage().datasetOf(volume), slow.timeoutMs);
}

/** As a person writes it again, who does not know yet for whom. */
function unclaimed({ capacity = {}, accessModes = [], ...spec }: Volume['spec']): Volume['spec'] {
  const { nfs = { server: '', path: '' }, storageClassName = '' } = spec;
  const persistentVolumeReclaimPolicy = 'Retain';
  return { capacity, accessModes, nfs, storageClassName, persistentVolumeReclaimPolicy };
}

/** As a client of that host's own network, the host itself; resolves with what the command says there. */
function asClient({ spec }: Volume, command: string): Promise<string> {
  const source = `${host().segmentAddress}:${spec.nfs?.path ?? ''}`;
  const mount = `mount -t nfs4 -o nfsvers=4.2 ${source} /mnt`;
  return run(`${mount} && { cd /mnt; ( ${command} ); code=$?; cd /; umount /mnt; exit $code; }`);
}

describe('a volume in the trash, on OpenZFS', () => {
  it('is not to be had over NFS, and is again when it is restored', async () => {
    const provisioner = await start('0');
    await createClass('week', '7d');
    const volume = await provision('shared', 'week');
    const dataset = stage().datasetOf(volume);
    const before = await stateOf(host(), dataset);
    await asClient(volume, 'echo hello >told');

    const trashed = await throwAway('shared', volume);

    await expect(asClient(volume, 'cat told')).rejects.toThrow('mount.nfs');
    expect((await trashOf(host())).get(trashed)).toMatchObject({ mounted: 'no', readonly: 'on' });
    const names = { dataset: trashed, volumeName: volume.metadata.name, restoredAs: dataset };
    await restoreFromTrash(stage(), names);
    expect(await asClient(volume, 'cat told; echo again >told; cat told')).toBe('hello\nagain\n');
    const after = { ...before, files: ['precious', 'told'] };
    expect(await stateOf(host(), dataset)).toEqual(after);
    await provisioner.stop();
  }, 180_000);

  it('is none while a mount table of its own still has it, as that of a pod', async () => {
    const provisioner = await start('0');
    const volume = await provision('busy', 'week');
    const dataset = stage().datasetOf(volume);
    const before = await stateOf(host(), dataset);
    const holder = 'unshare --mount --propagation private sleep 300 </dev/null >/dev/null 2>&1 &';
    const pid = (await run(`${holder} echo $!`)).trim();

    await stage().deleteClaim('busy');
    const { name } = volume.metadata;
    const { message } = await stage().untilEvent(name, 'VolumeFailedDelete', '', slow.timeoutMs);

    expect(message).toContain(`It is mounted by sleep (pid ${pid}).`);
    expect(message).toContain('It is mounted and shared as before.');
    expect(await stateOf(host(), dataset)).toEqual(before);
    await run(`kill ${pid}`);
    await stage().untilVolumeGone(name, slow.timeoutMs);
    await untilTrashed(host(), dataset, slow.timeoutMs);
    await provisioner.stop();
  }, 180_000);
});

describe('the sweep, on OpenZFS', () => {
  const told = (provisioner: ProvisionerProcess, msg: string, volume: Volume) =>
    provisioner.waitFor(
      (line) => line.msg === msg && line['volume'] === volume.metadata.name,
      slow.timeoutMs,
    );

  it('destroys what has expired and is ours, and nothing that anybody could miss', async () => {
    const collecting = await start('0');
    await createClass('second', '1s');
    const parent = host().parentDataset;
    const zfs = (...words: string[]): Promise<string> => host().zfs(...words);
    const volumes = new Map<string, Volume>();
    const of = (claim: string): Volume => {
      const volume = volumes.get(claim);
      if (volume === undefined) throw new Error(`there is no ${claim}`);
      return volume;
    };
    for (const claim of ['plain', 'held', 'cloned', 'extended', 'returned', 'again']) {
      volumes.set(claim, await provision(claim, 'second'));
    }
    volumes.set('later', await provision('later', 'week'));
    await host().hold(await host().snapshot(stage().datasetOf(of('held')), 'monday'));
    await host().snapshot(stage().datasetOf(of('plain')), 'monday');
    const cloned = await host().snapshot(stage().datasetOf(of('cloned')), 'monday');
    await zfs('clone', cloned, `${parent}/clone`);
    const trashed = new Map<string, string>();
    for (const [claim, volume] of volumes) trashed.set(claim, await throwAway(claim, volume));
    const nameOf = (claim: string): string => trashed.get(claim) ?? '';

    // What people do there.
    await zfs('set', 'zfs-provisioner.io:trash_expires_at=4000000000', nameOf('extended'));
    await zfs('rename', nameOf('returned'), stage().datasetOf(of('returned')));
    await zfs('create', `${parent}/.trash/by-hand`);
    await run(
      `${host().zfsProgram} snapshot ${nameOf('plain')}@sent &&
       ${host().zfsProgram} send -p ${nameOf('plain')}@sent | ${host().zfsProgram} receive -u ${parent}/.trash/received`,
    );
    const { name: again } = of('again').metadata;
    await stage().createVolume({
      metadata: { name: again } as Volume['metadata'],
      spec: unclaimed(of('again').spec),
    });
    const other = { ...(await identityOf(stage(), 'pvc-other')), clusterId: 'another-cluster' };
    await zfs(
      ...['create', '-o', `io.kubernetes.pv.zfs:managed_by=${other.instance}`],
      ...['-o', `zfs-provisioner.io:cluster=${other.clusterId}`],
      ...['-o', 'zfs-provisioner.io:volume=pvc-other'],
      ...['-o', 'zfs-provisioner.io:trashed_from=tank/k/pvc-other'],
      ...['-o', 'zfs-provisioner.io:trashed_at=1', '-o', 'zfs-provisioner.io:trash_expires_at=2'],
      `${parent}/.trash/of-another-cluster`,
    );
    await collecting.stop();

    const sweeping = await start('1s');
    await told(sweeping, 'expired dataset destroyed', of('plain'));
    for (const claim of ['held', 'cloned', 'again']) {
      await told(sweeping, 'expired dataset kept', of(claim));
    }

    const left = [...(await trashOf(host())).keys()].filter(
      (name) => !name.includes(of('plain').metadata.name),
    );
    expect(left).toEqual(
      expect.arrayContaining(
        [...['held', 'cloned', 'extended', 'again', 'later'].map(nameOf)].concat(
          ['by-hand', 'received', 'of-another-cluster'].map((leaf) => `${parent}/.trash/${leaf}`),
        ),
      ),
    );
    expect((await trashOf(host())).has(nameOf('plain'))).toBe(false);
    expect(await stage().datasetNames()).toContain(stage().datasetOf(of('returned')));
    const kept = sweeping.log.filter(({ msg }) => msg === 'expired dataset kept');
    expect(kept).toHaveLength(3);
    await sweeping.stop();

    // As soon as nothing keeps them.
    await host().release(`${nameOf('held')}@monday`);
    await zfs('destroy', `${parent}/clone`);
    await stage().deleteVolume(again);
    await stage().untilVolumeGone(again, slow.timeoutMs);
    const last = await start('1s');
    for (const claim of ['held', 'cloned', 'again']) {
      await told(last, 'expired dataset destroyed', of(claim));
    }
    await last.stop();
  }, 300_000);
});

describe('a provisioner that is killed while volumes go into the trash, on OpenZFS', () => {
  it('ends with each in the trash once, whole, and no volume', async () => {
    const provisioner = await start('0');
    const claims = ['one', 'two', 'three', 'four', 'five', 'six'].map((word) => `killed-${word}`);
    const volumes: Volume[] = [];
    for (const claim of claims) volumes.push(await provision(claim, 'week'));
    for (const verb of ['unmount', 'set', 'rename']) {
      host().faults.delayNext({ verb, seconds: 0.3, when: 'after', count: 'always' });
    }
    await provisioner.kill();
    for (const claim of claims) await stage().deleteClaim(claim);

    let killsAtWork = 0;
    for (let kill = 0; kill < 8; kill++) {
      const replica = await stage().installation.start({ ...alone, ZFS_SSH_CHANNELS: '2' });
      await replica.waitFor(({ msg }) => msg === 'leading', slow.timeoutMs);
      await delay(100 + ((kill * 137) % 700)); // 137 and 700: another moment each time
      await replica.kill();
      if ((await stage().volumes()).length > 0) killsAtWork++;
    }
    host().faults.clear();
    const last = await start('0');
    for (const { metadata } of volumes)
      await stage().untilVolumeGone(metadata.name, slow.timeoutMs);

    expect(killsAtWork).toBeGreaterThan(2);
    const trash = await trashOf(host());
    for (const volume of volumes) {
      const { name } = volume.metadata;
      const found = [...trash].filter(([dataset]) => dataset.includes(name));
      expect(found).toEqual([
        [
          expect.any(String),
          expect.objectContaining({ readonly: 'on', sharenfs: 'off', refreservation: '0' }),
        ],
      ]);
      const restoredAs = stage().datasetOf(volume);
      await restoreFromTrash(stage(), {
        ...{ dataset: found[0]?.[0] ?? '', volumeName: name },
        restoredAs,
      });
      const state = { isExported: true, files: ['precious'], mounted: 'yes' };
      expect(await stateOf(host(), restoredAs)).toMatchObject(state);
    }
    await eventually('nothing else of them is left', async () => {
      const names = [...(await trashOf(host())).keys()];
      return !volumes.some(({ metadata }) => names.some((each) => each.includes(metadata.name)));
    });
    await last.stop();
  }, 240_000);
});
