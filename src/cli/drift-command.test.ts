import { beforeEach, describe, expect, it } from '@jest/globals';

import { aVolume } from '../../test/support/builders.ts';
import { CliStage } from '../../test/support/cli-world.ts';
import { parentsOf } from '../../test/support/comparison.ts';
import { aCondition, aDatasetUsage, aHostUsage } from '../../test/support/host-usage.ts';
import type { DatasetUsage } from '../zfs/dataset.ts';

const gone = 'pvc-gone';
const drifted = aDatasetUsage({
  refquotaBytes: 1n,
  condition: aCondition({ sharenfs: 'rw', notedShare: 'rw', mounted: false }),
});

let stage: CliStage;

function put(...datasets: readonly DatasetUsage[]): void {
  stage.zfs.usage = aHostUsage({ ...parentsOf('tank/k8s'), datasets });
}

beforeEach(() => {
  stage = new CliStage();
  stage.kube.addVolume(aVolume({ phase: 'Bound' }));
  put(drifted);
});

describe('drift', () => {
  it('shows people what is otherwise, and what mends it', async () => {
    const { code, stdout, stderr } = await stage.run('drift');

    const lines = stdout.split('\n');
    expect(code).toBe(0);
    expect(lines[0]).toMatch(/^VOLUME +CLAIM +HOST +KIND +EXPECTED +ACTUAL +REPAIR +REMEDY$/);
    expect(lines[1]).toMatch(
      /^pvc-uid-data +default\/data +storage-1 +quota +refquota=1073741824 +refquota=1 +--repair +zfs set refquota=1073741824 tank\/k8s\/pvc-uid-data$/,
    );
    expect(lines[2]).toMatch(/ unmounted +mounted=yes +mounted=no +--repair +zfs mount /);
    expect(stderr).toBe('kubectl zfs drift --repair mends 2 of them.\n');
  });

  it('tells programs the same, also what only a person can mend', async () => {
    stage.kube.addVolume(aVolume({ name: gone, phase: 'Bound' }));

    const items = await stage.items('drift');

    expect(items.map(({ volume, kind, repairable }) => [volume, kind, repairable])).toEqual([
      [gone, 'missing', false],
      ['pvc-uid-data', 'quota', true],
      ['pvc-uid-data', 'unmounted', true],
    ]);
    expect(await stage.run('drift -o name')).toMatchObject({
      stdout: `${gone}/missing\npvc-uid-data/quota\npvc-uid-data/unmounted\n`,
    });
  });

  it('shows a volume whose annotations do not agree, and is silent about its dataset', async () => {
    const annotations = { 'zfs.pv.kubernetes.io/zfs-dataset-path': 'tank/k8s/another' };
    stage.kube.addVolume(aVolume({ phase: 'Bound', annotations }));

    expect(await stage.items('drift')).toMatchObject([
      { kind: 'unclear', remedy: 'kubectl edit pv' },
    ]);
  });

  it('ends with 3 only with --exit-code, and only if there is something', async () => {
    expect((await stage.run('drift --exit-code')).code).toBe(3);
    expect((await stage.run('drift')).code).toBe(0);
    put(aDatasetUsage({ condition: aCondition({ sharenfs: 'rw' }) }));
    expect(await stage.run('drift --exit-code')).toEqual({
      ...{ code: 0, stdout: '' },
      stderr: 'All volumes are as they were promised.\n',
    });
  });

  it('tells of the volumes that are named, and knows no others', async () => {
    stage.kube.addVolume(aVolume({ name: gone, phase: 'Bound' }));

    expect(await stage.items(`drift ${gone}`)).toHaveLength(1);
    expect(await stage.run('drift pvc-gome')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('(did you mean pvc-gone?)'),
    });
  });
});

describe('drift --repair', () => {
  const repaired = (): readonly string[] =>
    stage.zfs.repairs.flatMap(({ repairs }) => repairs.map(({ kind }) => kind));

  it('mends all that can be, and says what cannot', async () => {
    stage.kube.addVolume(aVolume({ name: gone, phase: 'Bound' }));

    const { code, stdout, stderr } = await stage.run('drift --repair --yes');

    expect(code).toBe(0);
    expect(repaired()).toEqual(['quota', 'mount']);
    expect(stdout).toContain(
      'repair unmounted of volume pvc-uid-data on storage-1 (mounted=no, promised mounted=yes): zfs mount tank/k8s/pvc-uid-data',
    );
    expect(stderr).toContain(`not repaired: missing of volume ${gone}`);
  });

  it('mends the kinds that are named', async () => {
    await stage.run('drift --repair=unmounted --yes');

    expect(repaired()).toEqual(['mount']);
  });

  it('only shows it with --dry-run', async () => {
    expect(await stage.run('drift --repair --dry-run')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('zfs set refquota=1073741824'),
    });
    expect(repaired()).toEqual([]);
  });

  it('goes on after one that fails, and ends with 1', async () => {
    stage.zfs.fail('repair', { when: 'before', error: new Error('no room') });

    const { code, stderr } = await stage.run('drift --repair -y');

    expect(code).toBe(1);
    expect(stderr).toContain('failed: repair quota of volume pvc-uid-data');
    expect(repaired()).toEqual(['mount']);
  });

  it('knows its kinds', async () => {
    const { code, stderr } = await stage.run('drift --repair=qota,key --yes');

    expect(code).toBe(2);
    expect(stderr).toContain('has "qota"');
    expect(stderr).toContain('(did you mean quota?)');
    expect(stderr).toContain('has "key"');
  });
});
