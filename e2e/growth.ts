import type { Claim } from '../src/volume/objects.ts';
import { eventually } from './bench/eventually.ts';
import type { Stage } from './stage.ts';

/** Patches a claim's request, as `kubectl edit` does. */
export async function askFor(stage: Stage, claimName: string, size: string): Promise<void> {
  await stage.patchClaim(claimName, { spec: { resources: { requests: { storage: size } } } });
}

/** Resolves with the claim once its status says that it has the size. */
export async function untilCapacity(
  stage: Stage,
  claimName: string,
  size: string,
  timeoutMs = 20_000,
): Promise<Claim> {
  const hasSize = async (): Promise<Claim> => {
    const claim = await stage.claim(claimName);
    if (claim?.status?.capacity?.['storage'] === size) return claim;
    const events = await stage.events(claimName);
    throw new Error(`it says ${JSON.stringify(claim?.status)}; ${JSON.stringify(events)}`);
  };
  return eventually(`claim ${claimName} has ${size}`, hasSize, { timeoutMs, intervalMs: 50 });
}

/** Asks for a size; resolves with the claim once it has it. */
export async function growTo(stage: Stage, claimName: string, size: string): Promise<Claim> {
  await askFor(stage, claimName, size);
  return untilCapacity(stage, claimName, size);
}

/** Bytes that a dataset is held to, and that are reserved for it; 0: none. */
export async function limitsOf(
  stage: Stage,
  dataset: string,
): Promise<{ readonly refquota: string; readonly refreservation: string }> {
  const all = await stage.host.datasets('refquota', 'refreservation');
  const { refquota = '', refreservation = '' } = all.get(dataset) ?? {};
  return { refquota, refreservation };
}
