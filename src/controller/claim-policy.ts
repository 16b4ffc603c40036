import { claimAnnotations } from '../volume/annotations.ts';
import type { Claim, DataSource, StorageClass } from '../volume/objects.ts';

/** Whether a claim is ours to provision now. */
export type ClaimDecision =
  | { readonly kind: 'provision'; readonly storageClass: StorageClass }
  /** Not ours, or not now: nothing is said. */
  | { readonly kind: 'skip'; readonly reason: string }
  /** Somebody else's work on a claim of ours: said once, as a Normal event. */
  | { readonly kind: 'leave'; readonly reason: string }
  | { readonly kind: 'reject'; readonly problem: string };

/** The claim's class; the beta annotation wins, as in kube-controller-manager. */
export function classNameOf(claim: Claim): string {
  return (
    claim.metadata.annotations?.[claimAnnotations.storageClassBeta] ??
    claim.spec.storageClassName ??
    ''
  );
}

/** Who is asked to provision: a GA annotation hides the beta one, even when it names another. */
export function provisionerOf(claim: Claim): string | undefined {
  const annotations = claim.metadata.annotations ?? {};
  return (
    annotations[claimAnnotations.storageProvisioner] ??
    annotations[claimAnnotations.storageProvisionerBeta]
  );
}

/** The order of the checks is that of sig-storage-lib-external-provisioner, with the gaps closed. */
export function decideClaim(
  claim: Claim,
  storageClass: StorageClass | undefined,
  instance: string,
): ClaimDecision {
  if (isPresent(claim.spec.volumeName)) return skip('bound');
  if (provisionerOf(claim) !== instance) return skip('of another provisioner');
  if (claim.metadata.deletionTimestamp !== undefined) return skip('being deleted');
  if (storageClass === undefined) {
    return {
      kind: 'reject',
      problem: `StorageClass ${JSON.stringify(classNameOf(claim))} does not exist: create it, and the claim goes on`,
    };
  }
  if (storageClass.provisioner !== instance) return skip('class of another provisioner');
  if (isWaitingForConsumer(claim, storageClass)) return skip('waiting for its first consumer');
  const populator = foreignSource(claim);
  if (populator !== undefined) {
    return {
      kind: 'leave',
      reason: `a volume populator is expected to fill the claim from ${populator.kind} ${populator.name}`,
    };
  }
  return { kind: 'provision', storageClass };
}

function skip(reason: string): ClaimDecision {
  return { kind: 'skip', reason };
}

function isPresent(text: string | undefined): boolean {
  return text !== undefined && text !== '';
}

function isWaitingForConsumer(claim: Claim, storageClass: StorageClass): boolean {
  return (
    storageClass.volumeBindingMode === 'WaitForFirstConsumer' &&
    !isPresent(claim.metadata.annotations?.[claimAnnotations.selectedNode])
  );
}

/** A source that is neither a claim nor a snapshot belongs to a populator (KEP-1495). */
function foreignSource({ spec }: Claim): DataSource | undefined {
  const source = spec.dataSourceRef ?? spec.dataSource;
  if (source === undefined) return undefined;
  const group = source.apiGroup ?? '';
  const isClaim = group === '' && source.kind === 'PersistentVolumeClaim';
  const isSnapshot = group === 'snapshot.storage.k8s.io' && source.kind === 'VolumeSnapshot';
  return isClaim || isSnapshot ? undefined : source;
}
