import { capacityOf, growthStateOf, requestOf } from '../volume/claim-status.ts';
import type { Claim, Volume } from '../volume/objects.ts';
import { tryParseQuantity } from '../volume/quantity.ts';
import { isOurs } from './volume-policy.ts';

/** What a bound claim and its volume need from us now. */
export type GrowthDecision =
  | { readonly kind: 'skip'; readonly reason: string }
  | Growth
  /** The claim has got its size; only the volume's object is behind. */
  | { readonly kind: 'raise-capacity'; readonly size: string };

export interface Growth extends Size {
  readonly kind: 'grow';
  /** An attempt before this one may have grown the dataset, and nobody knows. */
  readonly isUncertain: boolean;
}

interface Size {
  /** As the claim says it, letter for letter. */
  readonly size: string;
  readonly sizeBytes: bigint;
}

interface Question {
  readonly claim: Claim;
  /** The one that the claim names. */
  readonly volume: Volume | undefined;
  readonly instance: string;
}

/**
 * Level-triggered: the same answer however the claim came to be so. Whether a claim may grow was decided by
 * the API server when it took the request; so its class is not asked, and may be gone. Nothing is ever asked
 * to shrink.
 */
export function decideGrowth({ claim, volume, instance }: Question): GrowthDecision {
  if (volume === undefined || !isOurs(volume, instance)) return skip('of another provisioner');
  if (!belongTogether(claim, volume)) return skip('not bound to it');
  if ([claim, volume].some(isGoing)) return skip('being deleted');
  const requested = sizeOf(requestOf(claim));
  const capacity = sizeOf(capacityOf(claim));
  if (requested === undefined || capacity === undefined) return skip('without a size');
  if (requested.sizeBytes > capacity.sizeBytes || growthStateOf(claim).stage !== 'none') {
    return grow(claim, volume, larger(requested, capacity));
  }
  if (capacity.sizeBytes > volumeBytes(volume)) {
    return { kind: 'raise-capacity', size: capacity.size };
  }
  return skip('as large as it was asked to be');
}

/**
 * What was aimed at and may have been reached has to be finished, before a request that was lowered since is
 * looked at: it would promise less than there is. What is known to have failed is forgotten.
 */
function grow(claim: Claim, volume: Volume, wanted: Size): Growth {
  const { aim, stage } = growthStateOf(claim);
  const aimed = sizeOf(aim) ?? { size: '', sizeBytes: 0n };
  const isUncertain =
    stage === 'unknown' || (stage === 'failed' && volumeBytes(volume) >= aimed.sizeBytes);
  return { kind: 'grow', ...(isUncertain ? larger(wanted, aimed) : wanted), isUncertain };
}

/** Bytes that the volume's object says. */
export function volumeBytes({ spec }: Volume): bigint {
  return tryParseQuantity(spec.capacity?.storage ?? '') ?? 0n;
}

function sizeOf(size: string): Size | undefined {
  const sizeBytes = tryParseQuantity(size);
  return sizeBytes === undefined ? undefined : { size, sizeBytes };
}

/** The first of two that are equal. */
function larger(a: Size, b: Size): Size {
  return b.sizeBytes > a.sizeBytes ? b : a;
}

/** By uid: a claim that names somebody else's volume gets nothing. */
function belongTogether({ metadata, spec, status }: Claim, volume: Volume): boolean {
  return (
    status?.phase === 'Bound' &&
    spec.volumeName === volume.metadata.name &&
    volume.spec.claimRef?.uid === metadata.uid &&
    volume.spec.claimRef.namespace === metadata.namespace
  );
}

function isGoing({ metadata }: Claim | Volume): boolean {
  return metadata.deletionTimestamp !== undefined;
}

function skip(reason: string): GrowthDecision {
  return { kind: 'skip', reason };
}
