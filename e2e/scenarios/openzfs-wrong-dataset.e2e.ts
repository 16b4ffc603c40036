import { describe, expect, it } from '@jest/globals';
import { stateOf, writeFileInto } from '../dataset-state.ts';
import { useOpenZfs } from '../openzfs.ts';
import { untilRefused } from '../refused-deletion.ts';

const instance = 'io.kubernetes.pv.zfs:managed_by';
const cluster = 'zfs-provisioner.io:cluster';
const volumeKey = 'zfs-provisioner.io:volume';

const { stage, host, run } = useOpenZfs({
  env: { ZFS_USAGE_INTERVAL: '1h' },
  classes: [{ name: 'nfs' }],
});

/** Everything in the pool, so that nothing can have gone or changed unseen. */
async function everything(): Promise<readonly string[]> {
  const columns = 'name,guid,userrefs,origin,mounted,sharenfs,refquota';
  const all = await host().zfs('list', '-Hp', '-r', '-t', 'all', '-o', columns, host().pool);
  return [
    ...all.trim().split('\n'),
    ...host()
      .exports()
      .map(({ mountpoint }) => mountpoint),
  ];
}

const identity = [instance, cluster, volumeKey];

async function takeFromParent(): Promise<void> {
  for (const key of identity) await host().zfs('inherit', key, host().parentDataset);
}

interface Case {
  readonly title: string;
  /** What somebody does to the volume's dataset. */
  readonly tamper: (dataset: string) => Promise<unknown>;
  readonly code: string;
  readonly text: (dataset: string) => string;
  /** After which it may go; undefined: that is not looked at. */
  readonly mend?: (dataset: string) => Promise<unknown>;
}

const notOurs = {
  code: 'DATASET_NOT_OWNED',
  text: () => 'left alone: it cannot be proven to be this volume',
};
const elsewhere = (dataset: string): string => dataset.replace('/kubernetes/', '/');

const cases: readonly Case[] = [
  {
    title: 'a copy that was sent and received under its name, with all of its properties',
    tamper: (dataset) =>
      run(
        `zfs snapshot ${dataset}@sent && zfs send -p ${dataset}@sent >/tmp/stream && ` +
          `zfs destroy -r ${dataset} && zfs receive ${dataset} </tmp/stream`,
      ),
    ...notOurs,
    text: () => '(received)',
  },
  {
    title: 'one whose identity comes from its parent',
    tamper: async (dataset) => {
      for (const key of identity) {
        const value = await host().zfs('get', '-H', '-o', 'value', key, dataset);
        await host().zfs('set', `${key}=${value.trim()}`, host().parentDataset);
        await host().zfs('inherit', key, dataset);
      }
    },
    ...notOurs,
    mend: takeFromParent,
  },
  {
    title: 'one of another cluster, where the volume has the same name',
    tamper: (dataset) => host().zfs('set', `${cluster}=6f0d2a52-0000-4000-8000-0000`, dataset),
    ...notOurs,
  },
  {
    title: 'one that was made anew by hand',
    tamper: (dataset) =>
      run(`zfs destroy -r ${dataset} && zfs create ${dataset} && zfs snapshot ${dataset}@mine`),
    ...notOurs,
  },
  {
    title: 'another volume’s, renamed to its name',
    tamper: async (dataset) => {
      const sibling = await stage().provision({ name: 'sibling', className: 'nfs' });
      const other = stage().datasetOf(sibling);
      await run(`zfs rename ${dataset} ${elsewhere(dataset)} && zfs rename ${other} ${dataset}`);
    },
    ...notOurs,
  },
  {
    title: 'one whose snapshot has a clone',
    tamper: (dataset) => host().zfs('clone', `${dataset}@monday`, `${host().pool}/clone`),
    code: 'DATASET_HAS_CHILDREN',
    text: () => `has clones: ${host().pool}/clone`,
    mend: () => host().zfs('destroy', `${host().pool}/clone`),
  },
  {
    title: 'one whose snapshot is held',
    tamper: (dataset) => host().hold(`${dataset}@monday`, 'zrepl_last_received_J_backup'),
    code: 'DATASET_HELD',
    text: (dataset) => `a hold keeps its snapshot ${dataset}@monday`,
    mend: (dataset) => host().release(`${dataset}@monday`, 'zrepl_last_received_J_backup'),
  },
  {
    title: 'one with a snapshot of sanoid',
    tamper: (dataset) => host().snapshot(dataset, 'autosnap_2026-11-21_00:00:01_daily'),
    code: 'FOREIGN_SNAPSHOTS',
    text: (dataset) => `${dataset}@autosnap_2026-11-21_00:00:01_daily is another tool's`,
    mend: (dataset) => host().zfs('destroy', `${dataset}@autosnap_2026-11-21_00:00:01_daily`),
  },
  {
    title: 'one with a snapshot that zrepl goes on from',
    tamper: (dataset) => host().snapshot(dataset, 'zrepl_20261121_000001_000'),
    code: 'FOREIGN_SNAPSHOTS',
    text: (dataset) => `${dataset}@zrepl_20261121_000001_000 is another tool's`,
  },
  {
    title: 'one with a dataset below it',
    tamper: (dataset) => host().zfs('create', `${dataset}/child`),
    code: 'DATASET_HAS_CHILDREN',
    text: (dataset) => `${dataset}/child`,
    mend: (dataset) => host().zfs('destroy', `${dataset}/child`),
  },
  {
    title: 'one with a volume of blocks below it',
    tamper: (dataset) => host().zfs('create', '-s', '-V', '1M', `${dataset}/blocks`),
    code: 'DATASET_HAS_CHILDREN',
    text: (dataset) => `${dataset}/blocks`,
  },
  {
    title: 'one that was renamed beside',
    tamper: (dataset) => host().zfs('rename', dataset, `${dataset}-old`),
    code: 'DATASET_MISSING',
    text: (dataset) => `it is called ${dataset}-old now`,
    mend: (dataset) => host().zfs('rename', `${dataset}-old`, dataset),
  },
  {
    title: 'one that was renamed out of its parent',
    tamper: (dataset) => host().zfs('rename', dataset, elsewhere(dataset)),
    code: 'DATASET_MISSING',
    text: (dataset) => `it is called ${elsewhere(dataset)} now`,
    mend: (dataset) => host().zfs('rename', elsewhere(dataset), dataset),
  },
];

describe('a deleted volume destroys nothing where its dataset is', () => {
  it.each(cases)('$title', async ({ title, tamper, code, text, mend }) => {
    const claim = `case-${cases.findIndex((each) => each.title === title)}`;
    const volume = await stage().provision({ name: claim, className: 'nfs' });
    const { name } = volume.metadata;
    const dataset = stage().datasetOf(volume);
    await writeFileInto(host(), dataset);
    await host().snapshot(dataset, 'monday');
    await tamper(dataset);
    const before = await everything();
    const mark = host().ssh.log.mark();

    await stage().deleteClaim(claim);
    await untilRefused(stage(), name, { code, text: text(dataset) });

    expect(await everything()).toEqual(before);
    // One for each change of the volume on its way out, and no more.
    expect(host().ssh.log.execsSince(mark)).toBeLessThanOrEqual(4);
    await mend?.(dataset);
    if (mend === undefined || code === 'DATASET_NOT_OWNED') return;
    await stage().nudgeVolume(name);
    await stage().untilVolumeGone(name);
  });
});

describe('a parent that was renamed', () => {
  it('and in whose place another is, has nothing destroyed in either', async () => {
    const parent = `${host().pool}/second`;
    await host().zfs('create', parent);
    await stage().createClass('second', { parameters: { parentDataset: parent } });
    const volume = await stage().provision({ name: 'moved', className: 'second' });
    const { name } = volume.metadata;
    await writeFileInto(host(), stage().datasetOf(volume));
    await run(`zfs rename ${parent} ${parent}-old && zfs create ${parent}`);
    const before = await everything();

    await stage().deleteClaim('moved');
    await untilRefused(stage(), name, {
      code: 'PARENT_CHANGED',
      text: 'its parent is not the one',
    });

    expect(await everything()).toEqual(before);
    expect((await stateOf(host(), `${parent}-old/${name}`)).files).toContain('precious');
  });
});
