import type { Command } from 'commander';

import { readAdoption, runAdoption } from './adoption-run.ts';
import type { AskedAdoption } from './adoption-run.ts';
import { candidateInPlace, candidateInTrash } from './candidate.ts';
import { carryOut, consentOf } from './changes.ts';
import type { Consent } from './changes.ts';
import type { ParentPlace } from './cli-world.ts';
import { trashViewListing } from './console/view-lists.ts';
import type { ExitCode } from './exit-codes.ts';
import { exitCodes } from './exit-codes.ts';
import { withConsent, withPlaces } from './frame.ts';
import type { Act, ConsoleWork, Work } from './frame.ts';
import { scanHosts } from './hosts-scan.ts';
import { print } from './listing.ts';
import { emptyingChange, planEmptying } from './trash-empty.ts';
import { trashListing } from './trash-list.ts';
import { UsageError } from './usage-error.ts';

/** `trash list`, `trash restore` and `trash empty`. */
export function addTrashCommands(program: Command, act: Act): void {
  const trash = program
    .command('trash')
    .description('what was deleted and can be had back (onDelete: trash)');
  act(
    withPlaces(trash.command('list'))
      .description('list what is in the trash')
      .option('--all', 'also what is of other provisioners and clusters'),
    (given) => {
      given.noWords();
      return { isOfAll: given.has('all'), parents: given.parents() };
    },
    list,
    listByConsole,
  );
  act(
    withConsent(withPlaces(trash.command('restore')))
      .description('take a volume out of the trash and bind a claim to it')
      .usage('VOLUME|DATASET --claim NAMESPACE/NAME [options]')
      .option('--claim <NAMESPACE/NAME>', 'the claim that gets it; it is made if there is none'),
    readAdoption('the volume or dataset to restore'),
    restore,
  );
  act(
    withConsent(withPlaces(trash.command('empty')))
      .description('destroy what is in the trash, for good')
      .usage('[VOLUME|DATASET...] [options]')
      .option('--expired', 'only what has expired'),
    (given) => ({
      names: given.words(),
      onlyExpired: given.has('expired'),
      parents: given.parents(),
      consent: consentOf(given),
    }),
    empty,
  );
}

interface AskedList {
  readonly isOfAll: boolean;
  readonly parents: readonly ParentPlace[];
}

async function list({ isOfAll, parents }: AskedList, work: Work): Promise<ExitCode> {
  const { world, cluster, output } = work;
  const { usages, isWhole } = await scanHosts(work, { parents });
  const trash = [...usages.values()].flatMap((usage) => usage.trash);
  const view = { owner: cluster, nowMs: world.clock.nowMs(), isOfAll };
  print(world.terminal, output, trashListing(trash, view));
  return isWhole ? exitCodes.done : exitCodes.failed;
}

async function listByConsole({ isOfAll }: AskedList, work: ConsoleWork): Promise<ExitCode> {
  const { console, world, output } = work;
  if (isOfAll) throw new UsageError(['--all needs hosts: the console shows only its own trash']);
  const rows = await console.rows('trash', {}, world.signal);
  print(world.terminal, output, trashViewListing(rows, world.clock.nowMs()));
  return exitCodes.done;
}

/** What an attempt before this one took out of the trash already is found where it is in use. */
function restore(asked: AskedAdoption, work: Work): Promise<ExitCode> {
  return runAdoption(asked, work, {
    candidatesOn: ({ trash, datasets }) => [
      ...trash.map(candidateInTrash),
      ...datasets.map(candidateInPlace),
    ],
    where: 'in the trash: kubectl zfs trash list shows what is',
  });
}

interface AskedEmptying {
  readonly names: readonly string[];
  readonly onlyExpired: boolean;
  readonly parents: readonly ParentPlace[];
  readonly consent: Consent;
}

async function empty(asked: AskedEmptying, work: Work): Promise<ExitCode> {
  const { world, cluster } = work;
  const { usages, isWhole } = await scanHosts(work, { parents: asked.parents });
  const volumes = await cluster.kube.listVolumes(world.signal);
  const trash = [...usages.values()].flatMap((usage) => usage.trash);
  const nowMs = world.clock.nowMs();
  const planned = planEmptying({ trash, volumes, owner: cluster, nowMs, ...asked });
  const plan = {
    changes: planned.map((each) => emptyingChange(each, cluster, nowMs)),
    areSteps: false,
    nothing: 'There is nothing to destroy.',
  };
  const code = await carryOut(work, plan, asked.consent);
  return isWhole ? code : exitCodes.failed;
}
