import { destroyLabel, volumeAnnotations, volumeFinalizer } from '../volume/annotations.ts';
import type { Claim, Volume } from '../volume/objects.ts';

/** What a volume needs from us now. */
export type VolumeDecision =
  | { readonly kind: 'skip'; readonly reason: string }
  | { readonly kind: 'add-finalizer' }
  | { readonly kind: 'remove-finalizer' }
  | { readonly kind: 'refuse'; readonly problem: string }
  | { readonly kind: 'destroy' };

/** Ours: written by us or by the classic provisioner under the same instance name. */
export function isOurs(volume: Volume, instance: string): boolean {
  return volume.metadata.annotations?.[volumeAnnotations.provisionedBy] === instance;
}

interface Question {
  readonly volume: Volume;
  /** The claim that has the name which the volume's claimRef names. */
  readonly claimOfThatName: Claim | undefined;
  /** Every claim, where it is known: one may still have the volume, whatever the claimRef says. */
  readonly claims?: Iterable<Claim>;
  readonly instance: string;
}

type Check = (question: Question) => VolumeDecision | undefined;

/** In this order; the first answer counts. What passes them all is destroyed. */
const checks: readonly Check[] = [
  ({ volume, instance }) => (isOurs(volume, instance) ? undefined : skip('of another provisioner')),
  ({ volume }) => {
    if (volume.spec.persistentVolumeReclaimPolicy === 'Delete') return undefined;
    return hasFinalizer(volume) ? { kind: 'remove-finalizer' } : skip('retained');
  },
  ({ volume }) =>
    volume.metadata.deletionTimestamp !== undefined && !hasFinalizer(volume)
      ? skip('being removed')
      : undefined,
  ({ volume }) => {
    if (volume.status?.phase !== 'Bound') return undefined;
    return hasFinalizer(volume) ? skip('bound') : { kind: 'add-finalizer' };
  },
  // Failed: kube-controller-manager found nobody to delete it, since its annotation was gone for a while.
  ({ volume }) => (isReleased(volume) ? undefined : skip('not released')),
  ({ volume, claimOfThatName }) =>
    claimOfThatName !== undefined && claimOfThatName.metadata.uid === volume.spec.claimRef?.uid
      ? skip('its claim still exists')
      : undefined,
  ({ volume }) =>
    isLabelledHeld(volume) ? skip('held until a person has decided upon it') : undefined,
  ({ volume, claims = [] }) => {
    const user = claimThatHas(volume, claims);
    return user === undefined ? undefined : { kind: 'refuse', problem: problemOf(volume, user) };
  },
];

/**
 * Level-triggered: the same answer for the same volume, however it came to be so. A volume is destroyed
 * only when it is released for good, its policy says Delete, and its claim is gone or another of the same
 * name.
 */
export function decideVolume(question: Question): VolumeDecision {
  for (const check of checks) {
    const decision = check(question);
    if (decision !== undefined) return decision;
  }
  return { kind: 'destroy' };
}

/** Of ours, and its dataset goes, sooner or later, if nobody does anything. */
export function isToBeDestroyed(volume: Volume, instance: string): boolean {
  return (
    isOurs(volume, instance) &&
    volume.spec.persistentVolumeReclaimPolicy === 'Delete' &&
    isReleased(volume) &&
    saysDestroy(volume)
  );
}

/** Waits for a person, as its label says. */
export function isHeld(volume: Volume, instance: string): boolean {
  return isLabelledHeld(volume) && isToBeDestroyed(volume, instance);
}

function isLabelledHeld(volume: Volume): boolean {
  return volume.metadata.labels?.[destroyLabel] === 'held' && saysDestroy(volume);
}

/** Neither the trash nor being retained is asked for. */
function saysDestroy({ metadata: { annotations } }: Volume): boolean {
  return (annotations?.[volumeAnnotations.onDelete] ?? 'destroy') === 'destroy';
}

/**
 * A claim that has the volume, or asks for it by name, although the volume's claimRef names another uid: somebody
 * edited the claimRef, or wrote claim and volume again from a backup. In other namespaces only a claim that was
 * bound counts: nobody shall keep the volumes of others by naming them.
 */
function claimThatHas({ metadata, spec }: Volume, claims: Iterable<Claim>): Claim | undefined {
  for (const claim of claims) {
    if (claim.spec.volumeName !== metadata.name) continue;
    const { phase } = claim.status ?? {};
    const wasBound = phase === 'Bound' || phase === 'Lost';
    if (wasBound || claim.metadata.namespace === spec.claimRef?.namespace) return claim;
  }
  return undefined;
}

function problemOf({ spec: { claimRef } }: Volume, { metadata }: Claim): string {
  const { namespace = '', name = '', uid = '' } = claimRef ?? {};
  return (
    `claim ${metadata.namespace}/${metadata.name} (uid ${metadata.uid}) has this volume, although its claimRef names ` +
    `${namespace}/${name} (uid ${uid}): correct the claimRef, or delete that claim`
  );
}

function hasFinalizer(volume: Volume): boolean {
  return volume.metadata.finalizers?.includes(volumeFinalizer) ?? false;
}

/** Its claim is gone, as far as kube-controller-manager says. */
export function isReleased({ status }: Volume): boolean {
  return status?.phase === 'Released' || status?.phase === 'Failed';
}

function skip(reason: string): VolumeDecision {
  return { kind: 'skip', reason };
}
