import { InvalidRequestError } from '../errors.ts';
import { impossibleModes, offeredModes } from '../volume/access-modes.ts';
import { claimAnnotations } from '../volume/annotations.ts';
import { isWithin, problemWithDatasetName } from '../volume/dataset-name.ts';
import type { Claim, StorageClass } from '../volume/objects.ts';
import type { PlannedVolume, ReclaimPolicy } from '../volume/persistent-volume.ts';
import { tryParseQuantity } from '../volume/quantity.ts';
import { volumeNameFor } from '../volume/volume-name.ts';
import type { VolumeType } from '../volume/volume-type.ts';
import type { Ownership, QuotaKind, Sharing, SpaceLimits } from '../zfs/dataset.ts';
import type { ClassParameters } from './class-parameters.ts';
import { parseClassParameters } from './class-parameters.ts';
import type { Nodes, Placement } from './placement.ts';
import { place } from './placement.ts';

/** All that is needed to create a claim's dataset and to write its volume. */
export interface VolumeRequest extends PlannedVolume {
  readonly sizeBytes: bigint;
  readonly quota: QuotaKind;
  readonly spaceLimits: SpaceLimits;
  readonly sharing: Sharing;
  readonly nativeProperties: Readonly<Record<string, string>>;
  readonly userProperties: Readonly<Record<string, string>>;
  /** Without a mode: the setting's. */
  readonly ownership: Omit<Ownership, 'mode'> & { readonly mode: string | undefined };
}

export interface RequestRules {
  readonly instance: string;
  /** Datasets that classes may name or lie below; empty: any. */
  readonly allowedParents: readonly string[];
  readonly nodes: Nodes;
}

export type Planned =
  | {
      readonly kind: 'request';
      readonly request: VolumeRequest;
      readonly warnings: readonly string[];
    }
  | { readonly kind: 'reschedule'; readonly reason: string };

/** An empty dataset already references up to 200 KiB, depending on ashift and raidz. */
const minSizeBytes = 1n << 20n;
const maxSizeBytes = (1n << 63n) - 1n;

/**
 * What a claim asks for, in the terms of its class. Pure.
 * @throws InvalidRequestError with every problem at once
 */
export function planVolume(claim: Claim, storageClass: StorageClass, rules: RequestRules): Planned {
  const { parameters, problems, unknown } = parseClassParameters(storageClass.parameters ?? {});
  const size = parseSize(claim);
  const placement = parameters && placeClaim(claim, storageClass, parameters, rules.nodes);
  const found = [
    ...problems,
    ...policyProblems(storageClass),
    ...(parameters === undefined ? [] : classProblems(storageClass, parameters, rules)),
    ...claimProblems(claim),
    ...placementProblems(claim, placement),
  ];
  if (typeof size === 'string') throw new InvalidRequestError([...found, size]);
  if (found.length > 0 || parameters === undefined || !isPossible(placement)) {
    throw new InvalidRequestError(found);
  }
  if (placement.kind === 'reschedule') return placement;
  return {
    kind: 'request',
    request: request({
      claim,
      storageClass,
      parameters,
      placement,
      size,
      instance: rules.instance,
    }),
    warnings: unknown.map(
      (key) =>
        `parameter ${key} of StorageClass ${storageClass.metadata.name} is not known and ignored`,
    ),
  };
}

function isPossible(
  placement: Placement | undefined,
): placement is Exclude<Placement, { kind: 'impossible' }> {
  return placement !== undefined && placement.kind !== 'impossible';
}

interface RequestParts {
  readonly claim: Claim;
  readonly storageClass: StorageClass;
  readonly parameters: ClassParameters;
  readonly placement: { readonly type: VolumeType; readonly node: string };
  readonly size: bigint;
  readonly instance: string;
}

function request(parts: RequestParts): VolumeRequest {
  const { claim, storageClass, parameters, placement } = parts;
  const volumeName = volumeNameFor(claim.metadata.uid);
  const isShared = placement.type === 'nfs';
  return {
    volumeName,
    instance: parts.instance,
    claim: {
      namespace: claim.metadata.namespace,
      name: claim.metadata.name,
      uid: claim.metadata.uid,
      resourceVersion: claim.metadata.resourceVersion,
    },
    className: storageClass.metadata.name,
    type: placement.type,
    host: parameters.hostname,
    dataset: `${parameters.parentDataset}/${volumeName}`,
    node: placement.node,
    capacity: claim.spec.resources?.requests?.storage ?? '',
    sizeBytes: parts.size,
    accessModes: offeredModes(placement.type, claim.spec.accessModes ?? []),
    reclaimPolicy: reclaimPolicyOf(storageClass),
    mountOptions: isShared ? (storageClass.mountOptions ?? []) : [],
    reserveSpace: parameters.reserveSpace,
    destroySnapshots: parameters.destroySnapshots,
    quota: 'refquota',
    spaceLimits: { maxFullnessPercent: undefined, maxOvercommit: undefined },
    sharing: isShared ? sharingOf(parameters) : { kind: 'off' },
    nativeProperties: {},
    userProperties: {},
    ownership: { mode: undefined, uid: undefined, gid: undefined, acl: [] },
  };
}

function sharingOf({ shareProperties }: ClassParameters): Sharing {
  const options = { linux: shareProperties, freebsd: shareProperties };
  return { kind: 'on', options, clients: undefined };
}

function reclaimPolicyOf(storageClass: StorageClass): ReclaimPolicy {
  return storageClass.reclaimPolicy === 'Retain' ? 'Retain' : 'Delete';
}

function placeClaim(
  claim: Claim,
  storageClass: StorageClass,
  parameters: ClassParameters,
  nodes: Nodes,
): Placement {
  const waits = storageClass.volumeBindingMode === 'WaitForFirstConsumer';
  const question = {
    type: parameters.type,
    accessModes: claim.spec.accessModes ?? [],
    storageNode: parameters.node ?? parameters.hostname,
    selectedNode: waits ? claim.metadata.annotations?.[claimAnnotations.selectedNode] : undefined,
    allowedTopologies: storageClass.allowedTopologies ?? [],
  };
  return place(question, nodes);
}

function placementProblems(claim: Claim, placement: Placement | undefined): readonly string[] {
  if (placement?.kind === 'impossible') return [placement.problem];
  if (placement?.kind !== 'place') return [];
  return impossibleModes(placement.type, claim.spec.accessModes ?? []).map(
    (mode) => `access mode ${mode} cannot be given by a ${placement.type} volume`,
  );
}

function policyProblems({ reclaimPolicy = 'Delete' }: StorageClass): readonly string[] {
  if (reclaimPolicy === 'Delete' || reclaimPolicy === 'Retain') return [];
  return [`reclaim policy ${reclaimPolicy} is not supported: use Delete or Retain`];
}

function classProblems(
  { mountOptions = [] }: StorageClass,
  { type, parentDataset }: ClassParameters,
  { allowedParents }: RequestRules,
): readonly string[] {
  const problems: string[] = [];
  if ((type === 'hostpath' || type === 'local') && mountOptions.length > 0) {
    problems.push(`mountOptions cannot be applied to ${type} volumes: remove them from the class`);
  }
  if (
    allowedParents.length > 0 &&
    !allowedParents.some((parent) => isWithin(parentDataset, parent))
  ) {
    problems.push(
      `parameter parentDataset "${parentDataset}" is outside the allowed parents (${allowedParents.join(', ')}; setting ZFS_ALLOWED_PARENTS)`,
    );
  }
  const nameProblem = problemWithDatasetName(`${parentDataset}/${volumeNameFor('0'.repeat(36))}`);
  if (nameProblem !== undefined) {
    problems.push(`the name of a dataset below ${parentDataset} ${nameProblem}`);
  }
  return problems;
}

function claimProblems(claim: Claim): readonly string[] {
  const { selector, dataSource, dataSourceRef, volumeMode, volumeAttributesClassName } = claim.spec;
  const source = dataSourceRef ?? dataSource;
  const problems: string[] = [];
  if (selector !== undefined && Object.values(selector).some(isPresent)) {
    problems.push('spec.selector is not supported: a new volume has no labels to select');
  }
  if (source !== undefined) {
    problems.push(
      `spec.dataSource ${source.kind} ${source.name} cannot be restored or cloned by this provisioner`,
    );
  }
  if (volumeMode === 'Block') {
    problems.push('volumeMode Block is not supported: volumes are file systems');
  }
  if (isPresent(volumeAttributesClassName)) {
    problems.push(
      'spec.volumeAttributesClassName is not supported: Kubernetes never binds such a claim to an nfs, hostPath or local volume',
    );
  }
  return problems;
}

function isPresent(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

function parseSize(claim: Claim): bigint | string {
  const text = claim.spec.resources?.requests?.storage;
  const bytes = text === undefined ? undefined : tryParseQuantity(text);
  if (bytes === undefined)
    return `requested storage ${JSON.stringify(text ?? '')} is not a quantity`;
  if (bytes < minSizeBytes) return `requested storage ${String(text)} is below the minimum of 1Mi`;
  if (bytes > maxSizeBytes)
    return `requested storage ${String(text)} is above the maximum of 2^63-1 bytes`;
  return bytes;
}
