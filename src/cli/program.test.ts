import { beforeEach, describe, expect, it } from '@jest/globals';

import { CliStage } from '../../test/support/cli-world.ts';
import { KubeForbiddenError } from '../kube/api-error.ts';
import { KubeConfigError } from '../kube/kube-config.ts';
import { SettingsError } from '../settings/settings.ts';

let stage: CliStage;

beforeEach(() => {
  stage = new CliStage();
});

describe('the command line', () => {
  it('is refused with everything that is wrong with it', async () => {
    const { code, stderr } = await stage.run(
      'trash restore --clam=x --claim default/a/b --parent tank --parent nas-1:tank//x -o jsn',
    );

    expect(code).toBe(2);
    expect(stderr.split('\n')).toEqual([
      'error: 6 problems:',
      '  - there is no option --clam (did you mean --claim?)',
      '  - the volume or dataset to restore is missing',
      '  - --claim is "default/a/b": expected NAMESPACE/NAME, such as default/data',
      '  - --parent is "tank": expected HOST:DATASET, such as nas-1:tank/kubernetes',
      '  - --parent is "nas-1:tank//x": expected HOST:DATASET, such as nas-1:tank/kubernetes',
      '  - --output is "jsn": expected one of table, wide, json, yaml, name (did you mean json?)',
      "See 'kubectl zfs --help'.",
      '',
    ]);
    expect(stage.closed).toBe(0);
  });

  it.each([
    ['a claim without namespace', 'adopt x --claim data', '--claim is "data"'],
    ['no claim', 'adopt x', '--claim NAMESPACE/NAME is missing'],
    ['two datasets', 'adopt x y z --claim a/b', 'too many names: "y", "z"'],
    ['a name where none is taken', 'orphans x', 'no names are taken here: "x"'],
    ['a command that there is not', 'trsh list', 'Did you mean trash?'],
    ['an option without its value', 'adopt x --claim', "option '--claim <NAMESPACE/NAME>'"],
    ['a trial of nothing', 'drift --dry-run', '--dry-run goes with --repair'],
  ])('with %s is refused with exit code 2', async (_what, args, said) => {
    const { code, stdout, stderr } = await stage.run(args);

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(said);
  });

  it('may name parents on hosts by their IPv6 address', async () => {
    await stage.run('trash list --parent fd00::7:tank/a:b --parent storage-1:tank/more');

    expect(stage.zfs.calls).toEqual(['scan storage-1:tank/k8s,tank/more', 'scan fd00::7:tank/a:b']);
  });
});

describe('help', () => {
  it.each(['--help', 'trash --help', 'trash restore --help', 'help', 'help trash'])(
    'is printed for %s',
    async (args) => {
      const { code, stdout, stderr } = await stage.run(args);

      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toContain('Usage: kubectl-zfs');
    },
  );

  it('knows its exit codes and its version', async () => {
    expect((await stage.run('--help')).stdout).toContain('Exit codes: 0 done');
    expect(await stage.run('--version')).toEqual({ code: 0, stdout: '1.2.3\n', stderr: '' });
  });
});

describe('a command', () => {
  it.each([
    ['the environment is wrong', new SettingsError(['A is wrong', 'B is too']), 2, '  - B is too'],
    ['there is no kubeconfig', new KubeConfigError('no such file'), 2, 'error: no such file'],
    [
      'the person may not',
      new KubeForbiddenError('list is forbidden\u001b[2J'),
      1,
      'error: list is forbidden?[2J (KUBE_FORBIDDEN)',
    ],
  ])('ends with one clear line where %s', async (_what, error, code, said) => {
    stage.connectError = error;

    const ended = await stage.run('orphans');

    expect(ended).toMatchObject({ code, stdout: '' });
    expect(ended.stderr).toContain(said);
  });

  it('lets go of the cluster, however it ends', async () => {
    stage.kube.fail('getNamespaceUid', { when: 'before', error: new Error('away') });

    await stage.run('trash list');
    expect((await stage.run('adopt x --claim default/a')).code).toBe(1);

    expect(stage.closed).toBe(2);
  });

  it('says so where no class names a host', async () => {
    stage.cluster = { ...stage.cluster, parents: new Map() };

    expect((await stage.run('trash list')).stderr).toContain('is --instance right?');
  });

  it('says so where a parent is not there', async () => {
    expect((await stage.run('trash list')).stderr).toContain(
      'note: there is no dataset tank/k8s on storage-1',
    );
  });
});
