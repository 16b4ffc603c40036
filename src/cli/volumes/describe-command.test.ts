import { beforeEach, describe, expect, it } from '@jest/globals';

import { aBoundClaim, aClaim, aVolume } from '../../../test/support/builders.ts';
import { CliStage } from '../../../test/support/cli-world.ts';
import { aCondition, aDatasetUsage, aHostUsage } from '../../../test/support/host-usage.ts';
import { HostUnreachableError } from '../../host/command.ts';
import { KubeForbiddenError } from '../../kube/api-error.ts';

let stage: CliStage;
const parents = [
  { host: 'storage-1', dataset: 'tank/k8s', availableBytes: 1n << 40n, readOnly: false },
];

beforeEach(() => {
  stage = new CliStage();
  stage.kube.addVolume(aVolume({ phase: 'Bound' }));
  stage.kube.addClaim(aBoundClaim('1Gi'));
  stage.zfs.usage = aHostUsage({
    ...{ asked: ['tank/k8s'], parents },
    datasets: [aDatasetUsage({ condition: aCondition({ mounted: false, sharenfs: 'rw' }) })],
  });
  stage.kube.objectEvents.set('data', [
    {
      ...{ atMs: Date.UTC(2025, 11, 31), type: 'Warning', count: 3 },
      ...{ reason: 'ProvisioningFailed', message: 'no room\u001b[2J' },
    },
  ]);
});

describe('kubectl zfs describe', () => {
  it.each(['default/data', 'data -n default', 'data', 'pvc-uid-data'])(
    'called for %s shows both worlds, what differs, and what has happened',
    async (name) => {
      const { code, stdout, stderr } = await stage.run(`describe ${name}`);

      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/^ +WHAT +THE CLUSTER SAYS +THE HOST HAS\n/);
      expect(stdout).toMatch(/\n +volume +pvc-uid-data, Bound +pvc-uid-data\n/);
      expect(stdout).toMatch(/\n +claim +default\/data, Bound +default\/data\n/);
      expect(stdout).toMatch(/\n +size +1Gi +refquota 1 GiB\n/);
      expect(stdout).toMatch(/\n! +path +\S+ +\/tank\/k8s\/pvc-uid-data, not mounted\n/);
      expect(stdout).toMatch(/\nunmounted +mounted=yes +mounted=no +zfs mount tank/);
      expect(stdout).toMatch(
        /Warning +ProvisioningFailed +PersistentVolumeClaim +3 +no room\?\[2J/,
      );
    },
  );

  it('tells programs all of it', async () => {
    const { stdout } = await stage.run('describe default/data -o json');

    expect(JSON.parse(stdout)).toMatchObject({
      ...{ volume: 'pvc-uid-data', claim: { namespace: 'default', name: 'data' } },
      ...{ drift: ['unmounted'], findings: [{ kind: 'unmounted' }] },
      sides: expect.arrayContaining([
        { what: 'size', cluster: '1Gi', host: 'refquota 1 GiB', differs: false },
      ]),
      events: [{ at: '2025-12-31T00:00:00.000Z', reason: 'ProvisioningFailed', count: 3 }],
    });
    expect((await stage.run('describe data -o name')).stdout).toBe('pvc-uid-data\n');
  });

  it('says that nothing differs where nothing does', async () => {
    stage.zfs.usage = aHostUsage({
      ...{ asked: ['tank/k8s'], parents },
      datasets: [aDatasetUsage({ condition: aCondition({ sharenfs: 'rw' }) })],
    });

    expect((await stage.run('describe data')).stdout).toContain('It is as it was promised.');
  });

  it('tells of a dataset that is missing, and shows nothing of one in its place', async () => {
    const foreign = aDatasetUsage({ volumeName: 'pvc-other', claimName: 'others' });
    stage.zfs.usage = aHostUsage({ asked: ['tank/k8s'], parents, datasets: [foreign] });

    const { stdout } = await stage.run('describe data');

    expect(stdout).toMatch(/\n! +dataset +tank\/k8s\/pvc-uid-data +a dataset that is not its own/);
    expect(stdout).toMatch(/\nmissing +dataset=tank/);
    expect(stdout).not.toContain('others');
  });

  it('shows the events of a claim that has no volume', async () => {
    stage.kube.addClaim(aClaim({ name: 'waiting' }));

    const { code, stdout } = await stage.run('describe waiting');

    expect(code).toBe(0);
    expect(stdout).toContain(
      'claim default/waiting is Pending: it asks class fast for 1Gi, and has no volume',
    );
    expect(stdout).toContain('There are no events of it.');
    expect(stage.zfs.calls).toEqual([]);
  });

  it("shows the cluster's side where the host does not answer or is not known, and fails", async () => {
    const error = new HostUnreachableError('storage-1', 'no route to host');
    stage.zfs.fail('scan', { when: 'before', error });

    const silent = await stage.run('describe data');
    stage.cluster = { ...stage.cluster, parents: new Map([['nas-9', new Set(['tank'])]]) };
    const unknown = await stage.run('describe data');

    expect(silent).toMatchObject({ code: 1, stderr: expect.stringContaining('no route to host') });
    expect(silent.stdout).toMatch(/host +storage-1 +the host does not answer/);
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('--parent') });
    expect(unknown.stdout).toMatch(/host +storage-1 +no class and no hosts file names it/);
    expect(unknown.stdout).not.toContain('as it was promised');
  });

  it('goes without events where these may not be read', async () => {
    stage.kube.listEvents = () => Promise.reject(new KubeForbiddenError('list is forbidden'));

    const { code, stdout, stderr } = await stage.run('describe data');

    expect(code).toBe(0);
    expect(stdout).toContain('WHAT');
    expect(stderr).toContain('note: events are not shown: list is forbidden (KUBE_FORBIDDEN)');
  });

  it.each([
    ['nothing', 2, 'describe', 'the claim or volume to describe is missing'],
    ['two namespaces', 2, 'describe a/b -n c', '"a/b" has a namespace'],
    [
      'an unknown claim',
      1,
      'describe default/dta',
      'no claim "default/dta" (did you mean default/data?)',
    ],
    [
      'an unknown name',
      1,
      'describe pvc-uid-dat',
      'no claim "pvc-uid-dat" (did you mean pvc-uid-data?)',
    ],
    ['a foreign volume', 1, 'describe pvc-foreign', 'is of provisioner "other.io", not of'],
    [
      'several claims',
      1,
      'describe twin',
      'means several claims: say which, default/twin, web/twin',
    ],
  ])('refuses %s', async (_what, code, args, said) => {
    const annotations = { 'pv.kubernetes.io/provisioned-by': 'other.io' };
    stage.kube.addVolume(aVolume({ name: 'pvc-foreign', annotations }));
    const twin = aClaim({ name: 'twin' });
    stage.kube.addClaim(twin);
    stage.kube.addClaim({ ...twin, metadata: { ...twin.metadata, namespace: 'web' } });

    const ended = await stage.run(args);

    expect(ended.code).toBe(code);
    expect(ended.stderr).toContain(said);
  });
});
