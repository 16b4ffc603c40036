import type { Registry } from 'prom-client';
import { Gauge } from 'prom-client';

import { gauge } from './instruments.ts';

export interface PoolSample {
  readonly pool: string;
  readonly sizeBytes: bigint;
  readonly allocatedBytes: bigint;
  readonly freeBytes: bigint;
}

export interface DatasetSample {
  readonly dataset: string;
  /** Undefined: nobody's that we know. */
  readonly instance: string | undefined;
  /** Undefined on volumes of the classic provisioner: the last component of the dataset is shown. */
  readonly volumeName: string | undefined;
  readonly claimNamespace: string | undefined;
  readonly claimName: string | undefined;
  readonly createdAtMs: number;
  readonly usedBytes: bigint;
  /** Without snapshots. */
  readonly referencedBytes: bigint;
  readonly usedBySnapshotsBytes: bigint;
  /** 0: none. */
  readonly refquotaBytes: bigint;
  readonly condition: {
    /** The one that counts snapshots; 0: none. */
    readonly quotaBytes: bigint;
  };
}

export interface UsageSample {
  readonly pools: readonly PoolSample[];
  readonly datasets: readonly DatasetSample[];
}

export interface UsageMetrics {
  /** Replaces what was known of the host. Datasets of other instances are left out. */
  readonly record: (host: string, sample: UsageSample) => void;
  /** A host that cannot be read has no numbers rather than old ones. */
  readonly forget: (host: string) => void;
  readonly setOrphans: (host: string, datasets: number) => void;
}

type PoolGauge = Gauge<'host' | 'pool'>;
type VolumeGauge = Gauge<'host' | 'dataset' | 'volume' | 'namespace' | 'claim'>;

interface SizeGauges {
  readonly size: PoolGauge;
  readonly allocated: PoolGauge;
  readonly free: PoolGauge;
  readonly used: VolumeGauge;
  readonly quota: VolumeGauge;
  readonly filled: VolumeGauge;
}

interface UsageMetricsParts {
  readonly instance: string;
  /** Bounds the series: the oldest volumes come first, so that a new one displaces none. */
  readonly maxVolumes: number;
  readonly claimLabels?: boolean;
}

export function usageMetrics(registry: Registry, parts: UsageMetricsParts): UsageMetrics {
  const { instance } = parts;
  let isStale = false;
  // Only when somebody looks: it goes through the volumes of all hosts, whichever host was read.
  const refresh = (): void => {
    if (!isStale) return;
    isStale = false;
    const { size, allocated, free, used, quota, filled } = gauges;
    for (const one of [size, allocated, free]) one.reset();
    for (const one of [used, quota, filled]) one.reset();
    showPools(samples, gauges);
    omitted.set(showVolumes(samples, gauges, parts));
  };
  const gauges = sizeGauges(registry, refresh);
  const omitted = new Gauge({
    name: 'zfs_provisioner_volumes_omitted',
    help: 'Volumes without metrics of their own, being more than ZFS_USAGE_MAX_VOLUMES.',
    registers: [registry],
    collect: refresh,
  });
  const orphans = gauge(
    registry,
    'zfs_provisioner_orphans',
    ['host'],
    'Datasets of ours without claim and volume.',
  );
  const samples = new Map<string, UsageSample>();
  return {
    record: (host, sample) => {
      const datasets = sample.datasets.filter((dataset) => dataset.instance === instance);
      samples.set(host, { pools: sample.pools, datasets });
      isStale = true;
    },
    forget: (host) => {
      samples.delete(host);
      orphans.remove({ host });
      isStale = true;
    },
    setOrphans: (host, datasets) => {
      orphans.set({ host }, datasets);
    },
  };
}

function sizeGauges(registry: Registry, collect: () => void): SizeGauges {
  const registers = [registry];
  const pool = (what: string, help: string): PoolGauge => {
    const name = `zfs_provisioner_pool_${what}_bytes`;
    return new Gauge({ name, help, labelNames: ['host', 'pool'], registers, collect });
  };
  const volume = (what: string, help: string): VolumeGauge => {
    const name = `zfs_provisioner_volume_${what}`;
    const labelNames = ['host', 'dataset', 'volume', 'namespace', 'claim'] as const;
    return new Gauge({ name, help, labelNames, registers, collect });
  };
  return {
    size: pool('size', 'Size of the pool.'),
    allocated: pool('allocated', 'Bytes of the pool that are in use.'),
    free: pool('free', 'Bytes of the pool that are free.'),
    used: volume(
      'used_bytes',
      'Bytes that the volume takes from its pool, its snapshots and what is reserved for it included.',
    ),
    quota: volume('quota_bytes', 'Limit of the volume (refquota); none: no sample.'),
    filled: volume(
      'filled_ratio',
      'How much of its limit the volume holds: at 1 no more can be written; no limit: no sample.',
    ),
  };
}

function showPools(samples: ReadonlyMap<string, UsageSample>, gauges: SizeGauges): void {
  for (const [host, { pools }] of samples) {
    for (const { pool, sizeBytes, allocatedBytes, freeBytes } of pools) {
      gauges.size.set({ host, pool }, Number(sizeBytes));
      gauges.allocated.set({ host, pool }, Number(allocatedBytes));
      gauges.free.set({ host, pool }, Number(freeBytes));
    }
  }
}

/** @returns how many were left out */
function showVolumes(
  samples: ReadonlyMap<string, UsageSample>,
  gauges: SizeGauges,
  { maxVolumes, claimLabels = false }: UsageMetricsParts,
): number {
  const all = [...samples]
    .flatMap(([host, { datasets }]) => datasets.map((sample) => ({ host, sample })))
    .sort((a, b) => a.sample.createdAtMs - b.sample.createdAtMs || compare(a.sample, b.sample));
  for (const { host, sample } of all.slice(0, maxVolumes)) {
    const { usedBytes, refquotaBytes } = sample;
    const labels = { host, ...(claimLabels ? labelsOf(sample) : labelsForAll(sample)) };
    gauges.used.set(labels, Number(usedBytes));
    if (refquotaBytes > 0n) gauges.quota.set(labels, Number(refquotaBytes));
    const ratio = filledRatio(sample);
    if (ratio !== undefined) gauges.filled.set(labels, ratio);
  }
  return Math.max(0, all.length - maxVolumes);
}

/**
 * What `used` says is of no help here: it has the reservation in it, so a thick volume would be full from the start.
 * @returns undefined where there is no limit
 */
function filledRatio(sample: DatasetSample): number | undefined {
  const { referencedBytes, usedBySnapshotsBytes, refquotaBytes, condition } = sample;
  const ratios = [
    { heldBytes: referencedBytes, limitBytes: refquotaBytes },
    { heldBytes: referencedBytes + usedBySnapshotsBytes, limitBytes: condition.quotaBytes },
  ]
    .filter(({ limitBytes }) => limitBytes > 0n)
    .map(({ heldBytes, limitBytes }) => Number(heldBytes) / Number(limitBytes));
  return ratios.length === 0 ? undefined : Math.max(...ratios);
}

type VolumeLabels = Record<'dataset' | 'volume' | 'namespace' | 'claim', string>;

function labelsOf({ dataset, volumeName, ...claim }: DatasetSample): VolumeLabels {
  return {
    dataset,
    volume: volumeName ?? leafOf(dataset),
    namespace: claim.claimNamespace ?? '',
    claim: claim.claimName ?? '',
  };
}

/** A dataset may be called after its claim (parameter datasetName); one that is called after its volume is not. */
function labelsForAll(sample: DatasetSample): VolumeLabels {
  const { dataset, volume } = labelsOf(sample);
  const isNamedAfterIt = leafOf(dataset) === volume;
  return { dataset: isNamedAfterIt ? dataset : '', volume, namespace: '', claim: '' };
}

function leafOf(dataset: string): string {
  return dataset.slice(dataset.lastIndexOf('/') + 1);
}

function compare(a: DatasetSample, b: DatasetSample): number {
  return a.dataset < b.dataset ? -1 : Number(a.dataset > b.dataset);
}
