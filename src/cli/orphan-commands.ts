import type { Command } from 'commander';

import { readAdoption, runAdoption } from './adoption-run.ts';
import type { AskedAdoption } from './adoption-run.ts';
import { candidateInPlace } from './candidate.ts';
import type { ParentPlace } from './cli-world.ts';
import { isOrphanKind, orphanViewListing } from './console/view-lists.ts';
import type { ExitCode } from './exit-codes.ts';
import { exitCodes } from './exit-codes.ts';
import { withConsent, withPlaces } from './frame.ts';
import type { Act, ConsoleWork, Work } from './frame.ts';
import { scanHosts } from './hosts-scan.ts';
import { print } from './listing.ts';
import { unclaimedIn, unclaimedListing } from './orphan-list.ts';

/** `orphans` and `adopt`. */
export function addOrphanCommands(program: Command, act: Act): void {
  act(
    withPlaces(program.command('orphans'))
      .description('list datasets of the provisioner that no volume and no claim stands for')
      .option('--strangers', 'also datasets below the parents that tell of no provisioner')
      .option(
        '--exit-code',
        'end with exit code 3 if there is one that was not retained on purpose',
      ),
    (given) => {
      given.noWords();
      return {
        hasExitCode: given.has('exitCode'),
        withStrangers: given.has('strangers'),
        parents: given.parents(),
      };
    },
    list,
    listByConsole,
  );
  act(
    withConsent(withPlaces(program.command('adopt')))
      .description(
        'write the volume of an orphan or a retained dataset again, and bind a claim to it',
      )
      .usage('DATASET --claim NAMESPACE/NAME [options]')
      .option('--claim <NAMESPACE/NAME>', 'the claim that gets it; it is made if there is none'),
    readAdoption('the dataset to adopt'),
    adopt,
  );
}

interface AskedList {
  readonly withStrangers: boolean;
  readonly hasExitCode: boolean;
  readonly parents: readonly ParentPlace[];
}

async function list(
  { hasExitCode, parents, withStrangers }: AskedList,
  work: Work,
): Promise<ExitCode> {
  const { world, cluster, output } = work;
  const { terminal, clock, signal } = world;
  const { kube, orphanGraceMs: graceMs } = cluster;
  // A volume may come or go during the scan, as its dataset does.
  const before = await kube.listVolumes(signal);
  const { usages, isWhole } = await scanHosts(work, { parents });
  const [after, claims] = await Promise.all([kube.listVolumes(signal), kube.listClaims(signal)]);
  const volumes = [...before, ...after];
  const nowMs = clock.nowMs();
  const question = { volumes, claims, owner: cluster, nowMs, graceMs, withStrangers };
  const found = unclaimedIn({ usages: [...usages.values()], ...question });
  print(terminal, output, unclaimedListing(found, nowMs));
  if (!isWhole) return exitCodes.failed;
  const isFound = found.some(({ state }) => state !== 'retained');
  return hasExitCode && isFound ? exitCodes.found : exitCodes.done;
}

async function listByConsole(
  { hasExitCode, withStrangers }: AskedList,
  work: ConsoleWork,
): Promise<ExitCode> {
  const { console, world, output } = work;
  const rows = await console.rows('findings', {}, world.signal);
  const found = rows.filter(
    ({ kind }) => isOrphanKind(kind) && (withStrangers || kind !== 'stranger'),
  );
  print(world.terminal, output, orphanViewListing(found));
  const isFound = found.some(({ kind }) => kind !== 'retained');
  return hasExitCode && isFound ? exitCodes.found : exitCodes.done;
}

function adopt(asked: AskedAdoption, work: Work): Promise<ExitCode> {
  return runAdoption(asked, work, {
    candidatesOn: ({ datasets }) => datasets.map(candidateInPlace),
    where: 'among the datasets: kubectl zfs orphans shows those that can be adopted',
  });
}
