import type { ClaimSpec, Stage } from './stage.ts';

const selectedNode = 'volume.kubernetes.io/selected-node';

/**
 * Creates a claim of a class that waits for its first consumer, so that the name of its volume is known
 * before anything is made for it; resolves with that name.
 */
export async function createWaitingClaim(stage: Stage, claim: ClaimSpec): Promise<string> {
  await stage.createClaim(claim);
  return stage.volumeNameFor(claim.name);
}

/** Says what the scheduler says once it has chosen a node for the pod that uses the claim. */
export async function selectNode(stage: Stage, claimName: string, node: string): Promise<void> {
  await stage.patchClaim(claimName, { metadata: { annotations: { [selectedNode]: node } } });
}

export async function selectedNodeOf(stage: Stage, claimName: string): Promise<string | undefined> {
  return (await stage.claim(claimName))?.metadata.annotations?.[selectedNode];
}
