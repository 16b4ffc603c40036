import type { Command } from 'commander';

import { InvalidRequestError } from '../errors.ts';
import { repairableKinds } from '../volume/drift-kinds.ts';
import type { DriftKind } from '../volume/drift-kinds.ts';
import { suggestion } from '../volume/nearest.ts';
import type { Volume } from '../volume/objects.ts';
import { shown } from '../volume/shown.ts';
import { carryOut, consentOf } from './changes.ts';
import type { Change, Consent } from './changes.ts';
import type { Cluster, ParentPlace } from './cli-world.ts';
import { driftViewListing, isOrphanKind } from './console/view-lists.ts';
import { findingListing, findingsIn } from './drift-list.ts';
import type { Finding } from './drift-list.ts';
import type { ExitCode } from './exit-codes.ts';
import { exitCodes } from './exit-codes.ts';
import { withConsent, withPlaces } from './frame.ts';
import type { Act, ConsoleWork, Work } from './frame.ts';
import type { Given } from './given.ts';
import { surveyHosts } from './survey.ts';
import { UsageError } from './usage-error.ts';
import { isForPeople, print } from './listing.ts';

interface Asked {
  /** Empty: all. */
  readonly names: readonly string[];
  /** Empty: nothing is to be repaired. */
  readonly kinds: readonly DriftKind[];
  readonly hasExitCode: boolean;
  readonly parents: readonly ParentPlace[];
  readonly consent: Consent;
}

/** `drift`: what is otherwise than volumes were promised, and its repair. */
export function addDriftCommand(program: Command, act: Act): void {
  act(
    withConsent(withPlaces(program.command('drift')))
      .description('list what is otherwise on the hosts than volumes were promised, and repair it')
      .usage('[VOLUME...] [options]')
      .option(
        '--repair [KINDS]',
        `repair it: all that can be, or these kinds, such as --repair=share,unmounted (${repairableKinds.join(', ')})`,
      )
      .option('--exit-code', 'end with exit code 3 if something was found'),
    read,
    run,
    listByConsole,
  );
}

function read(given: Given): Asked {
  const kinds = kindsOf(given);
  const consent = consentOf(given);
  if (kinds.length === 0 && consent.dryRun) given.wrong('--dry-run goes with --repair');
  return {
    names: given.words(),
    ...{ kinds, consent },
    hasExitCode: given.has('exitCode'),
    parents: given.parents(),
  };
}

function kindsOf(given: Given): readonly DriftKind[] {
  if (given.has('repair')) return repairableKinds;
  const asked = given.text('repair');
  if (asked === undefined) return [];
  return asked.split(',').flatMap((word) => {
    const kind = repairableKinds.find((each) => each === word.trim());
    if (kind === undefined) {
      given.wrong(
        `--repair=${asked} has ${shown(word)}: expected ${repairableKinds.join(', ')}${suggestion(word, repairableKinds)}`,
      );
    }
    return kind ?? [];
  });
}

async function run(asked: Asked, work: Work): Promise<ExitCode> {
  const { world, cluster, output } = work;
  const { findings, isWhole } = await look(asked, work);
  if (asked.kinds.length === 0) {
    print(world.terminal, output, findingListing(findings));
    if (isForPeople(output)) hintAtRepair(findings, work);
    if (!isWhole) return exitCodes.failed;
    return asked.hasExitCode && findings.length > 0 ? exitCodes.found : exitCodes.done;
  }
  const isAsked = ({ kind, repair }: Finding): boolean =>
    repair !== undefined && asked.kinds.some((each) => each === kind);
  for (const finding of findings.filter((each) => !isAsked(each))) {
    world.terminal.tell(`not repaired: ${describe(finding)}; ${finding.remedy}`);
  }
  const changes = findings.filter(isAsked).flatMap((finding) => repairOf(finding, cluster));
  const plan = { changes, areSteps: false, nothing: 'There is nothing to repair.' };
  const code = await carryOut(work, plan, asked.consent);
  return isWhole ? code : exitCodes.failed;
}

async function listByConsole(asked: Asked, work: ConsoleWork): Promise<ExitCode> {
  const { console, world, output } = work;
  if (asked.kinds.length > 0) {
    throw new UsageError([
      '--console only shows: drift --repair needs a kubeconfig and SSH to hosts',
    ]);
  }
  const rows = await console.rows('findings', {}, world.signal);
  const isAsked = (volume: string): boolean =>
    asked.names.length === 0 || asked.names.includes(volume);
  const found = rows.filter(({ kind, volume = '' }) => !isOrphanKind(kind) && isAsked(volume));
  print(world.terminal, output, driftViewListing(found));
  return asked.hasExitCode && found.length > 0 ? exitCodes.found : exitCodes.done;
}

async function look(
  { names, parents }: Asked,
  work: Work,
): Promise<{ readonly findings: readonly Finding[]; readonly isWhole: boolean }> {
  const { volumes, seen, isWhole } = await surveyHosts(work, { parents });
  requireKnown(names, volumes, work.cluster);
  const findings = [...seen.comparisons.values()].flatMap(findingsIn);
  const isAsked = ({ volume }: Finding): boolean =>
    names.length === 0 || names.includes(volume.metadata.name);
  return { findings: findings.filter(isAsked), isWhole };
}

function requireKnown(
  names: readonly string[],
  volumes: readonly Volume[],
  { instance }: Cluster,
): void {
  const known = volumes.map(({ metadata }) => metadata.name);
  const problems = names
    .filter((name) => !known.includes(name))
    .map((name) => `there is no volume ${shown(name)} of ${instance}${suggestion(name, known)}`);
  if (problems.length > 0) throw new InvalidRequestError(problems);
}

function repairOf(finding: Finding, { instance, clusterId, zfs }: Cluster): readonly Change[] {
  const { host, dataset, repair, volume } = finding;
  if (repair === undefined) return [];
  const volumeName = volume.metadata.name;
  const identity = { instance, clusterId, volumeName };
  return [
    {
      action: `repair-${finding.kind}`,
      name: volumeName,
      text: `repair ${describe(finding)}: ${finding.remedy}`,
      perform: async (signal) => {
        await zfs.repair({ host, dataset, identity, repairs: [repair] }, signal);
        return undefined;
      },
    },
  ];
}

function describe({ kind, volume, host, expected, actual }: Finding): string {
  return `${kind} of volume ${volume.metadata.name} on ${host} (${actual}, promised ${expected})`;
}

function hintAtRepair(findings: readonly Finding[], { world }: Work): void {
  const count = findings.filter(({ repair }) => repair !== undefined).length;
  if (count > 0) world.terminal.tell(`kubectl zfs drift --repair mends ${count} of them.`);
}
