import type { Command } from 'commander';

import { InvalidRequestError } from '../../errors.ts';
import type { EventTarget } from '../../kube/admin-api.ts';
import { KubeForbiddenError } from '../../kube/api-error.ts';
import { findingViews } from '../../overview/finding-views.ts';
import { poolViews } from '../../overview/pool-views.ts';
import type { EventView } from '../../overview/views.ts';
import { volumeViews } from '../../overview/volume-views.ts';
import { volumeAnnotations } from '../../volume/annotations.ts';
import { poolOf } from '../../volume/dataset-name.ts';
import type { KubeObject, Volume } from '../../volume/objects.ts';
import { shown } from '../../volume/shown.ts';
import type { ParentPlace } from '../cli-world.ts';
import { describedByConsole } from './described-by-console.ts';
import type { ExitCode } from '../exit-codes.ts';
import { exitCodes } from '../exit-codes.ts';
import { lineOf, withPlaces } from '../frame.ts';
import type { Act, ConsoleWork, Work } from '../frame.ts';
import type { Given } from '../given.ts';
import { surveyHosts } from '../survey.ts';
import type { Survey } from '../survey.ts';
import type { Described } from './described.ts';
import { printDescription } from './description.ts';
import { namedVolume } from './named-volume.ts';
import type { AskedName, NamedVolume } from './named-volume.ts';

interface Asked {
  readonly name: AskedName;
  readonly parents: readonly ParentPlace[];
}

/** `describe`: one volume or claim, in the cluster and on its host. */
export function addDescribeCommand(program: Command, act: Act): void {
  act(
    withPlaces(program.command('describe'))
      .description('show a claim or a volume in both worlds, what differs, and what has happened')
      .usage('NAMESPACE/CLAIM|CLAIM|VOLUME [options]')
      .option('-n, --namespace <NAME>', "the claim's namespace"),
    read,
    describe,
    describeByConsole,
  );
}

function read(given: Given): Asked {
  const word = given.word('the claim or volume to describe');
  const namespace = given.text('namespace');
  if (namespace !== undefined && word.includes('/')) {
    given.wrong(`${shown(word)} has a namespace: either that or --namespace, not both`);
  }
  return { name: { word, namespace }, parents: given.parents() };
}

async function describe({ name, parents }: Asked, work: Work): Promise<ExitCode> {
  const { world, cluster, output } = work;
  const [volumes, claims] = await Promise.all([
    cluster.kube.listVolumes(world.signal),
    cluster.kube.listClaims(world.signal),
  ]);
  const named = namedVolume(name, { volumes, claims, instance: cluster.instance });
  const [sides, events] = await Promise.all([sidesOf(named, parents, work), eventsOf(named, work)]);
  const described = { ...named, ...sides, events };
  const nowMs = world.clock.nowMs();
  printDescription(described, { terminal: world.terminal, output, nowMs });
  return described.hostUnknown === undefined ? exitCodes.done : exitCodes.failed;
}

type Sides = Omit<Described, 'volume' | 'claim' | 'events'>;

const unseen = { view: undefined, dataset: undefined, pool: undefined, findings: [] };

async function sidesOf(
  { volume }: NamedVolume,
  parents: readonly ParentPlace[],
  work: Work,
): Promise<Sides> {
  if (volume === undefined) return { ...unseen, hostUnknown: undefined };
  const host = volume.metadata.annotations?.[volumeAnnotations.host] ?? '';
  try {
    const survey = await surveyHosts(work, { parents, host });
    return sidesIn(survey, volume, work);
  } catch (thrown) {
    if (!(thrown instanceof InvalidRequestError)) throw thrown;
    work.world.terminal.tell(`note: ${lineOf(thrown)}`);
    const [view] = viewsOf(volume, [volume], work, { usages: new Map(), comparisons: new Map() });
    return { ...unseen, view, hostUnknown: 'no class and no hosts file names it' };
  }
}

function sidesIn({ volumes, seen, usages, failures }: Survey, volume: Volume, work: Work): Sides {
  const { name, annotations = {} } = volume.metadata;
  const host = annotations[volumeAnnotations.host] ?? '';
  const path = annotations[volumeAnnotations.datasetPath] ?? '';
  const [view] = viewsOf(volume, volumes, work, seen);
  // What is in its place when it is missing is not its own.
  const isMissing = view?.drift.includes('missing') === true;
  const datasets = isMissing ? [] : (usages.get(host)?.datasets ?? []);
  return {
    view,
    dataset: datasets.find(({ dataset }) => dataset === path),
    pool: poolViews(usages).find(({ pool }) => pool === poolOf(path)),
    findings: findingViews(seen.comparisons).filter((finding) => finding.volume === name),
    hostUnknown: failures.has(host) ? 'the host does not answer' : notAsked(host, work),
  };
}

function viewsOf(
  { metadata: { name } }: Volume,
  volumes: readonly Volume[],
  { cluster }: Work,
  seen: Parameters<typeof volumeViews>[2],
): ReturnType<typeof volumeViews> {
  const its = volumes.filter(({ metadata }) => metadata.name === name);
  return volumeViews(its, cluster.instance, seen);
}

function notAsked(host: string, { cluster }: Work): string | undefined {
  return cluster.leftOut.includes(host) ? 'only the provisioner can ask it' : undefined;
}

async function eventsOf(
  { volume, claim }: NamedVolume,
  { cluster, world }: Work,
): Promise<readonly EventView[] | undefined> {
  const of = [
    ...(claim === undefined ? [] : [targetOf('PersistentVolumeClaim', claim)]),
    ...(volume === undefined ? [] : [targetOf('PersistentVolume', volume)]),
  ];
  try {
    const found = await Promise.all(
      of.map(async (target) => {
        const events = await cluster.kube.listEvents(target, world.signal);
        const { kind, namespace, name } = target;
        return events.map((event) => ({ ...event, kind, namespace, name }));
      }),
    );
    return found.flat().toSorted((a, b) => b.atMs - a.atMs);
  } catch (thrown) {
    if (!(thrown instanceof KubeForbiddenError)) throw thrown;
    world.terminal.tell(`note: events are not shown: ${lineOf(thrown)}`);
    return undefined;
  }
}

function targetOf(kind: string, { metadata }: KubeObject): EventTarget {
  const { namespace = 'default', name, uid } = metadata;
  return { kind, namespace, name, uid };
}

async function describeByConsole({ name }: Asked, work: ConsoleWork): Promise<ExitCode> {
  const { world, output } = work;
  const described = await describedByConsole(name, work);
  printDescription(described, { terminal: world.terminal, output, nowMs: world.clock.nowMs() });
  return exitCodes.done;
}
