import { beforeEach, describe, expect, it } from '@jest/globals';

import { aVolume } from '../../test/support/builders.ts';
import { CliStage } from '../../test/support/cli-world.ts';
import type { Volume } from '../volume/objects.ts';

const label = 'zfs-provisioner.io/destroy';

function held(name: string, value = 'held', annotations = {}): Volume {
  const volume = aVolume({ name, annotations });
  return { ...volume, metadata: { ...volume.metadata, labels: { [label]: value } } };
}

let stage: CliStage;

const labels = (): readonly (string | undefined)[] =>
  ['pvc-1', 'pvc-2'].map((name) => stage.kube.liveVolumes.get(name)?.metadata.labels?.[label]);

beforeEach(() => {
  stage = new CliStage();
  stage.kube.addVolume(held('pvc-1'));
  stage.kube.addVolume(held('pvc-2'));
  stage.kube.addVolume(held('pvc-3', 'confirmed'));
  stage.kube.addVolume(held('pvc-4', 'held', { 'pv.kubernetes.io/provisioned-by': 'another' }));
  stage.kube.addVolume(aVolume({ name: 'pvc-5' }));
});

describe('guard list', () => {
  it('shows the volumes of the provisioner that wait, and asks no host', async () => {
    const { code, stdout } = await stage.run('guard list');

    expect(code).toBe(0);
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/)[0])).toEqual([
      'VOLUME',
      'pvc-1',
      'pvc-2',
      '',
    ]);
    expect(stage.zfs.calls).toEqual([]);
  });

  it('tells programs', async () => {
    expect((await stage.items('guard list'))[0]).toEqual({
      volume: 'pvc-1',
      claim: { namespace: 'default', name: 'data' },
      ...{ storageClass: 'fast', capacity: '1Gi', host: 'storage-1', dataset: 'tank/k8s/pvc-1' },
    });
    expect(await stage.run('guard list --exit-code -o name')).toMatchObject({
      ...{ code: 3, stdout: 'pvc-1\npvc-2\n' },
    });
  });
});

describe('guard release', () => {
  it.each([
    ['what is named', 'pvc-2', ['held', 'confirmed']],
    ['all', '--all', ['confirmed', 'confirmed']],
  ])('confirms %s', async (_what, words, expected) => {
    expect(await stage.run(`guard release ${words} --yes`)).toMatchObject({ code: 0 });
    expect(labels()).toEqual(expected);
  });

  it.each([
    ['nothing is named', '', 2, 'say which volumes, or --all'],
    ['too much is', ' pvc-1 --all', 2, 'either names or --all, not both'],
    ['one does not wait', ' pvc-1 pvc-5', 1, 'no volume "pvc-5" waits for a person'],
  ])('confirms none where %s', async (_what, words, code, said) => {
    const ended = await stage.run(`guard release${words} --yes`);

    expect(ended.code).toBe(code);
    expect(ended.stderr).toContain(said);
    expect(labels()).toEqual(['held', 'held']);
  });
});
