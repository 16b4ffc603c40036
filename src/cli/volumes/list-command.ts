import type { Command } from 'commander';

import { volumeViews } from '../../overview/volume-views.ts';
import type { VolumeView } from '../../overview/views.ts';
import { suggestion } from '../../volume/nearest.ts';
import { shown } from '../../volume/shown.ts';
import type { ParentPlace } from '../cli-world.ts';
import type { ExitCode } from '../exit-codes.ts';
import { exitCodes } from '../exit-codes.ts';
import { withPlaces } from '../frame.ts';
import type { Act, ConsoleWork, Work } from '../frame.ts';
import type { Given } from '../given.ts';
import { print } from '../listing.ts';
import { surveyHosts } from '../survey.ts';
import { chosenVolumes, sortKeys, volumeListing } from './volume-list.ts';
import type { VolumeFilter, VolumeSort } from './volume-list.ts';

interface Asked {
  readonly filter: VolumeFilter;
  readonly parents: readonly ParentPlace[];
}

/** `list`: volumes beside their datasets. */
export function addListCommand(program: Command, act: Act): void {
  act(
    withPlaces(program.command('list').alias('ls'))
      .description(
        'list volumes: claim, dataset, what is used of what, and what is not as promised',
      )
      .option('-n, --namespace <NAME>', 'only volumes of claims of this namespace')
      .option('-A, --all-namespaces', 'of all namespaces (which is the default)')
      .option('--host <NAME>', 'only volumes of this host; no other host is asked')
      .option('--class <NAME>', 'only volumes of this StorageClass')
      .option('--sort <KEY>', `by ${sortKeys.join(', ')}; with - before it: the largest first`),
    read,
    list,
    listByConsole,
  );
}

function read(given: Given): Asked {
  given.noWords();
  const namespace = given.text('namespace');
  if (namespace !== undefined && given.has('allNamespaces')) {
    given.wrong('either --namespace or --all-namespaces, not both');
  }
  return {
    filter: {
      namespace,
      host: given.text('host'),
      storageClass: given.text('class'),
      sort: sortOf(given),
    },
    parents: given.parents(),
  };
}

function sortOf(given: Given): VolumeSort {
  const asked = given.text('sort') ?? 'claim';
  const word = asked.replace(/^-/, '');
  const by = sortKeys.find((each) => each === word);
  if (by === undefined) {
    given.wrong(
      `--sort is ${shown(asked)}: expected one of ${sortKeys.join(', ')}${suggestion(word, sortKeys)}`,
    );
  }
  return { by: by ?? 'claim', isDescending: asked.startsWith('-') };
}

async function list({ filter, parents }: Asked, work: Work): Promise<ExitCode> {
  const { volumes, seen, isWhole } = await surveyHosts(work, { parents, host: filter.host });
  show(volumeViews(volumes, work.cluster.instance, seen), filter, work);
  return isWhole ? exitCodes.done : exitCodes.failed;
}

async function listByConsole({ filter }: Asked, work: ConsoleWork): Promise<ExitCode> {
  const { console, world } = work;
  const { namespace } = filter;
  show(await console.rows('volumes', { namespace }, world.signal), filter, work);
  return exitCodes.done;
}

function show(
  views: readonly VolumeView[],
  filter: VolumeFilter,
  { world, output }: Pick<Work, 'world' | 'output'>,
): void {
  const chosen = chosenVolumes(views, filter);
  print(world.terminal, output, volumeListing(chosen, world.clock.nowMs()));
}
