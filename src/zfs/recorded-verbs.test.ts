import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { askedVerbs, options } from '../../e2e/recordings/verbs.ts';
import { FakeScriptRunner } from '../../test/support/fake-script-runner.ts';
import { remoteZfsOn } from '../../test/support/fake-zfs.ts';
import { trashedName } from '../../test/support/trashing.ts';
import type { ScriptResult } from '../host/command.ts';

const recordings = join(import.meta.dirname, '../../test/recordings/openzfs-2.3/verbs');

function readRecording(name: string): ScriptResult {
  const text = readFileSync(join(recordings, `${name}.txt`), 'utf8');
  const [, exitCode = '', stdout = ''] = /^exit: (\d+)\n\n(.*)$/s.exec(text) ?? [];
  return { exitCode: Number(exitCode), stdout, stderr: '' };
}

/** What a verb comes to when the host answers as the machine with OpenZFS did. */
function replay(name: string): Promise<unknown> {
  const runner = new FakeScriptRunner(() => readRecording(name));
  const zfs = remoteZfsOn({ command: 'zfs' }, { runner, timeoutMs: 9_000 });
  const verb = askedVerbs.find((each) => each.name === name);
  return verb?.ask(zfs) ?? Promise.reject(new Error(`${name} is not asked`));
}

const host = 'nas-1';
const dataset = 'tank/k/pvc-1';
const parentGuid = '1000000000000000001';
const mebibyte = 1024n ** 2n;
const created = {
  host,
  dataset,
  mountpoint: '/tank/k/pvc-1',
  refquotaBytes: 64n * mebibyte,
  refreservationBytes: 64n * mebibyte,
  parentGuid,
  adopted: false,
  exports: 'as-asked',
};
const usage = {
  host,
  dataset,
  instance: 'example.test/zfs',
  clusterId: 'cluster-1',
  volumeName: 'pvc-1',
  claimNamespace: 'default',
  claimName: 'data',
  reclaimPolicy: 'Delete',
  createdAtMs: 1_700_000_000_000,
  usedBytes: 128n * mebibyte,
  referencedBytes: 24576n,
  usedBySnapshotsBytes: 0n,
  refquotaBytes: 128n * mebibyte,
  retainedAtMs: undefined,
  condition: {
    quotaBytes: 0n,
    refreservationBytes: 128n * mebibyte,
    sharenfs: options.linux,
    notedShare: options.linux,
    mounted: true,
    mountpoint: '/tank/k/pvc-1',
    readOnly: false,
    keyStatus: undefined,
  },
};
const found = {
  parents: [{ host, dataset: 'tank/k', availableBytes: 1_700_000_000n, readOnly: false }],
  pools: [
    {
      host,
      pool: 'tank',
      health: 'ONLINE',
      sizeBytes: 1_840_000_000n,
      allocatedBytes: 140_000_000n,
      freeBytes: 1_700_000_000n,
    },
  ],
  datasets: [expect.objectContaining(usage)],
  trash: [],
  unread: [],
};

const trashed = {
  kind: 'trashed',
  dataset: trashedName,
  expiresAtMs: Date.UTC(2026, 0, 9, 3, 4, 5),
};
const restored = {
  host,
  dataset,
  mountpoint: '/tank/k/pvc-1',
  refquotaBytes: 64n * mebibyte,
  parentGuid,
};

const answers: Readonly<Record<string, unknown>> = {
  create: created,
  'create-adopted': { ...created, adopted: true },
  'create-thin': { ...created, refreservationBytes: 0n, exports: 'not-asked' },
  grow: 128n * mebibyte,
  reshare: ['shared', 'absent'],
  scan: { ...found, asked: ['tank/k'] },
  'scan-no-parent': { ...found, asked: ['tank/k', 'tank/none'] },
  repair: undefined,
  destroy: 'destroyed',
  'destroy-with-snapshots': 'destroyed',
  'destroy-absent': 'absent',
  retain: 'retained',
  trash: trashed,
  'trash-again': trashed,
  restore: restored,
  'restore-again': restored,
  'destroy-expired': 'destroyed',
};

const refusals: Readonly<Record<string, readonly [code: string, text: string]>> = {
  'create-too-big': ['OUT_OF_SPACE', `cannot create '${dataset}': out of space`],
  'create-share-invalid': [
    'PROPERTY_INVALID',
    `cannot create '${dataset}': 'sharenfs' cannot be set to invalid options`,
  ],
  'create-no-parent': ['PARENT_UNUSABLE', "cannot create 'tank/none/pvc-1': parent does not exist"],
  'create-exported-to-others': ['EXPORTS_WRONG', '192.0.2.0/24'],
  'create-refused': ['DATASET_NOT_OWNED', 'cluster-1'],
  'grow-refused': ['DATASET_NOT_OWNED', 'cluster-1'],
  'grow-too-big': ['OUT_OF_SPACE', 'size is greater than available space'],
  'repair-refused': ['DATASET_NOT_OWNED', 'cluster-1'],
  'repair-elsewhere': ['PARENT_CHANGED', '/tank/k/pvc-1'],
  'repair-too-big': ['OUT_OF_SPACE', 'size is greater than available space'],
  'destroy-refused': ['DATASET_NOT_OWNED', 'cluster-1'],
  'destroy-other-parent': ['PARENT_CHANGED', parentGuid],
  'destroy-busy': ['DATASET_BUSY', 'It is mounted and shared as before'],
  'destroy-not-empty': ['DATASET_NOT_EMPTY', 'files'],
  'destroy-snapshots-kept': ['DATASET_HAS_SNAPSHOTS', `${dataset}@monday`],
  'destroy-snapshot-held': ['DATASET_HELD', `${dataset}@monday`],
  'destroy-absent-elsewhere': ['PARENT_CHANGED', '/tank/k'],
  'destroy-unexpired': ['DATASET_KEPT', 'it expires later'],
  'destroy-expired-held': ['DATASET_HELD', `${trashedName}@monday`],
  'trash-busy': ['DATASET_BUSY', 'It is mounted and shared as before'],
  'trash-held': ['DATASET_BUSY', 'It is mounted by sleep (pid 1234)'],
  'trash-children': ['DATASET_HAS_CHILDREN', `${dataset}/below`],
  'restore-refused': ['DATASET_NOT_OWNED', 'cluster-1'],
  'restore-exists': ['DATASET_EXISTS', `there is a dataset ${dataset} already`],
  'destroy-no-parent': ['PARENT_UNUSABLE', "cannot open 'tank/none': dataset does not exist"],
};

describe('a verb, answered by OpenZFS 2.3', () => {
  it.each(Object.entries(answers))('%s resolves with what it found', async (name, answer) => {
    await expect(replay(name)).resolves.toEqual(answer);
  });

  it.each(Object.entries(refusals))('%s is refused, and why', async (name, [code, text]) => {
    await expect(replay(name)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(text),
    });
  });

  it('is listed here, and recorded', () => {
    const names = [...Object.keys(answers), ...Object.keys(refusals)].sort();

    expect(
      readdirSync(recordings)
        .map((file) => file.replace(/\.txt$/, ''))
        .sort(),
    ).toEqual(names);
    expect(askedVerbs.map(({ name }) => name).sort()).toEqual(names);
  });
});
