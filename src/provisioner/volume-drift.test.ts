import { describe, expect, it } from '@jest/globals';
import { aBoundClaim, aVolume } from '../../test/support/builders.ts';
import type { ClaimOptions } from '../../test/support/builders.ts';
import { comparisonOf, parentsOf } from '../../test/support/comparison.ts';
import { aCondition, aDatasetUsage } from '../../test/support/host-usage.ts';
import type { Volume } from '../volume/objects.ts';
import type { DatasetCondition, DatasetUsage } from '../zfs/dataset.ts';
import type { Drift } from './volume-drift.ts';

const gibibyte = 1n << 30n;
const dataset = 'tank/k8s/pvc-uid-data';

function volumeOf(annotations: Readonly<Record<string, string>>, size = '1Gi'): Volume {
  return aVolume({ phase: 'Bound', annotations, spec: { capacity: { storage: size } } });
}

/** One that no other machine is to reach. */
function onOneNode(): Volume {
  const { nfs, ...spec } = aVolume().spec;
  const path = nfs?.path ?? '';
  return { ...aVolume({ phase: 'Bound' }), spec: { ...spec, hostPath: { path } } };
}

/** Of a volume of 1 GiB whose dataset is as it should be but for this. */
function driftsOf(
  condition: Partial<DatasetCondition>,
  more: Partial<DatasetUsage> = {},
  what: Parameters<typeof comparisonOf>[0] = {},
): readonly Drift[] {
  const whole = aCondition({ sharenfs: 'rw', notedShare: 'rw', ...condition });
  const { drifted } = comparisonOf({
    volumes: [volumeOf({})],
    datasets: [aDatasetUsage({ ...more, condition: whole })],
    ...what,
  });
  return drifted.flatMap(({ drifts }) => drifts);
}

describe('a quota', () => {
  it('that is smaller than the volume, or gone, is raised', () => {
    for (const [refquotaBytes, actual] of [
      [gibibyte - 1n, 'refquota=1073741823'],
      [0n, 'refquota=none'],
    ] as const) {
      expect(driftsOf({}, { refquotaBytes })).toEqual([
        {
          ...{ kind: 'quota', expected: 'refquota=1073741824', actual },
          repair: { kind: 'quota', property: 'refquota', sizeBytes: gibibyte },
          remedy: `zfs set refquota=1073741824 ${dataset}`,
        },
      ]);
    }
  });

  it('that is larger is told, and never made smaller', () => {
    expect(driftsOf({}, { refquotaBytes: gibibyte + 1n })).toMatchObject([
      {
        kind: 'quota',
        repair: undefined,
        remedy: expect.stringContaining('nothing is ever shrunk'),
      },
    ]);
  });

  it('counts by the kind that holds the volume', () => {
    const kinds = { quota: [0n, gibibyte], both: [gibibyte, gibibyte] } as const;
    for (const [kind, [refquotaBytes, quotaBytes]] of Object.entries(kinds)) {
      const volumes = [volumeOf({ 'zfs-provisioner.io/quota': kind })];
      expect(driftsOf({ quotaBytes }, { refquotaBytes }, { volumes })).toEqual([]);
      expect(driftsOf({ quotaBytes: 0n }, { refquotaBytes }, { volumes })).toMatchObject([
        { repair: { property: 'quota', sizeBytes: gibibyte } },
      ]);
    }
  });

  it('that nobody asked for counts where it leaves less than was promised', () => {
    expect(driftsOf({ quotaBytes: gibibyte })).toEqual([]);
    expect(driftsOf({ quotaBytes: 5n * gibibyte })).toEqual([]);
    expect(driftsOf({ quotaBytes: 1n })).toMatchObject([{ expected: 'quota=1073741824' }]);
  });

  it('is not looked at where the volume does not tell its size', () => {
    const volumes = [volumeOf({}, 'much')];

    expect(driftsOf({}, { refquotaBytes: 5n }, { volumes })).toEqual([]);
  });
});

describe('a volume that grows', () => {
  const grown = 2n * gibibyte;
  const largeDataset = { refquotaBytes: grown };
  const large = { refreservationBytes: grown };

  it.each<[string, ClaimOptions]>([
    ['has just asked', {}],
    [
      'is being grown, whatever it asks for now',
      { status: { allocatedResources: { storage: '2Gi' } } },
    ],
    [
      'has got it, and the volume’s capacity has to wait',
      { status: { capacity: { storage: '2Gi' } } },
    ],
  ])('may have a larger dataset: its claim %s', (_case, options) => {
    const claims = [aBoundClaim(options.status === undefined ? '2Gi' : '1Gi', options)];

    expect(driftsOf(large, largeDataset, { claims })).toEqual([]);
    expect(driftsOf({}, {}, { claims })).toEqual([]);
    expect(driftsOf({ refreservationBytes: grown + 1n }, largeDataset, { claims })).toHaveLength(1);
  });

  it('may have it because of its own claim only', () => {
    const claims = [aBoundClaim('2Gi', { uid: 'another' })];

    expect(driftsOf(large, largeDataset, { claims })).toHaveLength(2);
  });

  it('and was seen before it did has not too small a dataset', () => {
    const before = [volumeOf({})];
    const volumes = [volumeOf({}, '2Gi')];

    expect(driftsOf({}, {}, { volumes, before })).toEqual([]);
    expect(driftsOf(large, largeDataset, { volumes, before })).toEqual([]);
    expect(driftsOf({}, { refquotaBytes: 1n }, { volumes, before })).toMatchObject([
      { repair: { sizeBytes: grown } },
    ]);
  });
});

describe('a reservation', () => {
  it('that is smaller than that of a thick volume is raised', () => {
    for (const refreservationBytes of [0n, gibibyte - 1n]) {
      expect(driftsOf({ refreservationBytes })).toMatchObject([
        { kind: 'reservation', repair: { kind: 'reservation', sizeBytes: gibibyte } },
      ]);
    }
  });

  it('that is larger, or a thin volume’s, is told and left', () => {
    const thin = [volumeOf({ 'zfs.pv.kubernetes.io/reserve-space': 'false' })];

    expect(driftsOf({ refreservationBytes: gibibyte + 1n })).toMatchObject([{ repair: undefined }]);
    expect(driftsOf({ refreservationBytes: 1n }, {}, { volumes: thin })).toMatchObject([
      { kind: 'reservation', expected: 'refreservation=none', repair: undefined },
    ]);
    expect(driftsOf({ refreservationBytes: 0n }, {}, { volumes: thin })).toEqual([]);
  });

  it('is not looked at where the volume does not tell', () => {
    const volumes = [volumeOf({ 'zfs.pv.kubernetes.io/reserve-space': '' })];

    for (const refreservationBytes of [0n, 7n * gibibyte]) {
      expect(driftsOf({ refreservationBytes }, {}, { volumes })).toEqual([]);
    }
  });
});

describe('a share', () => {
  it('that is another than was noted is set again, on whatever volume', () => {
    const local = onOneNode();

    expect(driftsOf({ sharenfs: 'off' })).toMatchObject([
      { kind: 'share', repair: { kind: 'share', sharenfs: 'rw' } },
    ]);
    const exposed = driftsOf({ sharenfs: 'on', notedShare: 'off' }, {}, { volumes: [local] });
    expect(exposed).toMatchObject([{ repair: { sharenfs: 'off' } }]);
    expect(driftsOf({ sharenfs: 'off', notedShare: 'off' }, {}, { volumes: [local] })).toEqual([]);
  });

  it('that was never noted must only be one, for NFS', () => {
    const local = onOneNode();
    const unnoted = { notedShare: undefined };

    expect(driftsOf({ ...unnoted, sharenfs: 'anything' })).toEqual([]);
    expect(driftsOf({ ...unnoted, sharenfs: 'off' })).toMatchObject([{ repair: undefined }]);
    expect(driftsOf({ ...unnoted, sharenfs: 'off' }, {}, { volumes: [local] })).toEqual([]);
  });
});

describe('a mount', () => {
  it('that is gone is made again', () => {
    expect(driftsOf({ mounted: false })).toMatchObject([
      { kind: 'unmounted', repair: { kind: 'mount' }, remedy: `zfs mount ${dataset}` },
    ]);
  });

  it('cannot be while the key is not loaded: then that is what is told', () => {
    expect(driftsOf({ mounted: false, keyStatus: 'unavailable' })).toMatchObject([
      { kind: 'key', repair: undefined, remedy: expect.stringContaining('zfs load-key') },
    ]);
    expect(driftsOf({ keyStatus: 'available' })).toEqual([]);
  });

  it('elsewhere is inherited again', () => {
    for (const mountpoint of ['/other', 'none', 'legacy']) {
      expect(driftsOf({ mountpoint })).toMatchObject([
        { kind: 'mountpoint', repair: { kind: 'mountpoint', mountpoint: `/${dataset}` } },
      ]);
    }
  });

  it('is where the host has it, whatever NFS clients and nodes call that', () => {
    const volumes = [
      aVolume({
        phase: 'Bound',
        annotations: { 'zfs-provisioner.io/nfs-path-prefix': '/tank=/export' },
        spec: { nfs: { server: 'storage-1', path: '/export/k8s/pvc-uid-data' } },
      }),
    ];

    expect(driftsOf({}, {}, { volumes })).toEqual([]);
  });

  it('that is read-only is made writable, but not on a replica', () => {
    const { asked, parents } = parentsOf('tank/k8s');
    const usage = { asked, parents: parents.map((parent) => ({ ...parent, readOnly: true })) };

    expect(driftsOf({ readOnly: true })).toMatchObject([{ repair: { kind: 'readonly' } }]);
    expect(driftsOf({ readOnly: true }, {}, { usage })).toMatchObject([
      { kind: 'readonly', repair: undefined },
    ]);
  });
});

it('all that is wrong comes at once, in the order in which it is mended', () => {
  const wrong = {
    ...{ mounted: false, mountpoint: '/x', readOnly: true, sharenfs: 'off' },
    refreservationBytes: 0n,
  };

  expect(driftsOf(wrong, { refquotaBytes: 0n }).map(({ kind }) => kind)).toEqual([
    ...['mountpoint', 'readonly', 'quota', 'reservation', 'unmounted', 'share'],
  ]);
});
