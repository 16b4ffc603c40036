import type { AdoptableVolume } from '../provisioner/volume-adoption.ts';
import type { Claim, Volume } from '../volume/objects.ts';
import { tryParseQuantity } from '../volume/quantity.ts';
import { volumeAnnotations } from '../volume/annotations.ts';
import type { ClaimName } from './given.ts';

/** What stands in the way of the claim getting the volume; empty: nothing. Each says what to do. */
export function claimObstacles(
  claim: Claim | undefined,
  { namespace, name }: ClaimName,
  volume: AdoptableVolume,
): readonly string[] {
  if (claim === undefined) return [];
  const what = `claim ${namespace}/${name}`;
  const named = claim.spec.volumeName ?? '';
  if (claim.metadata.deletionTimestamp !== undefined) {
    return [`${what} is being deleted: wait until it is gone, then run this again`];
  }
  if (named !== '' && named !== volume.volumeName) {
    return [`${what} has volume ${named} already: give another name, or delete it first`];
  }
  if (named === '') {
    return [
      `${what} exists, does not name volume ${volume.volumeName}, and may be given a new one at any moment: delete it and run this again, or make it with spec.volumeName: ${volume.volumeName}`,
    ];
  }
  return mismatches(claim, volume).map(
    (mismatch) =>
      `${what} could not be bound to the volume: ${mismatch}. Delete it and run this again`,
  );
}

/** What kube-controller-manager checks before it binds (checkVolumeSatisfyClaim in pv_controller.go, 1.36). */
function mismatches({ spec }: Claim, volume: AdoptableVolume): readonly string[] {
  const { storageClassName = '', accessModes = [] } = spec;
  const asked = spec.resources?.requests?.storage ?? '0';
  const missing = accessModes.filter((mode) => !volume.accessModes.includes(mode));
  const found: string[] = [];
  if (storageClassName !== volume.className) {
    found.push(`its class is "${storageClassName}", the volume's is "${volume.className}"`);
  }
  if (bytesOf(asked) > bytesOf(volume.capacity)) {
    found.push(`it asks for ${asked}, the volume has ${volume.capacity}`);
  }
  if (missing.length > 0) found.push(`the volume has no access mode ${missing.join(', ')}`);
  if (spec.volumeMode === 'Block') found.push('it asks for a block device');
  return found;
}

function bytesOf(quantity: string): bigint {
  return tryParseQuantity(quantity) ?? 0n;
}

/** Whether the volume is there already, written for this claim by an attempt before this one. */
export function isWritten(
  existing: Volume | undefined,
  volume: AdoptableVolume,
  claim: ClaimName & { readonly uid: string | undefined },
): boolean {
  if (existing === undefined || existing.metadata.deletionTimestamp !== undefined) return false;
  const { claimRef } = existing.spec;
  const isForClaim = claimRef?.namespace === claim.namespace && claimRef.name === claim.name;
  const isForThatOne = claimRef?.uid === undefined || claimRef.uid === claim.uid;
  const isIt = existing.metadata.name === volume.volumeName;
  return isIt && isForClaim && isForThatOne && isFor(existing, volume);
}

/** What stands in the way of writing the volume; empty: nothing. */
export function volumeObstacles(
  volumes: readonly Volume[],
  volume: AdoptableVolume,
  claim: ClaimName & { readonly uid: string | undefined },
): readonly string[] {
  return volumes
    .filter((each) => each.metadata.name === volume.volumeName || isFor(each, volume))
    .filter((each) => !isWritten(each, volume, claim))
    .map((each) => obstacleOf(each, volume));
}

function obstacleOf({ metadata, spec, status }: Volume, { dataset }: AdoptableVolume): string {
  const isGoing = metadata.deletionTimestamp !== undefined;
  const state = isGoing ? 'being deleted' : (status?.phase ?? 'new');
  const owner = spec.claimRef === undefined ? '' : `, of claim ${claimOf(spec.claimRef)}`;
  const advice = isGoing ? 'wait until it is gone, then run this again' : adviceFor(state);
  return `volume ${metadata.name} still stands for dataset ${dataset} (${state}${owner}): ${advice}`;
}

function adviceFor(phase: string): string {
  return phase === 'Bound'
    ? 'it is in use, and there is nothing to do'
    : 'set its persistentVolumeReclaimPolicy to Retain and delete the volume object first';
}

function claimOf({ namespace, name }: NonNullable<Volume['spec']['claimRef']>): string {
  return `${namespace ?? ''}/${name ?? ''}`;
}

function isFor({ metadata }: Volume, { host, dataset }: AdoptableVolume): boolean {
  const { annotations = {} } = metadata;
  return (
    annotations[volumeAnnotations.datasetPath] === dataset &&
    annotations[volumeAnnotations.host] === host
  );
}
