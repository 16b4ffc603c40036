import { volumeAnnotations } from '../volume/annotations.ts';
import { capacityOf, growthStateOf, requestOf } from '../volume/claim-status.ts';
import type { Claim, Volume } from '../volume/objects.ts';
import { tryParseQuantity } from '../volume/quantity.ts';
import type { VolumePromise } from './volume-drift.ts';
import { quotaKindOf } from './volume-growth.ts';

type Sizes = Pick<VolumePromise, 'sizeBytes' | 'atLeastBytes' | 'atMostBytes'>;

/**
 * What the annotations that were written with a volume say of its dataset.
 * @throws InvalidRequestError for a kind of quota that there is not
 */
export function limitsPromisedBy(volume: Volume): Pick<VolumePromise, 'quota' | 'isThick'> {
  const { annotations = {} } = volume.metadata;
  const thick = annotations[volumeAnnotations.reserveSpace];
  const isThick = thick === 'true' || thick === 'false' ? thick === 'true' : undefined;
  return { quota: quotaKindOf(annotations[volumeAnnotations.quota]), isThick };
}

/**
 * A growth raises the dataset first, then the volume's capacity, which may have to wait (ZFS_DELAY_CAPACITY), then
 * what the claim has got. So the dataset has at least what the volume said before it was looked at, and at most what
 * the claim asks for, aims at, or has.
 * @param before the volume as it was known before its dataset was looked at
 * @param claim of the volume's claimRef's name
 */
export function sizesPromisedBy(volume: Volume, before: Volume, claim: Claim | undefined): Sizes {
  const capacities = [volume, before].map(({ spec }) => bytesOf(spec.capacity?.storage));
  const [sizeBytes = 0n] = capacities;
  const isItsOwn = claim !== undefined && claim.metadata.uid === volume.spec.claimRef?.uid;
  const wanted = isItsOwn ? [requestOf(claim), capacityOf(claim), growthStateOf(claim).aim] : [];
  return {
    sizeBytes,
    atLeastBytes: capacities.reduce((least, each) => (each < least ? each : least)),
    atMostBytes: [...capacities, ...wanted.map(bytesOf)].reduce((most, each) =>
      each > most ? each : most,
    ),
  };
}

function bytesOf(quantity: string | undefined): bigint {
  return tryParseQuantity(quantity ?? '') ?? 0n;
}
