import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Volume } from '../../src/volume/objects.ts';
import { eventually } from '../bench/eventually.ts';
import { growTo } from '../growth.ts';
import { useStage } from '../stage.ts';

const stage = useStage({
  classes: [{ name: 'nfs' }, { name: 'grows' }],
  env: {
    ZFS_USAGE_INTERVAL: '1s',
    ZFS_AUTO_REPAIR: 'unmounted,readonly',
    ZFS_LEADER_ELECTION: 'false',
  },
});

const patient = { timeoutMs: 60_000 };
const mebibytes64 = '67108864';

const zfs = (...args: readonly string[]): Promise<string> => stage().host.zfs(...args);

/** A dataset that was just made can be busy for a moment, as zfs-fuse has it. */
async function rename(from: string, to: string): Promise<void> {
  const isRenamed = async (): Promise<boolean> => {
    await zfs('rename', from, to);
    return true;
  };
  await eventually(`${from} is renamed`, isRenamed, patient);
}

async function valueOf(dataset: string, property: string): Promise<string> {
  return (await zfs('get', '-Hp', '-o', 'value', property, dataset)).trim();
}

/** Undefined: there is no such sample. */
async function sample(name: string): Promise<number | undefined> {
  const lines = (await stage().provisioner.metrics()).split('\n');
  const line = lines.find((each) => each.startsWith(`zfs_provisioner_${name} `));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}

const drifted = (kind: string): string => `volumes_drifted{host="storage-1",kind="${kind}"}`;

async function untilSample(name: string, value: number): Promise<void> {
  const is = async (): Promise<boolean> => {
    const found = await sample(name);
    if (found === value) return true;
    throw new Error(`${name} is ${found}`);
  };
  await eventually(`${name} is ${value}`, is, patient);
}

/** Commands that look at the host: two for each look where the release does not know every property. */
const scans = (): number =>
  stage()
    .host.journal()
    .filter((line) => line.includes(' -r ')).length;

/** Whatever was done before this is called has been seen when it resolves. */
async function untilSurveyed(): Promise<void> {
  const before = scans();
  await eventually('two more surveys', () => Promise.resolve(scans() > before + 4), patient);
}

async function toldOf(volume: Volume): Promise<readonly string[]> {
  const events = await stage().events(volume.metadata.name);
  const reasons = events.map(({ reason }) => reason);
  return reasons.filter((reason) => /Drift|Missing|Repair/.test(reason));
}

const untilTold = (volume: Volume, reason: string, text: string): Promise<unknown> =>
  stage().untilEvent(volume.metadata.name, reason, text, 60_000);

describe('a host whose volumes come, grow and go', () => {
  it('is not said to differ from what was promised', async () => {
    const names = ['a', 'b', 'c'];
    const volumes = await Promise.all(
      names.map((name) => stage().provision({ name, className: 'grows' })),
    );
    await Promise.all(names.map((name) => growTo(stage(), name, '96Mi')));
    await untilSurveyed();
    for (const kind of ['quota', 'reservation', 'share', 'unmounted', 'mountpoint', 'readonly']) {
      expect([kind, await sample(drifted(kind))]).toEqual([kind, 0]);
    }

    await Promise.all(names.map((name) => stage().deleteClaim(name)));
    for (const { metadata } of volumes) await stage().untilVolumeGone(metadata.name, 60_000);
    await untilSurveyed();

    for (const volume of volumes) expect(await toldOf(volume)).toEqual([]);
    const said = stage().provisioner.log.map(({ msg }) => msg);
    expect(said).not.toContain('dataset is not as promised');
    expect(said).not.toContain('volume without dataset');
    expect(await sample('datasets_missing{host="storage-1"}')).toBe(0);
    expect(await sample('strangers{host="storage-1"}')).toBe(0);
    expect(await sample('orphans{host="storage-1"}')).toBe(0);
  });
});

describe('what a person changed on the host', () => {
  let volume: Volume;
  let dataset: string;

  beforeAll(async () => {
    volume = await stage().provision({ name: 'changed', className: 'nfs' });
    dataset = stage().datasetOf(volume);
  });

  it.each([
    ['quota', 'refquota=1048576', `refquota=${mebibytes64}`],
    ['reservation', 'refreservation=none', `refreservation=${mebibytes64}`],
    ['share', 'sharenfs=off', undefined],
    ['mountpoint', 'mountpoint=MOVED', undefined],
  ])('is told, and told again when it is undone: %s', async (kind, wanted, undo) => {
    const property = wanted.split('=', 1).join('');
    const change = wanted.replace('MOVED', `${await valueOf(dataset, 'mountpoint')}-moved`);
    const before = undo ?? `${property}=${await valueOf(dataset, property)}`;
    if (kind === 'quota') await zfs('set', 'refreservation=none', dataset);

    await zfs('set', change, dataset);

    const found = change.replace('none', '0');
    await untilTold(volume, 'VolumeDrift', `has ${kind === 'reservation' ? change : found}`);
    await untilSample(drifted(kind), 1);
    expect(await valueOf(dataset, property)).toBe(found.split('=').slice(1).join('='));

    await zfs('set', before, dataset);
    if (kind === 'quota') await zfs('set', `refreservation=${mebibytes64}`, dataset);
    await untilTold(volume, 'VolumeDriftHealed', before);
    await untilSample(drifted(kind), 0);
  });

  it('is told, and left, where the dataset may hold more than was promised', async () => {
    await zfs('set', 'refquota=99999744', dataset);

    await untilTold(volume, 'VolumeDrift', 'nothing is ever shrunk');

    expect(await valueOf(dataset, 'refquota')).toBe('99999744');
    await zfs('set', `refquota=${mebibytes64}`, dataset);
    await untilSample(drifted('quota'), 0);
  });

  it('is repaired by itself where a setting names it, and only that', async () => {
    await zfs('set', 'refreservation=none', dataset);
    await zfs('set', 'readonly=on', dataset);
    await zfs('unmount', dataset);

    await untilTold(volume, 'VolumeRepaired', 'mounted=yes (it was mounted=no)');
    await untilSample(drifted('unmounted'), 0);
    await untilSample(drifted('readonly'), 0);

    expect([await valueOf(dataset, 'mounted'), await valueOf(dataset, 'readonly')]).toEqual([
      ...['yes', 'off'],
    ]);
    expect(await valueOf(dataset, 'refreservation')).toBe('0');
    expect(await sample(drifted('reservation'))).toBe(1);
    await zfs('set', `refreservation=${mebibytes64}`, dataset);
  });
});

describe('a volume whose dataset is gone', () => {
  it('is told so, and where the dataset is, and when it is back', async () => {
    const volume = await stage().provision({ name: 'lost', className: 'nfs' });
    const dataset = stage().datasetOf(volume);
    const elsewhere = `${stage().host.parentDataset}/kept-aside`;

    await rename(dataset, elsewhere);

    await untilTold(volume, 'DatasetMissing', elsewhere);
    await untilSample('datasets_missing{host="storage-1"}', 1);
    expect(await stage().volume(volume.metadata.name)).toMatchObject({
      status: { phase: 'Bound' },
    });

    await rename(elsewhere, dataset);
    await untilTold(volume, 'VolumeDriftHealed', 'is there');
    await untilSample('datasets_missing{host="storage-1"}', 0);
  });
});

describe('a dataset of nobody', () => {
  it('is counted, a tree once, and left alone', async () => {
    const stranger = await stage().host.createByHand('home');
    await zfs('create', `${stranger}/me`);

    await untilSample('strangers{host="storage-1"}', 1);

    await untilSurveyed();
    expect(await stage().datasetNames()).toContain(`${stranger}/me`);
  });
});
