// The composition root's part for the status page: what it knows, and the port that it is served on.
import type { Hosts } from './app-hosts.ts';
import type { Kube } from './app-kube.ts';
import type { AppParts } from './app-parts.ts';
import { aborted } from './clock.ts';
import { Changes } from './console/changes.ts';
import { ConsoleServer } from './console/console-server.ts';
import { HiddenNamespaces } from './console/hidden-namespaces.ts';
import { Knowledge } from './console/knowledge.ts';
import { KnownReads } from './console/known-reads.ts';
import type { Controller } from './controller/controller.ts';
import { hostsOf } from './controller/storage-hosts.ts';
import { isHeld } from './controller/volume-policy.ts';
import type { ConsoleSettings } from './settings/console-variables.ts';

interface Leadership {
  readonly hosts: Hosts;
  readonly controller: Controller;
  readonly clusterId: string;
}

/** The status page, served. */
export interface StatusPage {
  /** Who leads, as far as this replica knows: read whenever somebody asks. */
  readLeaderFrom(leader: () => string | undefined): void;
  /** Until the term is over this replica knows what only the one knows that leads. */
  lead(leadership: Leadership, term: AbortSignal): void;
  close(): Promise<void>;
}

/**
 * Without the setting nothing is served, and nothing is kept for it.
 * @throws ListenError
 */
export async function serveStatusPage(
  parts: AppParts,
  kube: Kube,
): Promise<StatusPage | undefined> {
  const { settings, clock } = parts;
  if (settings.console === undefined) return undefined;
  const { instance } = settings;
  const { claims, volumes, classes } = kube.watch;
  const changes = new Changes();
  const hidden = new HiddenNamespaces(settings.console.hiddenNamespaces);
  const knowledge = new Knowledge({ instance, volumes, claims, hidden, changes, clock });
  kube.eventListeners.push((event) => {
    knowledge.eventRecorded(event);
  });
  let leader = (): string | undefined => (settings.lease.enabled ? undefined : parts.identity);
  const held = (): number => [...volumes.list()].filter((each) => isHeld(each, instance)).length;
  const server = await listen(parts, settings.console, {
    ...{ knowledge, changes, held },
    leader: () => leader(),
    isReady: () => kube.watch.missing.length === 0,
  });
  return {
    readLeaderFrom: (read) => {
      leader = read;
    },
    lead: ({ hosts, controller, clusterId }, term) => {
      const { inventory, pool, unended } = hosts;
      listenTo(hosts, knowledge);
      knowledge.lead({
        owner: { instance, clusterId },
        hosts: () => hostsOf(classes, instance, inventory).keys(),
        conditions: () => pool.states,
        hung: () => unended.hungPools,
        waiting: () => controller.waiting(),
      });
      void aborted(term).then(() => {
        knowledge.rest();
      });
    },
    close: () => server.close(),
  };
}

interface Told extends Pick<
  ConstructorParameters<typeof KnownReads>[0],
  'knowledge' | 'held' | 'leader'
> {
  readonly changes: Changes;
  readonly isReady: () => boolean;
}

async function listen(
  { settings, log, clock, version, identity }: AppParts,
  { address, port, token }: ConsoleSettings,
  { changes, isReady, ...known }: Told,
): Promise<ConsoleServer> {
  const startedAtMs = clock.nowMs();
  const { instance } = settings;
  const reads = new KnownReads({
    ...{ ...known, instance, version, replica: identity, startedAtMs, clock },
  });
  const onFailure = (path: string, thrown: unknown): void => {
    log.error({ path, err: thrown, code: 'BUG' }, 'status page not answered');
  };
  const parts = { address, port, token, reads, changes, isReady, clock, onFailure };
  const server = await ConsoleServer.listen(parts);
  log.info({ port, open: token === undefined }, 'status page is served');
  return server;
}

function listenTo({ listeners }: Hosts, knowledge: Knowledge): void {
  listeners.push({
    breakerChanged: () => {
      knowledge.breakerChanged();
    },
    freed: () => {
      knowledge.breakerChanged();
    },
    look: () => undefined,
    surveyed: (host, usage) => {
      knowledge.surveyed(host, usage);
    },
    unseen: (host) => {
      knowledge.unseen(host);
    },
    compared: (host, comparison) => {
      knowledge.compared(host, comparison);
    },
    execFinished: (event) => {
      knowledge.execFinished(event);
    },
  });
}
