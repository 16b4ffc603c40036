import { describe, expect, it } from '@jest/globals';
import { stateOf, writeFileInto } from '../dataset-state.ts';
import { untilRefused } from '../refused-deletion.ts';
import { useStage } from '../stage.ts';

const stage = useStage({
  nodes: ['storage-1'],
  env: { ZFS_USAGE_INTERVAL: '1h' },
  classes: [
    { name: 'with-snapshots' }, // destroySnapshots is true by default, as in the classic provisioner
    { name: 'without', destroySnapshots: false },
  ],
});

/** A volume with a file and two snapshots. */
async function provisionWithSnapshots(name: string, className: string) {
  const { host } = stage();
  const volume = await stage().provision({ name, className });
  const dataset = stage().datasetOf(volume);
  await host.snapshot(dataset, 'monday');
  await writeFileInto(host, dataset);
  await host.snapshot(dataset, 'tuesday');
  return { name: volume.metadata.name, dataset };
}

describe('a volume whose snapshots were agreed to go with it', () => {
  it('is destroyed together with them, in one exec', async () => {
    const { host } = stage();
    const { name, dataset } = await provisionWithSnapshots('agreed', 'with-snapshots');
    const mark = host.ssh.log.mark();

    await stage().deleteClaim('agreed');
    await stage().untilVolumeGone(name);

    expect(await stage().datasetNames()).not.toContain(dataset);
    expect(host.ssh.log.execsSince(mark)).toBe(1);
    await stage().untilEvent(name, 'VolumeDelete');
  });

  it('stays as it was while one of them is held, and goes when it is released', async () => {
    const { host } = stage();
    const { name, dataset } = await provisionWithSnapshots('held', 'with-snapshots');
    await host.hold(`${dataset}@monday`);
    const before = await stateOf(host, dataset);

    await stage().deleteClaim('held');
    const message = await untilRefused(stage(), name, {
      code: 'DATASET_HELD',
      text: 'a hold keeps',
    });

    expect(message).toContain(`${dataset}@monday`);
    expect(await stateOf(host, dataset)).toEqual(before);
    await host.release(`${dataset}@monday`);
    await stage().nudgeVolume(name);
    await stage().untilVolumeGone(name);
    expect(await stage().datasetNames()).not.toContain(dataset);
  });

  it('stays as it was while one of them has a clone', async () => {
    const { host } = stage();
    const { name, dataset } = await provisionWithSnapshots('cloned', 'with-snapshots');
    const clone = `${host.pool}/clone`;
    await host.zfs('clone', `${dataset}@monday`, clone);
    const before = await stateOf(host, dataset);

    await stage().deleteClaim('cloned');
    const children = { code: 'DATASET_HAS_CHILDREN', text: 'has clones' };
    const message = await untilRefused(stage(), name, children);

    expect(message).toContain(clone);
    expect(await stateOf(host, dataset)).toEqual(before);
    await host.zfs('destroy', clone);
    await stage().nudgeVolume(name);
    await stage().untilVolumeGone(name);
  });

  it('stays as it was, snapshots and all, while somebody has a dataset below it', async () => {
    const { host } = stage();
    const { name, dataset } = await provisionWithSnapshots('parent', 'with-snapshots');
    await host.zfs('create', `${dataset}/child`);
    await writeFileInto(host, `${dataset}/child`);
    const before = [await stateOf(host, dataset), await stateOf(host, `${dataset}/child`)];

    await stage().deleteClaim('parent');
    const children = { code: 'DATASET_HAS_CHILDREN', text: 'below it' };
    const message = await untilRefused(stage(), name, children);

    expect(message).toContain(`${dataset}/child`);
    const after = [await stateOf(host, dataset), await stateOf(host, `${dataset}/child`)];
    expect(after).toEqual(before);
    await host.zfs('destroy', `${dataset}/child`);
    await stage().nudgeVolume(name);
    await stage().untilVolumeGone(name);
  });
});

describe('a volume with snapshots of another tool', () => {
  it.each([
    ['sanoid', 'autosnap_2026-11-21_00:00:01_daily'],
    ['zrepl', 'zrepl_20261121_000001_000'],
  ])('of %s stays as it was until it is agreed that they go', async (tool, snapshot) => {
    const { host } = stage();
    const { name, dataset } = await provisionWithSnapshots(tool, 'with-snapshots');
    await host.snapshot(dataset, snapshot);
    const before = await stateOf(host, dataset);

    await stage().deleteClaim(tool);
    const foreign = { code: 'FOREIGN_SNAPSHOTS', text: `${dataset}@${snapshot}` };
    const message = await untilRefused(stage(), name, foreign);

    expect(message).toContain('zfs-provisioner.io/foreign-snapshots=destroy');
    expect(await stateOf(host, dataset)).toEqual(before);
    const annotations = { 'zfs-provisioner.io/foreign-snapshots': 'destroy' };
    await stage().patchVolume(name, { metadata: { annotations } });
    await stage().untilVolumeGone(name);
    expect(await stage().datasetNames()).not.toContain(dataset);
  });

  it('is destroyed with them where its class says so', async () => {
    const { host } = stage();
    await stage().createClass('agreed', { parameters: { foreignSnapshots: 'destroy' } });
    const { name, dataset } = await provisionWithSnapshots('agreed-before', 'agreed');
    await host.snapshot(dataset, 'zrepl_20261121_000001_000');

    await stage().deleteClaim('agreed-before');
    await stage().untilVolumeGone(name);

    expect(await stage().datasetNames()).not.toContain(dataset);
  });
});

describe('a volume whose snapshots were not agreed to go with it', () => {
  it('stays with all of them and says which; once they are gone, it goes', async () => {
    const { host } = stage();
    const { name, dataset } = await provisionWithSnapshots('not-agreed', 'without');
    const before = await stateOf(host, dataset);

    await stage().deleteClaim('not-agreed');
    const { type, message } = await stage().untilEvent(name, 'VolumeFailedDelete', 'snapshot');

    expect(type).toBe('Warning');
    expect(message).toContain('2 snapshot(s)');
    expect(message).toContain(`${dataset}@monday`);
    expect(message).toContain('destroySnapshots');
    expect(await stateOf(host, dataset)).toEqual(before);
    await host.zfs('destroy', `${dataset}@monday`);
    await host.zfs('destroy', `${dataset}@tuesday`);
    await stage().nudgeVolume(name);
    await stage().untilVolumeGone(name);
    expect(await stage().datasetNames()).not.toContain(dataset);
  });

  it('is destroyed like any other when it has none', async () => {
    const volume = await stage().provision({ name: 'plain', className: 'without' });

    await stage().deleteClaim('plain');
    await stage().untilVolumeGone(volume.metadata.name);

    expect(await stage().datasetNames()).not.toContain(stage().datasetOf(volume));
  });

  it('keeps to what was recorded when it was made, although its class says otherwise now', async () => {
    const { host } = stage();
    const { name, dataset } = await provisionWithSnapshots('recorded', 'without');
    const before = await stateOf(host, dataset);

    await stage().installation.applyClasses([
      { name: 'with-snapshots' },
      { name: 'without', destroySnapshots: true },
    ]);
    await stage().deleteClaim('recorded');
    await stage().untilEvent(name, 'VolumeFailedDelete', '2 snapshot(s)');

    expect(await stateOf(host, dataset)).toEqual(before);
  });
});
