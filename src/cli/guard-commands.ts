import type { Command } from 'commander';

import { InvalidRequestError } from '../errors.ts';
import { destroyLabel, volumeAnnotations } from '../volume/annotations.ts';
import { suggestion } from '../volume/nearest.ts';
import type { Volume } from '../volume/objects.ts';
import { shown } from '../volume/shown.ts';
import type { Change, Consent } from './changes.ts';
import { carryOut, consentOf } from './changes.ts';
import type { Cluster } from './cli-world.ts';
import type { ExitCode } from './exit-codes.ts';
import { exitCodes } from './exit-codes.ts';
import { withConsent } from './frame.ts';
import type { Act, Work } from './frame.ts';
import type { Listing } from './listing.ts';
import { print } from './listing.ts';

/** `guard list` and `guard release`. */
export function addGuardCommands(program: Command, act: Act): void {
  const guard = program
    .command('guard')
    .description('volumes that wait for a person, because too many were to be destroyed at once');
  act(
    guard
      .command('list')
      .description('list the volumes whose destruction waits')
      .option('--exit-code', 'end with exit code 3 if there is one'),
    (given) => {
      given.noWords();
      return { hasExitCode: given.has('exitCode') };
    },
    list,
  );
  act(
    withConsent(guard.command('release'))
      .description('confirm that these volumes, or all that wait, are to be destroyed')
      .usage('VOLUME... | --all [options]')
      .option('--all', 'all that wait'),
    (given) => {
      const [names, isAll] = [given.words(), given.has('all')];
      if (names.length === 0 && !isAll) given.wrong('say which volumes, or --all');
      if (names.length > 0 && isAll) given.wrong('either names or --all, not both');
      return { names, consent: consentOf(given) };
    },
    release,
  );
}

async function heldIn(work: Work): Promise<readonly Volume[]> {
  const { cluster, world } = work;
  const volumes = await cluster.kube.listVolumes(world.signal);
  return volumes.filter(({ metadata }) => {
    const isOurs = metadata.annotations?.[volumeAnnotations.provisionedBy] === cluster.instance;
    return isOurs && metadata.labels?.[destroyLabel] === 'held';
  });
}

async function list(
  { hasExitCode }: { readonly hasExitCode: boolean },
  work: Work,
): Promise<ExitCode> {
  const held = await heldIn(work);
  print(work.world.terminal, work.output, listing(held));
  return hasExitCode && held.length > 0 ? exitCodes.found : exitCodes.done;
}

function listing(items: readonly Volume[]): Listing<Volume> {
  return {
    items,
    columns: [
      { header: 'VOLUME', of: ({ metadata }) => metadata.name },
      { header: 'CLAIM', of: claimOf },
      { header: 'CLASS', of: ({ spec }) => spec.storageClassName ?? '-' },
      { header: 'SIZE', of: ({ spec }) => spec.capacity?.storage ?? '-', align: 'right' },
      { header: 'HOST', of: (volume) => noted(volume, volumeAnnotations.host) ?? '-' },
      { header: 'DATASET', of: (volume) => noted(volume, volumeAnnotations.datasetPath) ?? '-' },
    ],
    fieldsOf: (volume) => ({
      volume: volume.metadata.name,
      claim: { namespace: volume.spec.claimRef?.namespace, name: volume.spec.claimRef?.name },
      storageClass: volume.spec.storageClassName,
      capacity: volume.spec.capacity?.storage,
      host: noted(volume, volumeAnnotations.host),
      dataset: noted(volume, volumeAnnotations.datasetPath),
    }),
    nameOf: ({ metadata }) => metadata.name,
    empty: 'No volume waits for a person.',
  };
}

function claimOf({ spec: { claimRef } }: Volume): string {
  return claimRef === undefined ? '-' : `${claimRef.namespace ?? ''}/${claimRef.name ?? ''}`;
}

function noted({ metadata }: Volume, key: string): string | undefined {
  return metadata.annotations?.[key];
}

interface AskedRelease {
  /** Empty: all. */
  readonly names: readonly string[];
  readonly consent: Consent;
}

async function release({ names, consent }: AskedRelease, work: Work): Promise<ExitCode> {
  const held = await heldIn(work);
  const known = held.map(({ metadata }) => metadata.name);
  const problems = names
    .filter((name) => !known.includes(name))
    .map((name) => `no volume ${shown(name)} waits for a person${suggestion(name, known)}`);
  if (problems.length > 0) throw new InvalidRequestError(problems);
  const chosen = held.filter(({ metadata }) => names.length === 0 || names.includes(metadata.name));
  const plan = {
    changes: chosen.map((volume) => releaseOf(volume, work.cluster)),
    areSteps: false,
    nothing: 'No volume waits for a person.',
  };
  return carryOut(work, plan, consent);
}

/** On the very object that was shown: a new one of that name was not agreed to. */
function releaseOf(volume: Volume, { kube }: Cluster): Change {
  const { name, uid } = volume.metadata;
  const where = `${noted(volume, volumeAnnotations.datasetPath) ?? ''} on ${noted(volume, volumeAnnotations.host) ?? ''}`;
  return {
    action: 'release',
    name,
    text: `confirm that volume ${name} of claim ${claimOf(volume)} is destroyed, with its dataset ${where}`,
    perform: async (signal) => {
      const labels = { [destroyLabel]: 'confirmed' };
      await kube.patchVolume(name, { metadata: { uid, labels } }, signal);
      return undefined;
    },
  };
}
