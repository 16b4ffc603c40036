import type { Command } from 'commander';

import { hostView } from '../../overview/host-views.ts';
import { poolViews } from '../../overview/pool-views.ts';
import type { HostView, PoolView } from '../../overview/views.ts';
import { volumeAnnotations } from '../../volume/annotations.ts';
import type { Volume } from '../../volume/objects.ts';
import type { ParentPlace } from '../cli-world.ts';
import type { ExitCode } from '../exit-codes.ts';
import { exitCodes } from '../exit-codes.ts';
import { withPlaces } from '../frame.ts';
import type { Act, ConsoleWork, Work } from '../frame.ts';
import { scanHosts } from '../hosts-scan.ts';
import { isForPeople, print } from '../listing.ts';
import { hostListing } from './host-list.ts';

interface Asked {
  readonly parents: readonly ParentPlace[];
}

/** `hosts`: each host, whether it answers, and its pools. */
export function addHostsCommand(program: Command, act: Act): void {
  act(
    withPlaces(program.command('hosts')).description(
      'list storage hosts: whether they answer, their pools, how full and how well these are',
    ),
    (given) => {
      given.noWords();
      return { parents: given.parents() };
    },
    list,
    listByConsole,
  );
}

async function list({ parents }: Asked, work: Work): Promise<ExitCode> {
  const { world, cluster } = work;
  const volumes = await cluster.kube.listVolumes(world.signal);
  const { usages, failures, tookMs, isWhole } = await scanHosts(work, { parents });
  const nowMs = world.clock.nowMs();
  const hosts = [...tookMs].map(([host, latencyMs]) => {
    const hasAnswered = usages.has(host);
    return hostView(
      host,
      {
        volumes: volumes.filter((volume) => isOn(host, volume, cluster.instance)).length,
        unseen: failures.get(host),
        ...(hasAnswered && { latencyMs, lookedAtMs: nowMs }),
      },
      nowMs,
    );
  });
  show(hosts, poolViews(usages), work);
  return isWhole ? exitCodes.done : exitCodes.failed;
}

function isOn(host: string, { metadata: { annotations = {} } }: Volume, instance: string): boolean {
  const isOurs = annotations[volumeAnnotations.provisionedBy] === instance;
  return isOurs && annotations[volumeAnnotations.host] === host;
}

async function listByConsole(_asked: Asked, work: ConsoleWork): Promise<ExitCode> {
  const { console, world } = work;
  const [hosts, pools] = await Promise.all([
    console.rows('hosts', {}, world.signal),
    console.rows('pools', {}, world.signal),
  ]);
  show(hosts, pools, work);
  const isWhole = hosts.every(({ state }) => state === 'answers');
  return isWhole ? exitCodes.done : exitCodes.failed;
}

function show(
  hosts: readonly HostView[],
  pools: readonly PoolView[],
  { world, output }: Pick<Work, 'world' | 'output'>,
): void {
  const sorted = hosts.toSorted((a, b) => a.host.localeCompare(b.host));
  const listing = hostListing(sorted, pools);
  if (isForPeople(output)) print(world.terminal, output, listing.rows);
  else print(world.terminal, output, listing.hosts);
}
