import { InvalidRequestError } from '../errors.ts';
import { impossibleModes, offeredModes } from '../volume/access-modes.ts';
import type { Claim, StorageClass } from '../volume/objects.ts';
import type { ClaimReference, PlannedVolume, ReclaimPolicy } from '../volume/persistent-volume.ts';
import { suggestion } from '../volume/nearest.ts';
import { shown } from '../volume/shown.ts';
import { volumeNameFor } from '../volume/volume-name.ts';
import type { Ownership, QuotaKind, Sharing, SpaceLimits } from '../zfs/dataset.ts';
import { claimProblems, parseSize } from './claim-check.ts';
import { mountOptionProblems, parentProblems, policyProblems } from './class-check.ts';
import type { ClassParameters } from './class-parameters.ts';
import { parameterNames, parseClassParameters } from './class-parameters.ts';
import { strictest } from './inventory/places.ts';
import type { Skipped } from './inventory/places.ts';
import { applyOverrides } from './parameters/overrides.ts';
import { aclTypeFor } from './parameters/ownership.ts';
import type { VolumeDetails } from './volume-details.ts';
import { planDetails } from './volume-details.ts';
import { chooseAmong, placeOptions } from './volume-place.ts';
import type { ChosenPlace, PlaceOptions, PlaceRules } from './volume-place.ts';
import type { SharingRules } from './volume-sharing.ts';
import { notShared, sharingOf, worldProblems } from './volume-sharing.ts';

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

export interface RequestRules extends PlaceRules {
  readonly instance: string;
  /** Datasets that classes may name or lie below; empty: any. */
  readonly allowedParents: readonly string[];
  /** Native properties that classes may set though they reach beyond a volume. */
  readonly allowedProperties: readonly string[];
  readonly spaceLimits: SpaceLimits;
  readonly sharing: SharingRules;
}

export type Planned =
  | {
      readonly kind: 'request';
      readonly request: VolumeRequest;
      readonly warnings: readonly string[];
      /** Hosts that were left out. */
      readonly skipped: readonly Skipped[];
      /** The host was one of several: that must be remembered before anything is created. */
      readonly isChoice: boolean;
    }
  | { readonly kind: 'reschedule'; readonly reason: string };

/**
 * What a claim asks for, in the terms of its class. Pure, as far as `rules.choosePlace` is.
 * @throws InvalidRequestError with every problem at once; NoHostError, and what `rules.choosePlace` throws
 */
export function planVolume(claim: Claim, storageClass: StorageClass, rules: RequestRules): Planned {
  const className = storageClass.metadata.name;
  const annotations = claim.metadata.annotations ?? {};
  const given = applyOverrides(storageClass.parameters ?? {}, annotations, className);
  const { parameters, problems, unknown } = parseClassParameters(given.parameters, given.sourceOf);
  const details = planDetails(claim, storageClass, given, rules.allowedProperties);
  const size = parseSize(claim);
  const places = parameters && placeOptions(claim, storageClass, parameters, rules);
  const found = [
    ...given.problems,
    ...problems,
    ...details.problems,
    ...classProblems(storageClass, parameters, rules),
    ...claimProblems(claim),
    ...placesProblems({ claim, places, allowedParents: rules.allowedParents, leaf: details.leaf }),
  ];
  if (typeof size === 'string') throw new InvalidRequestError([...found, size]);
  if (found.length > 0 || parameters === undefined || !isPossible(places)) {
    throw new InvalidRequestError(found);
  }
  if (places.kind === 'reschedule') return places;
  const chosen = chooseAmong(
    places,
    {
      claim,
      className,
      rule: parameters.placement,
      neededBytes: parameters.reserveSpace ? size : 0n,
      sizeBytes: size,
    },
    rules,
  );
  return {
    kind: 'request',
    request: request({
      claim,
      storageClass,
      parameters,
      details,
      chosen,
      size,
      rules,
    }),
    warnings: [...unknown.map((key) => warningAbout(key, className)), ...given.warnings],
    skipped: chosen.skipped,
    isChoice: chosen.isChoice,
  };
}

function isPossible(
  places: PlaceOptions | undefined,
): places is Exclude<PlaceOptions, { kind: 'impossible' }> {
  return places !== undefined && places.kind !== 'impossible';
}

function classProblems(
  storageClass: StorageClass,
  parameters: ClassParameters | undefined,
  { sharing }: RequestRules,
): readonly string[] {
  return [
    ...policyProblems(storageClass),
    ...mountOptionProblems(storageClass, parameters),
    ...(parameters === undefined ? [] : worldProblems(parameters, sharing)),
  ];
}

interface RequestParts {
  readonly claim: Claim;
  readonly storageClass: StorageClass;
  readonly parameters: ClassParameters;
  readonly details: VolumeDetails;
  readonly chosen: ChosenPlace;
  readonly size: bigint;
  readonly rules: RequestRules;
}

function request(parts: RequestParts): VolumeRequest {
  const { claim, storageClass, parameters, details, rules } = parts;
  const { place, placement } = parts.chosen;
  const volumeName = volumeNameFor(claim.metadata.uid);
  const isShared = placement.type === 'nfs';
  const shared = isShared ? sharingOf(parameters, volumeName, rules.sharing) : notShared;
  return {
    volumeName,
    instance: rules.instance,
    claim: referenceTo(claim),
    className: storageClass.metadata.name,
    type: placement.type,
    host: place.host,
    dataset: `${place.parentDataset}/${details.leaf}`,
    nodeLabels: placement.nodeLabels,
    hostPathPrefix: parameters.hostPathPrefix,
    nfsServer: parameters.nfsServer ?? place.nfsServer,
    nfsPathPrefix: parameters.nfsPathPrefix,
    shareRecord: shared.record,
    capacity: claim.spec.resources?.requests?.storage ?? '',
    sizeBytes: parts.size,
    accessModes: offeredModes(placement, claim.spec.accessModes ?? []),
    reclaimPolicy: reclaimPolicyOf(storageClass),
    mountOptions: isShared ? (storageClass.mountOptions ?? []) : [],
    reserveSpace: parameters.reserveSpace,
    destroySnapshots: parameters.destroySnapshots,
    onDelete: parameters.onDelete,
    trashRetention: parameters.trashRetention,
    foreignSnapshots: parameters.foreignSnapshots,
    quota: parameters.quota,
    spaceLimits: strictest(rules.spaceLimits, place.limits),
    sharing: shared.sharing,
    nativeProperties: {
      ...(isShared && sharedDefaults),
      ...aclTypeFor(parameters.acl),
      ...details.nativeProperties,
    },
    userProperties: details.userProperties,
    ownership: ownershipOf(parameters),
  };
}

function referenceTo({ metadata }: Claim): ClaimReference {
  const { namespace, name, uid, resourceVersion } = metadata;
  return { namespace, name, uid, resourceVersion };
}

function ownershipOf({ mode, uid, gid, acl = [] }: ClassParameters): VolumeRequest['ownership'] {
  return { mode, uid, gid, acl };
}

/** What one pod could write for the root of another, on another node. */
const sharedDefaults = { setuid: 'off', devices: 'off' };

function warningAbout(key: string, className: string): string {
  const name = /^[\w.-]{1,60}$/.test(key) ? key : shown(key);
  const hint = suggestion(key, parameterNames);
  return `parameter ${name} of StorageClass ${className} is not known and ignored${hint}`;
}

function reclaimPolicyOf(storageClass: StorageClass): ReclaimPolicy {
  return storageClass.reclaimPolicy === 'Retain' ? 'Retain' : 'Delete';
}

interface PlacesQuestion {
  readonly claim: Claim;
  readonly places: PlaceOptions | undefined;
  readonly allowedParents: readonly string[];
  readonly leaf: string;
}

function placesProblems({
  claim,
  places,
  allowedParents,
  leaf,
}: PlacesQuestion): readonly string[] {
  if (places?.kind === 'impossible') return [places.problem];
  if (places?.kind !== 'options') return [];
  const parents = new Set(places.options.map(({ place }) => place.parentDataset));
  const { placement } = places.options[0];
  const impossible = impossibleModes(placement, claim.spec.accessModes ?? []);
  return [
    ...[...parents].flatMap((parent) => parentProblems(parent, allowedParents, leaf)),
    ...impossible.map(
      (mode) => `access mode ${mode} cannot be given by a ${placement.type} volume`,
    ),
  ];
}
