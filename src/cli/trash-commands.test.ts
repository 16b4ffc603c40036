import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { parse } from 'yaml';

import { aClaim, aVolume } from '../../test/support/builders.ts';
import { CliStage, aRecord, aTrashedDataset } from '../../test/support/cli-world.ts';
import { aDatasetUsage, aHostUsage } from '../../test/support/host-usage.ts';
import { HostUnreachableError } from '../host/command.ts';
import { KubeUnavailableError } from '../kube/api-error.ts';

const inTrash = 'tank/k8s/.trash/pvc-uid-data-20251231T000000Z';
const restoreIt = 'trash restore pvc-uid-data --claim default/found';

let stage: CliStage;

function put(...trash: readonly ReturnType<typeof aTrashedDataset>[]): void {
  stage.zfs.usage = aHostUsage({
    parents: [{ host: 'storage-1', dataset: 'tank/k8s', availableBytes: 1n, readOnly: false }],
    trash,
  });
}

/** What was changed, on hosts and in the cluster. */
function changes(): readonly string[] {
  const isRead = /^(scan|get)/;
  return [...stage.zfs.calls, ...stage.kube.calls].filter((call) => !isRead.test(call));
}

beforeEach(() => {
  stage = new CliStage();
  put(aTrashedDataset());
});

describe('trash list', () => {
  it('shows people what can be had back, and until when', async () => {
    const { code, stdout, stderr } = await stage.run('trash list');

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(
      'VOLUME        CLAIM         CLASS  HOST       DATASET                                         USED  DELETED  EXPIRES\n' +
        `pvc-uid-data  default/data  fast   storage-1  ${inTrash}  3 MiB  24h ago  in 6d\n`,
    );
  });

  it('tells programs the same in JSON, in YAML and by names that other commands take', async () => {
    const json = await stage.run('trash list -o json');
    const yaml = await stage.run('trash list -o yaml');
    const name = await stage.run('trash list -o name');

    const item = {
      volume: 'pvc-uid-data',
      claim: { namespace: 'default', name: 'data' },
      ...{ storageClass: 'fast', host: 'storage-1', dataset: inTrash },
      ...{ usedBytes: 3_145_728, expired: false, ours: true },
      ...{ trashedAt: '2025-12-31T00:00:00.000Z', expiresAt: '2026-01-07T00:00:00.000Z' },
    };
    expect(JSON.parse(json.stdout)).toMatchObject({ items: [item] });
    expect(parse(yaml.stdout)).toEqual(JSON.parse(json.stdout));
    expect(name.stdout).toBe(`storage-1:${inTrash}\n`);
  });

  it('leaves out what is of others, unless it is asked for', async () => {
    put(aTrashedDataset({ clusterId: 'another' }), aTrashedDataset({ instance: undefined }));

    expect(await stage.run('trash list')).toMatchObject({
      stdout: '',
      stderr: 'The trash is empty.\n',
    });
    expect(await stage.items('trash list --all')).toHaveLength(2);
  });

  it('shows what it knows where a host does not answer, and ends with 1', async () => {
    stage.cluster = {
      ...stage.cluster,
      parents: new Map([...stage.cluster.parents, ['nas-2', new Set(['tank'])]]),
      leftOut: ['localhost'],
    };
    stage.zfs.fail('scan', {
      when: 'before',
      error: new HostUnreachableError('nas-2', 'nas-2 is down'),
    });

    const { code, stdout, stderr } = await stage.run('trash list');

    expect(code).toBe(1);
    expect(stdout).toContain('pvc-uid-data');
    expect(stderr).toContain('error: nas-2 is down (HOST_UNREACHABLE)');
    expect(stderr).toContain('note: host localhost is the machine that the provisioner runs on');
  });

  it('says on whom it waits', async () => {
    stage.zfs.freeze('storage-1');
    void stage.run('trash list --parent nas-2:tank');

    await stage.clock.advance(13_000);

    const line = 'waiting for storage-1 ...';
    expect(stage.told.filter((each) => each.startsWith('waiting'))).toEqual([line, line]);
  });
});

describe('trash restore', () => {
  it('takes it out of the trash, writes its volume and makes the claim', async () => {
    const { code, stdout } = await stage.run(`${restoreIt} --yes`);

    expect(code).toBe(0);
    expect(changes()).toEqual([
      `restore storage-1:${inTrash}`,
      'createVolume pvc-uid-data',
      'createClaim found',
    ]);
    expect(stdout.match(/^done: /gm)).toHaveLength(3);
    const volume = await stage.kube.getVolume('pvc-uid-data');
    expect(volume?.spec).toMatchObject({
      capacity: { storage: '1Gi' },
      nfs: { server: 'storage-1', path: '/tank/k8s/pvc-uid-data' },
      claimRef: { namespace: 'default', name: 'found' },
    });
    expect((await stage.kube.getClaim('default', 'found'))?.spec).toEqual({
      storageClassName: 'fast',
      volumeName: 'pvc-uid-data',
      accessModes: ['ReadWriteOnce', 'ReadWriteMany'],
      volumeMode: 'Filesystem',
      resources: { requests: { storage: '1Gi' } },
    });
  });

  it.each([
    ['its volume', 'pvc-uid-data'],
    ['its name', inTrash],
    ['its name with its host', `storage-1:${inTrash}`],
    ['its name before', 'tank/k8s/pvc-uid-data'],
  ])('finds it by %s', async (_what, name) => {
    expect(await stage.run(`trash restore ${name} --claim default/found -y`)).toMatchObject({
      code: 0,
    });
  });

  it.each([
    ['shows what it would do with --dry-run', '--dry-run', undefined, 0],
    ['does nothing without a yes', '', 'n', 1],
    ['does nothing where nobody can be asked', '', undefined, 2],
  ])('%s', async (_name, flags, answer, code) => {
    const ended = await stage.run(
      `${restoreIt} ${flags}`.trim(),
      answer === undefined ? {} : { answer },
    );

    expect(ended.code).toBe(code);
    expect(ended.stdout).toContain(
      `restore dataset ${inTrash} on storage-1 as tank/k8s/pvc-uid-data`,
    );
    expect(ended.stdout + ended.stderr).toMatch(/nothing was changed/i);
    expect(changes()).toEqual([]);
  });

  it('does it after a yes', async () => {
    expect(await stage.run(restoreIt, { answer: ' Y\n' })).toMatchObject({ code: 0 });
    expect(stage.questions).toEqual(['Go on? [y/N] ']);
    expect(changes()).toHaveLength(3);
  });

  it('tells programs what was done', async () => {
    const { stdout, stderr } = await stage.run(`${restoreIt} -y -o json`);

    const { items } = JSON.parse(stdout) as { items: { action: string; state: string }[] };
    expect(items.map(({ action, state }) => `${action} ${state}`)).toEqual([
      'restore done',
      'write-volume done',
      'create-claim done',
    ]);
    expect(stderr).toContain('To be done:');
  });

  it('stops at what fails, and goes on from there when it is run again', async () => {
    const error = new KubeUnavailableError('the API is away', { outcomeUnknown: true });
    stage.kube.fail('createVolume', { when: 'after', error });

    const first = await stage.run(`${restoreIt} -y -o json`);
    const inUse = aDatasetUsage({ recorded: aRecord() });
    stage.zfs.usage = aHostUsage({ datasets: [inUse] });
    const second = await stage.run(`${restoreIt} -y -o json`);
    const third = await stage.run(`${restoreIt} -y -o json`);

    expect(first.code).toBe(1);
    expect(first.stderr).toContain('the API is away (KUBE_UNAVAILABLE)');
    expect(JSON.parse(first.stdout)).toMatchObject({
      items: [{ state: 'done' }, { state: 'failed' }, { state: 'skipped' }],
    });
    expect(JSON.parse(second.stdout)).toMatchObject({ items: [{ action: 'create-claim' }] });
    expect(third).toMatchObject({ code: 0, stdout: '{\n  "items": []\n}\n' });
    expect(third.stderr).toContain('has volume pvc-uid-data already');
  });

  it('finds out what was taken out of the trash and has no volume yet', async () => {
    stage.zfs.usage = aHostUsage({ datasets: [aDatasetUsage({ recorded: aRecord() })] });

    const { stdout } = await stage.run(`${restoreIt} -y`);

    expect(stdout).toContain('done: take dataset tank/k8s/pvc-uid-data on storage-1 into use');
    expect(changes()).toHaveLength(3);
  });

  it('takes a claim that waits for the volume', async () => {
    stage.kube.addClaim(aClaim({ name: 'found', spec: { volumeName: 'pvc-uid-data' } }));

    const { code } = await stage.run(`${restoreIt} -y`);

    expect(code).toBe(0);
    expect(changes()).toEqual([`restore storage-1:${inTrash}`, 'createVolume pvc-uid-data']);
    expect((await stage.kube.getVolume('pvc-uid-data'))?.spec.claimRef?.uid).toBe('uid-found');
  });

  it('says so when the claim is not bound in time', async () => {
    stage.kube.isBinding = false;
    const ended = stage.run(`${restoreIt} -y`);
    await stage.clock.advance(40_000);

    expect(await ended).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('claim default/found is Pending after 30 s: see kubectl'),
    });
  });

  it('refuses a claim that somebody else made meanwhile', async () => {
    stage.kube.rival = aClaim({ name: 'found', spec: { volumeName: 'pvc-other' } });

    const { code, stderr } = await stage.run(`${restoreIt} -y`);

    expect(code).toBe(1);
    expect(stderr).toContain('claim default/found has volume pvc-other already');
  });

  it.each<[string, () => void, string]>([
    [
      'nothing of that name',
      () => {
        put();
      },
      'there is no "pvc-uid-data" in the trash',
    ],
    [
      'two of that name',
      () => {
        put(aTrashedDataset(), aTrashedDataset({ dataset: `${inTrash}2` }));
      },
      `means several datasets: say which, storage-1:${inTrash}, storage-1:${inTrash}2`,
    ],
    [
      'one of another cluster',
      () => {
        put(aTrashedDataset({ clusterId: 'x' }));
      },
      'is of another cluster',
    ],
    [
      'one of another provisioner',
      () => {
        put(aTrashedDataset({ instance: 'x' }));
      },
      'say --instance',
    ],
    [
      'one of nobody',
      () => {
        put(aTrashedDataset({ instance: undefined }));
      },
      'says no owner',
    ],
    [
      'one without a record',
      () => {
        put(aTrashedDataset({ recorded: aRecord({ rest: undefined }) }));
      },
      'by hand',
    ],
    [
      'no namespace',
      () => {
        stage.kube.namespaces.delete('default');
      },
      'there is no namespace default',
    ],
    [
      'a volume that is there',
      () => {
        stage.kube.addVolume(aVolume());
      },
      'volume pvc-uid-data still stands',
    ],
    [
      'a claim that our provisioner would serve',
      () => {
        stage.kube.addClaim(aClaim({ name: 'found' }));
      },
      'or make it with spec.volumeName: pvc-uid-data',
    ],
  ])('refuses %s, and changes nothing', async (_what, arrange, message) => {
    arrange();

    const { code, stderr } = await stage.run(`${restoreIt} -y`);

    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(changes()).toEqual([]);
  });
});

describe('trash empty', () => {
  const expired = { expiresAtMs: Date.UTC(2025, 11, 31) };
  const old = aTrashedDataset({
    ...expired,
    dataset: 'tank/k8s/.trash/old',
    volumeName: 'pvc-old',
  });
  const foreign = aTrashedDataset({ dataset: 'tank/k8s/.trash/foreign', clusterId: 'another' });

  beforeEach(() => {
    put(aTrashedDataset(), old, foreign);
  });

  it.each([
    ['all of ours', 'trash empty', [inTrash, 'tank/k8s/.trash/old']],
    ['what has expired', 'trash empty --expired', ['tank/k8s/.trash/old']],
    ['what is named', 'trash empty pvc-uid-data', [inTrash]],
    ['nothing that is named and has not expired', 'trash empty pvc-uid-data --expired', []],
  ])('destroys %s', async (_what, command, expected) => {
    expect(await stage.run(`${command} --yes`)).toMatchObject({ code: 0 });
    expect(changes().toSorted()).toEqual(
      expected.map((dataset) => `destroy storage-1:${dataset}`).toSorted(),
    );
  });

  it('tells every name that means nothing, and destroys nothing', async () => {
    const { code, stderr } = await stage.run(
      'trash empty pvc-old nobody tank/k8s/.trash/foreign -y',
    );

    expect(code).toBe(1);
    expect(stderr).toContain('there is no "nobody" in the trash');
    expect(stderr).toContain('tank/k8s/.trash/foreign on storage-1 is of another cluster');
    expect(changes()).toEqual([]);
  });

  it('leaves what somebody moved there, and the dataset of a volume that is there', async () => {
    const moved = { trashedFrom: undefined, trashedAtMs: undefined, expiresAtMs: undefined };
    put(aTrashedDataset(moved), old);
    stage.kube.addVolume(aVolume({ name: 'pvc-old' }));

    const all = await stage.run('trash empty -y');
    const named = await stage.run('trash empty pvc-uid-data pvc-old -y');

    expect(all.stderr).toContain('There is nothing to destroy.');
    expect(named.code).toBe(1);
    expect(named.stderr).toContain('was not put into the trash by the provisioner');
    expect(named.stderr).toContain('is the dataset of volume pvc-old, which is still there');
    expect(changes()).toEqual([]);
  });

  it('goes on after one that cannot be destroyed', async () => {
    stage.zfs.fail('destroy', { when: 'before', error: new Error('held') });

    const { code, stdout, stderr } = await stage.run('trash empty -y -o name');

    expect(code).toBe(1);
    expect(stderr).toContain('failed: destroy');
    expect(stdout).toBe(`storage-1:${inTrash}\n`);
  });

  it.each([
    ['stay', {}, 'keep', 'and its snapshots for good'],
    [
      'go where the class agreed',
      { foreignSnapshots: 'destroy' },
      'destroy',
      'and its snapshots, those of other tools too, for good',
    ],
  ])('snapshots of other tools %s', async (_what, agreed, foreignSnapshots, said) => {
    const record = JSON.stringify({ destroySnapshots: true, ...agreed });
    put(aTrashedDataset({ record, usedBySnapshotsBytes: 1n }));
    const destroy = jest.spyOn(stage.zfs, 'destroy');

    const { stdout } = await stage.run('trash empty -y');

    expect(stdout).toContain(said);
    expect(destroy).toHaveBeenCalledWith(
      expect.objectContaining({ destroySnapshots: true, foreignSnapshots }),
      expect.anything(),
    );
  });
});
