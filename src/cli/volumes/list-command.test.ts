import { beforeEach, describe, expect, it } from '@jest/globals';

import { aBoundClaim, aVolume } from '../../../test/support/builders.ts';
import { CliStage } from '../../../test/support/cli-world.ts';
import { aDatasetUsage, aHostUsage } from '../../../test/support/host-usage.ts';
import { HostUnreachableError } from '../../host/command.ts';

let stage: CliStage;

beforeEach(() => {
  stage = new CliStage();
  stage.kube.addVolume(aVolume({ phase: 'Bound' }));
  stage.kube.addVolume(
    aVolume({
      name: 'pvc-other',
      phase: 'Bound',
      annotations: { 'zfs.pv.kubernetes.io/zfs-dataset-path': 'tank/k8s/pvc-other' },
      spec: { claimRef: { namespace: 'web', name: 'site', uid: 'uid-site' } },
    }),
  );
  stage.kube.addClaim(aBoundClaim('1Gi'));
  stage.zfs.usage = aHostUsage({
    asked: ['tank/k8s'],
    parents: [
      { host: 'storage-1', dataset: 'tank/k8s', availableBytes: 1n << 40n, readOnly: false },
    ],
    datasets: [
      aDatasetUsage({ usedBytes: 2n << 29n, referencedBytes: 1n << 29n }),
      aDatasetUsage({
        ...{ dataset: 'tank/k8s/pvc-other', volumeName: 'pvc-other', refquotaBytes: 1n << 20n },
        ...{ referencedBytes: 1n << 10n, usedBySnapshotsBytes: 5n << 20n },
      }),
    ],
  });
});

const volumesOf = async (args: string): Promise<readonly unknown[]> =>
  (await stage.items(args)).map(({ volume }) => volume);

describe('list', () => {
  it('shows volumes beside what their datasets hold', async () => {
    const { code, stdout, stderr } = await stage.run('list');

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.split('\n');
    expect(lines[0]).toMatch(
      /^CLAIM +VOLUME +CLASS +HOST +DATASET +USED +QUOTA +FILL +SNAPSHOTS +AGE +DRIFT$/,
    );
    expect(lines[1]).toMatch(
      /^default\/data +pvc-uid-data .* storage-1 +tank\/k8s\/pvc-uid-data +512 MiB +1 GiB +50 % +0 bytes /,
    );
    expect(lines[2]).toMatch(/^web\/site +pvc-other .* 1 KiB +1 MiB +0 % +5 MiB .*quota/);
    expect((await stage.run('list -o wide')).stdout).toMatch(/^CLAIM.* PHASE .* MODES +RECLAIM/);
  });

  it('tells programs sizes in bytes', async () => {
    const [item] = await stage.items('list');

    expect(item).toMatchObject({
      ...{ volume: 'pvc-uid-data', claim: { namespace: 'default', name: 'data' } },
      ...{ host: 'storage-1', dataset: 'tank/k8s/pvc-uid-data', phase: 'Bound' },
      ...{ capacityBytes: 1 << 30, usedBytes: 1 << 29, quotaBytes: 1 << 30 },
      ...{ usedBySnapshotsBytes: 0, type: 'nfs', accessModes: expect.any(Array) },
    });
    expect((await stage.run('list -o name')).stdout).toBe('pvc-uid-data\npvc-other\n');
  });

  it.each([
    ['list -n web', ['pvc-other']],
    ['list -A', ['pvc-uid-data', 'pvc-other']],
    ['list --host storage-1 --class fast', ['pvc-uid-data', 'pvc-other']],
    ['list --class slow', []],
    ['list --sort used', ['pvc-other', 'pvc-uid-data']],
    ['list --sort -used', ['pvc-uid-data', 'pvc-other']],
    ['list --sort=-snapshots', ['pvc-other', 'pvc-uid-data']],
    ['list --sort volume', ['pvc-other', 'pvc-uid-data']],
  ])('%s shows what was asked for', async (args, expected) => {
    expect(await volumesOf(args)).toEqual(expected);
  });

  it.each([
    ['list --sort size', '--sort is "size": expected one of claim, volume'],
    ['list -n web -A', 'either --namespace or --all-namespaces'],
    ['list data', 'no names are taken here: "data"'],
  ])('%s is refused', async (args, said) => {
    const { code, stderr } = await stage.run(args);

    expect(code).toBe(2);
    expect(stderr).toContain(said);
  });

  it('asks no other host than the one that was asked for', async () => {
    const parents = new Map([...stage.cluster.parents, ['storage-2', new Set(['tank'])] as const]);
    stage.cluster = { ...stage.cluster, parents };

    await stage.run('list --host storage-2');
    const unknown = await stage.run('list --host storage-3');

    expect(stage.zfs.calls).toEqual(['scan storage-2:tank']);
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toContain('names host "storage-3" (did you mean storage-1?)');
  });

  it('shows volumes of a host that does not answer, without figures, and ends with exit code 1', async () => {
    const error = new HostUnreachableError('storage-1', 'no route to host');
    stage.zfs.fail('scan', { when: 'before', error });

    const { code, stdout, stderr } = await stage.run('list');

    expect(code).toBe(1);
    expect(stdout).toMatch(/pvc-uid-data +fast +storage-1 +\S+ +- +- +- +- +- +\?\n/);
    expect(stderr).toContain('no route to host');
  });

  it('is never wider than the terminal', async () => {
    for (const columns of [40, 60, 80, 100, 120]) {
      const { stdout } = await stage.run('list -o wide', { columns });
      const widest = Math.max(...stdout.split('\n').map((line) => line.length));
      expect(widest).toBeLessThanOrEqual(columns);
      expect(stdout).toContain('CLAIM');
    }
  });
});

describe('hosts', () => {
  it('shows hosts with their pools, and why one cannot be asked', async () => {
    const parents = new Map([...stage.cluster.parents, ['storage-2', new Set(['tank'])] as const]);
    stage.cluster = { ...stage.cluster, parents };
    const pool = { host: 'storage-1', pool: 'tank', health: 'DEGRADED' };
    const sizes = { sizeBytes: 10n << 30n, allocatedBytes: 4n << 30n, freeBytes: 6n << 30n };
    stage.zfs.usages.set(
      'storage-1',
      aHostUsage({ ...stage.zfs.usage, pools: [{ ...pool, ...sizes }] }),
    );
    const scan = stage.zfs.scan.bind(stage.zfs);
    stage.zfs.scan = (host, datasets, signal) =>
      host === 'storage-2'
        ? Promise.reject(new HostUnreachableError(host, 'no route to host'))
        : scan(host, datasets, signal);

    const { code, stdout } = await stage.run('hosts');
    const { stdout: json } = await stage.run('hosts -o json');

    expect(code).toBe(1);
    expect(stdout).toMatch(
      /storage-1 +answers +\d+ ms +2 +tank +DEGRADED +10 GiB +6 GiB +40 % +tank\/k8s +-\nstorage-2 +no answer .*no route/,
    );
    expect(JSON.parse(json)).toMatchObject({
      items: [
        {
          ...{ host: 'storage-1', state: 'answers', volumes: 2, lookedAt: expect.any(String) },
          pools: [{ pool: 'tank', health: 'DEGRADED', allocatedBytes: 4 * 2 ** 30 }],
        },
        { host: 'storage-2', lastFailure: expect.stringContaining('no route'), pools: [] },
      ],
    });
    expect((await stage.run('hosts -o name')).stdout).toBe('storage-1\nstorage-2\n');
  });
});
