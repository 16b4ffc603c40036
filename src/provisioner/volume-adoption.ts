/**
 * The volume of a dataset, written again from what the dataset says of itself: the inverse of
 * volume/volume-record.ts and volume/persistent-volume.ts.
 */
import { z } from 'zod';

import { InvalidRequestError } from '../errors.ts';
import { datasetProperties } from '../volume/annotations.ts';
import { waysToDelete } from '../volume/on-delete.ts';
import { parsePathPrefix } from '../volume/path-prefix.ts';
import type { PathPrefix } from '../volume/path-prefix.ts';
import type { CreatedDataset, PlannedVolume, VolumeManifest } from '../volume/persistent-volume.ts';
import { persistentVolume } from '../volume/persistent-volume.ts';
import { formatBytes, tryParseQuantity } from '../volume/quantity.ts';
import { defaultRetention } from '../volume/retention.ts';
import { shown } from '../volume/shown.ts';
import type { QuotaKind } from '../zfs/dataset.ts';
import type { DatasetLocation } from '../zfs/dataset-identity.ts';
import type { DatasetRecord } from '../zfs/dataset-record.ts';

/** A dataset under the name that it has, or is going to have, in use. */
export interface RecordedDataset extends DatasetLocation {
  readonly instance: string;
  readonly volumeName: string;
  readonly recorded: DatasetRecord | undefined;
}

/** All that the volume object says, but for the claim that it is to have now. */
export type AdoptableVolume = Omit<PlannedVolume, 'claim'>;

/** The claim that the volume is to be bound to; without a uid: one that is still to be made. */
export interface AdoptingClaim {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string | undefined;
}

const pathPrefix = z.string().transform((text, context): PathPrefix => {
  const prefix = parsePathPrefix(text);
  if (prefix !== undefined) return prefix;
  context.addIssue({ code: 'custom', message: `${shown(text)} is no path prefix` });
  return z.NEVER;
});

const schema = z.object({
  volumeType: z.enum(['nfs', 'hostpath', 'local']),
  storageClass: z.string(),
  reclaimPolicy: z.enum(['Delete', 'Retain']),
  onDelete: z.enum(waysToDelete).default('destroy'),
  record: z.object({
    host: z.string(),
    server: z.string().optional(),
    pathPrefix: pathPrefix.optional(),
    share: z.string().optional(),
    nodeLabels: z.record(z.string(), z.string()).optional(),
    accessModes: z.array(z.string()).min(1),
    mountOptions: z.array(z.string()).optional(),
    reserveSpace: z.boolean(),
    quota: z.enum(['refquota', 'quota', 'both']),
    destroySnapshots: z.boolean(),
    trashRetention: z.string().default(defaultRetention),
    foreignSnapshots: z.enum(['keep', 'destroy']).default('keep'),
    gid: z.number().int().optional(),
  }),
});

type Recorded = z.output<typeof schema>;

/**
 * Reads the record of a dataset. Its size is what its quota is now, so that a volume that has grown keeps it.
 * @throws InvalidRequestError with everything that the record lacks
 */
export function adoptableVolume(dataset: RecordedDataset): AdoptableVolume {
  const { recorded, host, volumeName, instance } = dataset;
  const what = `dataset ${dataset.dataset} on ${host}`;
  if (recorded?.rest === undefined) {
    throw new InvalidRequestError([
      `${what} does not say how its volume was written (property ${datasetProperties.record}): it was not made by this provisioner, or by an early release. Write the PersistentVolume by hand`,
    ]);
  }
  const parsed = schema.safeParse({ ...recorded, record: jsonOf(recorded.rest) });
  const capacity = capacityOf(recorded, parsed.data?.record.quota ?? 'refquota');
  const problems = (parsed.error?.issues ?? []).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );
  if (capacity === undefined) problems.push('it has no quota and notes no size');
  if (!parsed.success || capacity === undefined) {
    throw new InvalidRequestError([`the record of ${what} is not whole: ${problems.join(', ')}`]);
  }
  const noted = { volumeName, instance, host, dataset: dataset.dataset, capacity };
  return { ...noted, ...plannedBy(parsed.data, host) };
}

/** The object that binds to the claim, with the finalizer and annotations that it had. */
export function adoptedVolume(
  volume: AdoptableVolume,
  claim: AdoptingClaim,
  dataset: CreatedDataset,
): VolumeManifest {
  const { namespace, name, uid } = claim;
  const manifest = persistentVolume(
    { ...volume, claim: { namespace, name, uid: uid ?? '' } },
    dataset,
  );
  const claimRef = {
    ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name },
    ...(uid !== undefined && { uid }),
  };
  return { ...manifest, spec: { ...manifest.spec, claimRef } };
}

type Noted = 'volumeName' | 'instance' | 'host' | 'dataset' | 'capacity';

/** A host that goes by another name now is its own NFS server by that name too. */
function plannedBy(recorded: Recorded, hostNow: string): Omit<AdoptableVolume, Noted> {
  const { volumeType: type, storageClass: className, reclaimPolicy, record } = recorded;
  const server = record.server ?? record.host;
  return {
    ...{ type, className, reclaimPolicy },
    hostPathPrefix: type === 'hostpath' ? record.pathPrefix : undefined,
    nfsPathPrefix: type === 'nfs' ? record.pathPrefix : undefined,
    nfsServer: server === record.host ? hostNow : server,
    shareRecord: record.share,
    nodeLabels: record.nodeLabels ?? {},
    accessModes: record.accessModes,
    mountOptions: record.mountOptions ?? [],
    reserveSpace: record.reserveSpace,
    quota: record.quota,
    destroySnapshots: record.destroySnapshots,
    foreignSnapshots: record.foreignSnapshots,
    onDelete: recorded.onDelete,
    trashRetention: record.trashRetention,
    ownership: { gid: record.gid },
  };
}

/** Letter for letter as the claim wrote it, while that is still the size. */
function capacityOf(recorded: DatasetRecord, kind: QuotaKind): string | undefined {
  const sizeBytes = quotaOf(recorded, kind) ?? numberOf(recorded.size);
  if (sizeBytes === undefined) return undefined;
  const { capacity } = recorded;
  const isStill = capacity !== undefined && tryParseQuantity(capacity) === sizeBytes;
  return isStill ? capacity : formatBytes(sizeBytes);
}

function quotaOf(recorded: DatasetRecord, kind: QuotaKind): bigint | undefined {
  const { refquotaBytes, quotaBytes } = recorded;
  const asked = {
    refquota: [refquotaBytes],
    quota: [quotaBytes],
    both: [refquotaBytes, quotaBytes],
  };
  return asked[kind].filter((bytes) => bytes > 0n).sort((a, b) => (a < b ? -1 : 1))[0];
}

function numberOf(text: string | undefined): bigint | undefined {
  return text !== undefined && /^\d{1,19}$/.test(text) ? BigInt(text) : undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
