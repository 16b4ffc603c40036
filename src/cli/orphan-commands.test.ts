import { beforeEach, describe, expect, it } from '@jest/globals';

import { aClaim, aVolume } from '../../test/support/builders.ts';
import { CliStage, aRecord } from '../../test/support/cli-world.ts';
import { aDatasetUsage, aHostUsage } from '../../test/support/host-usage.ts';
import type { DatasetUsage } from '../zfs/dataset.ts';

const orphan = aDatasetUsage({
  referencedBytes: 5n << 20n,
  usedBytes: 5n << 20n,
  recorded: aRecord(),
});
const retained = aDatasetUsage({
  dataset: 'tank/k8s/pvc-kept',
  volumeName: 'pvc-kept',
  retainedAtMs: Date.UTC(2025, 11, 30),
  recorded: aRecord({ onDelete: 'retain' }),
});

let stage: CliStage;

function put(...datasets: readonly DatasetUsage[]): void {
  const parent = { host: 'storage-1', dataset: 'tank/k8s', availableBytes: 1n, readOnly: false };
  stage.zfs.usage = aHostUsage({ parents: [parent], datasets });
}

beforeEach(() => {
  stage = new CliStage();
  put(retained, orphan);
});

describe('orphans', () => {
  it('are shown to people, those that were retained on purpose last', async () => {
    const { code, stdout } = await stage.run('orphans');

    const [header, first, second] = stdout.split('\n');
    expect(code).toBe(0);
    expect(header).toMatch(/^VOLUME +CLAIM +HOST +DATASET +USED +AGE +STATE$/);
    expect(first).toMatch(/^pvc-uid-data +default\/data .* 5 MiB +60m +orphan: it holds data$/);
    expect(second).toMatch(/^pvc-kept .* retained 2d ago$/);
  });

  it('are told to programs', async () => {
    expect(await stage.items('orphans')).toMatchObject([
      { volume: 'pvc-uid-data', state: 'orphan', kept: 'it holds data', usedBytes: 5_242_880 },
      { volume: 'pvc-kept', state: 'retained', retainedAt: '2025-12-30T00:00:00.000Z' },
    ]);
    expect(await stage.run('orphans -o name')).toMatchObject({
      stdout: 'storage-1:tank/k8s/pvc-uid-data\nstorage-1:tank/k8s/pvc-kept\n',
    });
  });

  it('are shown with strangers where that is asked for', async () => {
    const nobodys = { instance: undefined, clusterId: undefined, volumeName: undefined };
    put(aDatasetUsage({ ...nobodys, dataset: 'tank/k8s/by-hand', claimName: undefined }));

    expect(await stage.items('orphans')).toEqual([]);
    expect(await stage.items('orphans --strangers')).toMatchObject([{ state: 'stranger' }]);
    const { code, stdout } = await stage.run('orphans --strangers --exit-code');
    expect(code).toBe(3);
    expect(stdout).toMatch(/^- +- +storage-1 +tank\/k8s\/by-hand .* stranger$/m);
  });

  it.each<[string, () => void]>([
    [
      'whose volume is there',
      () => {
        stage.kube.addVolume(aVolume({ name: 'pvc-uid-data' }));
      },
    ],
    [
      'whose claim waits for it',
      () => {
        stage.kube.addClaim(aClaim({ uid: 'uid-data' }));
      },
    ],
    [
      'of another cluster',
      () => {
        put(aDatasetUsage({ clusterId: 'another' }));
      },
    ],
    [
      'of another provisioner',
      () => {
        put(aDatasetUsage({ instance: 'another' }));
      },
    ],
  ])('are no datasets %s', async (_what, arrange) => {
    put(orphan);
    arrange();

    expect(await stage.run('orphans --exit-code')).toEqual({
      ...{ code: 0, stdout: '' },
      stderr: 'There are no orphans.\n',
    });
  });

  it.each([
    ['an orphan', 3, [orphan]],
    ['only what was retained', 0, [retained]],
    ['nothing', 0, []],
  ])('with --exit-code and %s end with %d', async (_what, code, datasets) => {
    put(...datasets);

    expect((await stage.run('orphans --exit-code')).code).toBe(code);
    expect((await stage.run('orphans')).code).toBe(0);
  });
});

describe('adopt', () => {
  it.each([
    ['an orphan', 'storage-1:tank/k8s/pvc-uid-data', 'pvc-uid-data'],
    ['what was retained', 'tank/k8s/pvc-kept', 'pvc-kept'],
  ])('writes the volume of %s again, and binds the claim', async (_what, name, volumeName) => {
    const { code } = await stage.run(`adopt ${name} --claim default/home --yes`);

    expect(code).toBe(0);
    // As one whose restore was cut off: it is looked for in the trash, and then where it is.
    expect(stage.zfs.calls.at(-1)).toBe(`restore storage-1:tank/k8s/.trash/${volumeName}`);
    expect((await stage.kube.getVolume(volumeName))?.metadata.finalizers).toHaveLength(1);
    expect((await stage.kube.getClaim('default', 'home'))?.status?.phase).toBe('Bound');
  });

  it('refuses one that a volume stands for', async () => {
    stage.kube.addVolume(aVolume({ name: 'pvc-uid-data', phase: 'Bound' }));

    const { code, stderr } = await stage.run('adopt pvc-uid-data --claim default/home --yes');

    expect(code).toBe(1);
    expect(stderr).toContain(
      'volume pvc-uid-data still stands for dataset tank/k8s/pvc-uid-data (Bound, of claim default/data)',
    );
    expect(stage.zfs.calls).toEqual(['scan storage-1:tank/k8s']);
  });

  it('says what was probably meant', async () => {
    const { stderr } = await stage.run('adopt tank/k8s/pvc-kepd --claim default/home --yes');

    expect(stderr).toContain('(did you mean tank/k8s/pvc-kept?)');
    expect(stderr).toContain('kubectl zfs orphans shows those that can be adopted');
  });
});
