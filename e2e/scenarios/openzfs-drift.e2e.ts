import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Volume } from '../../src/volume/objects.ts';
import { eventually } from '../bench/eventually.ts';
import { useOpenZfs } from '../openzfs.ts';

const { stage, host, run } = useOpenZfs({
  classes: [{ name: 'unused' }],
  env: { ZFS_USAGE_INTERVAL: '5s', ZFS_AUTO_REPAIR: 'share', ZFS_LEADER_ELECTION: 'false' },
});

const ours = 'rw=@192.168.77.0/24,no_root_squash';

async function provision(name: string, parentDataset = host().parentDataset): Promise<Volume> {
  await stage().createClass(name, { parameters: { parentDataset, shareProperties: ours } });
  return stage().provision({ name, className: name });
}

const untilTold = (volume: Volume, reason: string, text: string): Promise<unknown> =>
  stage().untilEvent(volume.metadata.name, reason, text, 60_000);

async function valueOf(dataset: string, property: string): Promise<string> {
  return (await host().zfs('get', '-Hp', '-o', 'value', property, dataset)).trim();
}

/** To whom it is exported, as the kernel's table says. */
const exportsOf = (dataset: string): Promise<string> =>
  run(`grep -F "/${dataset.split('/').at(-1) ?? ''}" /var/lib/nfs/etab || :`);

describe('a volume whose key is not loaded', () => {
  let volume: Volume;
  let dataset: string;
  let parent: string;

  beforeAll(async () => {
    parent = `${host().pool}/locked`;
    await run(
      `head -c 32 /dev/urandom >/run/drift-key; zfs create -o encryption=on -o keyformat=raw -o keylocation=file:///run/drift-key ${parent}`,
    );
    volume = await provision('locked', parent);
    dataset = stage().datasetOf(volume);
  }, 60_000);

  it('is told that, not that it is unmounted, and nothing tries to load it', async () => {
    await run(`zfs unmount ${dataset}; zfs unmount ${parent}; zfs unload-key ${parent}`);

    await untilTold(volume, 'VolumeDrift', 'keystatus=unavailable');

    const events = await stage().events(volume.metadata.name);
    expect(events.filter(({ message }) => message.includes('mounted=no'))).toEqual([]);
  }, 90_000);

  it('is told that it is not mounted once the key is there, and when all is well', async () => {
    await run(`zfs load-key ${parent}`);
    await untilTold(volume, 'VolumeDriftHealed', 'keystatus=available');
    await untilTold(volume, 'VolumeDrift', 'mounted=no');

    await run(`zfs mount ${parent}; zfs mount ${dataset}`);

    await untilTold(volume, 'VolumeDriftHealed', 'mounted=yes');
    expect(await valueOf(dataset, 'mounted')).toBe('yes');
  }, 90_000);
});

describe('a share that a person changed', () => {
  it('is told, and given back to those whom it was promised to, and to nobody else', async () => {
    const volume = await provision('shared');
    const dataset = stage().datasetOf(volume);
    expect(await valueOf(dataset, 'zfs-provisioner.io:share')).toBe(ours);
    const before = await exportsOf(dataset);
    expect(before).toContain('192.168.77.0/24');

    await host().zfs('set', 'sharenfs=rw', dataset);

    await untilTold(volume, 'VolumeDrift', 'has sharenfs=rw, promised');
    await untilTold(volume, 'VolumeRepaired', ours);
    await eventually(
      'it is exported as before',
      async () => (await exportsOf(dataset)) === before,
      { timeoutMs: 60_000 },
    );
    expect(await valueOf(dataset, 'sharenfs')).toBe(ours);
  }, 120_000);
});

describe('a volume that a person unmounted', () => {
  it('is told, and stays so: no setting names it', async () => {
    const volume = await provision('unmounted');
    const dataset = stage().datasetOf(volume);

    await host().zfs('unmount', dataset);
    await untilTold(volume, 'VolumeDrift', `To do: zfs mount ${dataset}`);

    expect(await valueOf(dataset, 'mounted')).toBe('no');
    await host().zfs('mount', dataset);
    await untilTold(volume, 'VolumeDriftHealed', 'mounted=yes');
  }, 120_000);
});

describe('a host that was cut from its power', () => {
  it('brings a volume back that its own services do not mount, when it is told so', async () => {
    const volume = await provision('rebooted');
    const dataset = stage().datasetOf(volume);
    await host().zfs('set', 'canmount=noauto', dataset);

    await host().reboot();

    await untilTold(volume, 'VolumeDrift', 'mounted=no');
    expect(await valueOf(dataset, 'mounted')).toBe('no');
    await host().zfs('mount', dataset);
    await untilTold(volume, 'VolumeDriftHealed', 'mounted=yes');
  }, 180_000);
});
