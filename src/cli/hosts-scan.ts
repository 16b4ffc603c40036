import { InvalidRequestError } from '../errors.ts';
import { suggestion } from '../volume/nearest.ts';
import { shown } from '../volume/shown.ts';
import type { HostUsage } from '../zfs/dataset.ts';
import type { Cluster, ParentPlace, Terminal } from './cli-world.ts';
import { lineOf } from './frame.ts';
import type { Work } from './frame.ts';
import { noticeWhile } from './waiting-notice.ts';

/** What is on the hosts now. */
export interface Scanned {
  /** By host. */
  readonly usages: ReadonlyMap<string, HostUsage>;
  /** By host: why it could not be asked. */
  readonly failures: ReadonlyMap<string, string>;
  /** By host: how long its answer took. */
  readonly tookMs: ReadonlyMap<string, number>;
  /** Nothing is missing: every host could be asked. */
  readonly isWhole: boolean;
}

export interface ScanOptions {
  /** Places that no class names. */
  readonly parents?: readonly ParentPlace[];
  /** Only this host. */
  readonly host?: string | undefined;
}

/**
 * Asks all hosts at once, one exec each. A host that does not answer is told, and hides no other.
 * @throws InvalidRequestError when the only host is none that is known
 */
export async function scanHosts(
  { world, cluster }: Work,
  { parents: more = [], host: only }: ScanOptions = {},
): Promise<Scanned> {
  const { terminal, signal, clock } = world;
  const known = placesOf(cluster.parents, more);
  if (only !== undefined) requireKnown(only, known, cluster);
  const parents = new Map([...known].filter(([host]) => only === undefined || host === only));
  tellNotAsked(known, cluster, { terminal, only });
  const usages = new Map<string, HostUsage>();
  const tookMs = new Map<string, number>();
  const waitingFor = new Set(parents.keys());
  const notices = noticeWhile(waitingFor, world);
  const failures = new Map<string, string>();
  const ask = async (host: string, datasets: ReadonlySet<string>): Promise<void> => {
    const startedMs = clock.monotonicMs();
    try {
      usages.set(host, await cluster.zfs.scan(host, [...datasets], signal));
    } catch (thrown) {
      failures.set(host, lineOf(thrown));
    }
    tookMs.set(host, clock.monotonicMs() - startedMs);
    waitingFor.delete(host);
  };
  await Promise.all([...parents].map(([host, datasets]) => ask(host, datasets)));
  notices.cancel();
  for (const failure of failures.values()) terminal.tell(`error: ${failure}`);
  tellMissing(parents, usages, terminal);
  return { usages, failures, tookMs, isWhole: failures.size === 0 };
}

function requireKnown(
  only: string,
  known: ReadonlyMap<string, unknown>,
  { leftOut, instance }: Cluster,
): void {
  if (known.has(only) || leftOut.includes(only)) return;
  const hosts = [...known.keys(), ...leftOut];
  throw new InvalidRequestError([
    `no StorageClass of ${instance} and no hosts file names host ${shown(only)}${suggestion(only, hosts)}: say --parent HOST:DATASET to look there`,
  ]);
}

function tellNotAsked(
  known: ReadonlyMap<string, unknown>,
  { leftOut, instance }: Cluster,
  { terminal, only }: { readonly terminal: Terminal; readonly only: string | undefined },
): void {
  for (const host of leftOut.filter((each) => only === undefined || each === only)) {
    terminal.tell(
      `note: host ${host} is the machine that the provisioner runs on, and cannot be asked from here`,
    );
  }
  if (known.size === 0) {
    terminal.tell(
      `note: no StorageClass of provisioner ${instance} and no hosts file names a host: is --instance right?`,
    );
  }
}

function placesOf(
  known: ReadonlyMap<string, ReadonlySet<string>>,
  more: readonly ParentPlace[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const places = new Map([...known].map(([host, datasets]) => [host, new Set(datasets)]));
  for (const { host, dataset } of more) {
    const datasets = places.get(host) ?? new Set();
    places.set(host, datasets.add(dataset));
  }
  return places;
}

function tellMissing(
  parents: ReadonlyMap<string, ReadonlySet<string>>,
  usages: ReadonlyMap<string, HostUsage>,
  terminal: Terminal,
): void {
  for (const [host, usage] of usages) {
    const found = new Set(usage.parents.map(({ dataset }) => dataset));
    for (const parent of parents.get(host) ?? []) {
      if (!found.has(parent)) terminal.tell(`note: there is no dataset ${parent} on ${host}`);
    }
  }
}
