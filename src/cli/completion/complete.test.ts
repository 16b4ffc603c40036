import { beforeEach, describe, expect, it } from '@jest/globals';

import { aBoundClaim, aVolume } from '../../../test/support/builders.ts';
import { CliStage, aTrashedDataset } from '../../../test/support/cli-world.ts';
import { aDatasetUsage, aHostUsage } from '../../../test/support/host-usage.ts';
import { KubeConfigError } from '../../kube/kube-config.ts';

let stage: CliStage;

beforeEach(() => {
  stage = new CliStage();
  stage.kube.addVolume(aVolume({ phase: 'Bound' }));
  stage.kube.addVolume(
    aVolume({ name: 'foreign', annotations: { 'pv.kubernetes.io/provisioned-by': 'x' } }),
  );
  stage.kube.addClaim(aBoundClaim('1Gi'));
  stage.zfs.usage = aHostUsage({
    datasets: [
      aDatasetUsage(),
      aDatasetUsage({ dataset: 'tank/k8s/pvc-lost', volumeName: 'pvc-lost' }),
    ],
    trash: [aTrashedDataset({ volumeName: 'pvc-gone' }), aTrashedDataset({ clusterId: 'x' })],
  });
});

/** What may stand where the line ends. */
const wordsAfter = async (line: string): Promise<readonly string[]> => {
  const { code, stdout, stderr } = await stage.run(`__complete ${line}`);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((each) => each.split('\t', 1).join(''));
};

describe('a command line is completed', () => {
  it.each([
    ['dri', ['drift']],
    ['trash ', ['list', 'restore', 'empty']],
    ['trash re', ['restore']],
    ['-o json trash re', ['restore']],
    ['--context x gu', ['guard']],
    ['list --so', ['--sort']],
    ['list --sort -us', ['-used']],
    ['list --sort=us', ['--sort=used']],
    ['list -o ', ['table', 'wide', 'json', 'yaml', 'name']],
    ['list --output=y', ['--output=yaml']],
    ['drift --repair=sh', ['--repair=share']],
    ['explain HOST_K', ['HOST_KEY']],
    ['completion f', ['fish']],
    ['help trash e', ['empty']],
    ['help gu', ['guard']],
    ['completion fish ', []],
    ['list x', []],
    ['nothing --like this', []],
  ])('%s: %j', async (line, expected) => {
    expect(await wordsAfter(line)).toEqual(expected);
    expect(stage.closed).toBe(0);
  });

  it.each([
    ['describe ', ['default/data', 'pvc-uid-data']],
    ['describe def', ['default/data']],
    ['describe -n default ', ['data']],
    ['describe data ', []],
    ['describe --name', ['--namespace']],
    ['drift ', ['pvc-uid-data']],
    ['drift pvc-uid-data pvc', ['pvc-uid-data']],
    ['trash restore ', ['pvc-gone']],
    ['trash restore pvc-gone --claim ', ['default/data']],
    ['adopt ', ['storage-1:tank/k8s/pvc-lost']],
    ['adopt storage-1:tank/k8s/pvc-l', ['storage-1:tank/k8s/pvc-lost']],
    ['guard release ', []],
    ['list --namespace ', ['default']],
    ['list --host=', ['--host=storage-1']],
    ['list --class ', ['fast']],
  ])('%s with names of the cluster: %j', async (line, expected) => {
    expect(await wordsAfter(line)).toEqual(expected);
  });

  it('with the option that says which cluster', async () => {
    const flags: unknown[] = [];
    const world = stage.cluster;
    stage.connected = (given) => {
      flags.push(given);
      return world;
    };

    await wordsAfter('--context other describe --kubeconfig=/k --instance x ');

    expect(flags).toEqual([{ kubeconfig: '/k', context: 'other', instance: 'x' }]);
  });

  it('with what words are', async () => {
    const { stdout } = await stage.run('__complete describe pvc');

    expect(stdout).toBe('pvc-uid-data\tdefault/data\n');
  });

  it('silently without names where the cluster cannot be asked, or does not answer', async () => {
    stage.connectError = new KubeConfigError('no such file');
    expect(await wordsAfter('describe ')).toEqual([]);

    stage.connectError = undefined;
    stage.kube.listClaims = () => new Promise(() => undefined);
    const waiting = wordsAfter('describe ');
    await stage.clock.advance(5_000);
    expect(await waiting).toEqual([]);
  });
});

describe('completion', () => {
  it.each(['bash', 'zsh', 'fish', 'kubectl'])('prints the script for %s', async (shell) => {
    const { code, stdout } = await stage.run(`completion ${shell}`);

    expect(code).toBe(0);
    expect(stdout).toContain('kubectl-zfs __complete');
  });

  it.each([
    ['completion', 'the shell, one of bash, zsh, fish, kubectl, is missing'],
    ['completion bsh', 'expected one of bash, zsh, fish, kubectl (did you mean bash?)'],
  ])('refuses %s', async (args, said) => {
    const { code, stderr } = await stage.run(args);

    expect(code).toBe(2);
    expect(stderr).toContain(said);
  });

  it('has no command that people see for the shells', async () => {
    expect((await stage.run('--help')).stdout).not.toContain('__complete');
  });
});
