import { volumeAnnotations, volumeFinalizer } from '../volume/annotations.ts';
import type { Claim, Volume } from '../volume/objects.ts';

/** What a volume needs from us now. */
export type VolumeDecision =
  | { readonly kind: 'skip'; readonly reason: string }
  | { readonly kind: 'add-finalizer' }
  | { readonly kind: 'remove-finalizer' }
  | { readonly kind: 'destroy' };

/** Ours: written by us or by the classic provisioner under the same instance name. */
export function isOurs(volume: Volume, instance: string): boolean {
  return volume.metadata.annotations?.[volumeAnnotations.provisionedBy] === instance;
}

interface Question {
  readonly volume: Volume;
  /** The claim that has the name which the volume's claimRef names. */
  readonly claimOfThatName: Claim | undefined;
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
