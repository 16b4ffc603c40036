import { InvalidRequestError } from '../../errors.ts';
import { volumeAnnotations } from '../../volume/annotations.ts';
import { suggestion } from '../../volume/nearest.ts';
import { keyOf } from '../../volume/object-key.ts';
import type { Claim, Volume } from '../../volume/objects.ts';
import { shown } from '../../volume/shown.ts';

/** What a person calls a claim or a volume by: `NAMESPACE/NAME`, a name and `--namespace`, or a volume's name. */
export interface AskedName {
  readonly word: string;
  readonly namespace: string | undefined;
}

/** At least one of the two is there. */
export interface NamedVolume {
  readonly volume: Volume | undefined;
  readonly claim: Claim | undefined;
}

interface Known {
  readonly volumes: readonly Volume[];
  readonly claims: readonly Claim[];
  readonly instance: string;
}

/**
 * Pure. A name alone means the volume of that name, else the only claim of that name.
 * @throws InvalidRequestError when there is none, or several, or it is another provisioner's
 */
export function namedVolume({ word, namespace }: AskedName, known: Known): NamedVolume {
  const key = namespace === undefined ? word : `${namespace}/${word}`;
  const isOfClaim = key.includes('/');
  const volume = known.volumes.find(({ metadata }) => metadata.name === word);
  if (!isOfClaim && volume !== undefined)
    return { volume: ours(volume, known), claim: of(volume, known) };
  const claims = known.claims.filter((claim) =>
    isOfClaim ? keyOf(claim) === key : claim.metadata.name === word,
  );
  const [claim, ...others] = claims;
  if (claim === undefined) throw new InvalidRequestError([absence(key, known)]);
  if (others.length > 0) {
    const names = claims.map(keyOf).join(', ');
    throw new InvalidRequestError([`${shown(word)} means several claims: say which, ${names}`]);
  }
  const its = known.volumes.find(({ metadata }) => metadata.name === claim.spec.volumeName);
  return { claim, volume: its === undefined ? undefined : ours(its, known) };
}

function of({ spec: { claimRef } }: Volume, { claims }: Known): Claim | undefined {
  return claims.find(({ metadata }) => metadata.uid === claimRef?.uid);
}

function ours(volume: Volume, { instance }: Known): Volume {
  const { name, annotations = {} } = volume.metadata;
  const maker = annotations[volumeAnnotations.provisionedBy];
  if (maker === instance) return volume;
  const whose = maker === undefined ? 'no provisioner' : `provisioner ${shown(maker)}`;
  throw new InvalidRequestError([
    `volume ${name} is of ${whose}, not of ${instance}: say --instance if that is meant`,
  ]);
}

function absence(key: string, { volumes, claims, instance }: Known): string {
  if (key.includes('/'))
    return `there is no claim ${shown(key)}${suggestion(key, claims.map(keyOf))}`;
  const names = [
    ...volumes
      .filter(
        ({ metadata }) => metadata.annotations?.[volumeAnnotations.provisionedBy] === instance,
      )
      .map(({ metadata }) => metadata.name),
    ...claims.map(({ metadata }) => metadata.name),
  ];
  return `there is no volume and no claim ${shown(key)}${suggestion(key, names)}`;
}
