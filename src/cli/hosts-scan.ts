import type { HostUsage } from '../zfs/dataset.ts';
import type { ParentPlace, Terminal } from './cli-world.ts';
import { lineOf } from './frame.ts';
import type { Work } from './frame.ts';

/** What is on the hosts now. */
export interface Scanned {
  /** By host. */
  readonly usages: ReadonlyMap<string, HostUsage>;
  /** What is missing from it: a host that could not be asked. */
  readonly isWhole: boolean;
}

const firstNoticeMs = 3_000;
const noticeEveryMs = 10_000;

/** Asks all hosts at once, one exec each. A host that does not answer is told, and hides no other. */
export async function scanHosts(
  { world, cluster }: Work,
  more: readonly ParentPlace[] = [],
): Promise<Scanned> {
  const { terminal, signal } = world;
  const parents = placesOf(cluster.parents, more);
  for (const host of cluster.leftOut) {
    terminal.tell(
      `note: host ${host} is the machine that the provisioner runs on, and cannot be asked from here`,
    );
  }
  if (parents.size === 0) {
    terminal.tell(
      `note: no StorageClass of provisioner ${cluster.instance} and no hosts file names a host: is --instance right?`,
    );
  }
  const usages = new Map<string, HostUsage>();
  const waitingFor = new Set(parents.keys());
  const notices = noticeWhile(waitingFor, world);
  const failures: unknown[] = [];
  const ask = async (host: string, datasets: ReadonlySet<string>): Promise<void> => {
    try {
      usages.set(host, await cluster.zfs.scan(host, [...datasets], signal));
    } catch (thrown) {
      failures.push(thrown);
    }
    waitingFor.delete(host);
  };
  await Promise.all([...parents].map(([host, datasets]) => ask(host, datasets)));
  notices.cancel();
  for (const failure of failures) terminal.tell(`error: ${lineOf(failure)}`);
  tellMissing(parents, usages, terminal);
  return { usages, isWhole: failures.length === 0 };
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

/** Says on whom it waits, again and again. */
function noticeWhile(
  waitingFor: ReadonlySet<string>,
  { clock, terminal }: Work['world'],
): { cancel(): void } {
  let timer = clock.schedule(firstNoticeMs, notice);
  function notice(): void {
    if (waitingFor.size > 0) terminal.tell(`waiting for ${[...waitingFor].join(', ')} ...`);
    timer = clock.schedule(noticeEveryMs, notice);
  }
  return {
    cancel: () => {
      timer.cancel();
    },
  };
}
