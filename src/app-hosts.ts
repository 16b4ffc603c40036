// The composition root's part for storage hosts: how they are reached, and what the hosts file says of them.
import type { Clock } from './clock.ts';
import { HostFacts } from './controller/host-facts.ts';
import { ProvisionerError } from './errors.ts';
import type { ExecObserver } from './host/exec-event.ts';
import type { BreakerEvent } from './host/host-pool.ts';
import { HostPool } from './host/host-pool.ts';
import { HostRunner } from './host/host-runner.ts';
import { LocalRunner } from './host/local-runner.ts';
import { SshDialer } from './host/ssh-dialer.ts';
import { WatchedFile } from './host/watched-file.ts';
import type { Comparison } from './provisioner/comparison.ts';
import { commandsOf } from './provisioner/inventory/host-commands.ts';
import { parseHostsFile } from './provisioner/inventory/hosts-file.ts';
import { Inventory } from './provisioner/inventory/inventory.ts';
import type { Settings } from './settings/settings.ts';
import type { ProcessLogger } from './telemetry/logger.ts';
import type { Metrics } from './telemetry/metrics.ts';
import type { HostUsage } from './zfs/dataset.ts';
import { PoolGate } from './zfs/pool-gate.ts';
import { RemoteZfs } from './zfs/remote-zfs.ts';
import { UnendedVerbs } from './zfs/unended-verbs.ts';

interface Parts {
  readonly settings: Settings;
  readonly log: ProcessLogger;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Who wants to know how hosts are doing. */
export interface HostListener {
  readonly breakerChanged: (event: BreakerEvent) => void;
  /** Nothing of ours hangs on a pool of the host any longer. */
  readonly freed: (host: string) => void;
  /** What is known of the host is too old to refuse a verb by. */
  readonly look: (host: string) => void;
  readonly surveyed: (host: string, usage: HostUsage) => void;
  readonly unseen: (host: string) => void;
  readonly compared?: (host: string, comparison: Comparison) => void;
  readonly execFinished?: ExecObserver;
}

export interface Hosts {
  readonly inventory: Inventory;
  readonly facts: HostFacts;
  readonly pool: HostPool;
  readonly runner: HostRunner;
  readonly unended: UnendedVerbs;
  readonly gate: PoolGate;
  readonly listeners: HostListener[];
  /** Undefined: there is no hosts file. */
  readonly file: WatchedFile | undefined;
}

export function buildHosts(parts: Parts, metrics: Metrics): Hosts {
  const { settings, clock } = parts;
  const inventory = new Inventory();
  const listeners: HostListener[] = [];
  const onBreaker = (event: BreakerEvent): void => {
    for (const { breakerChanged } of listeners) breakerChanged(event);
  };
  const onExec: ExecObserver = (event) => {
    metrics.host.execFinished(event);
    for (const { execFinished } of listeners) execFinished?.(event);
  };
  const pool = buildPool(parts, metrics, { inventory, onBreaker, onExec });
  inventory.onChange((changed) => {
    for (const host of changed) pool.renew(host);
  });
  const local = new LocalRunner({ clock, onExec });
  const everyHostIsLocal = settings.zfs.executeLocally;
  const unended = buildUnended(parts, metrics, listeners);
  const breakerOf = (host: string): { readonly isOpen: boolean } | undefined => {
    const breaker = pool.stateOf(host)?.breaker ?? 'closed';
    return breaker === 'closed' ? undefined : { isOpen: breaker === 'open' };
  };
  const facts = new HostFacts(clock, breakerOf, unended.hangsOn);
  const look = (host: string): void => {
    for (const listener of listeners) listener.look(host);
  };
  return {
    ...{ inventory, facts, pool, unended, listeners },
    gate: new PoolGate({ sightOf: (host, dataset) => facts.poolOf(host, dataset), look }),
    runner: new HostRunner({ local, remote: pool, everyHostIsLocal }),
    file: watchedHostsFile(parts, metrics, inventory),
  };
}

function buildUnended(
  { log, clock }: Parts,
  metrics: Metrics,
  listeners: readonly HostListener[],
): UnendedVerbs {
  const unended = new UnendedVerbs({
    clock,
    onHung: (fields) => {
      log.warn({ ...fields }, 'command goes on after its deadline');
    },
    onFreed: ({ host, pool }) => {
      log.info({ host, pool }, 'no command hangs any longer');
      for (const { freed } of listeners) freed(host);
    },
  });
  metrics.pools.readHungFrom(() => unended.hungPools);
  return unended;
}

function buildPool(
  { settings, log, clock, random }: Parts,
  metrics: Metrics,
  {
    inventory,
    onBreaker,
    onExec,
  }: {
    readonly inventory: Inventory;
    readonly onBreaker: (event: BreakerEvent) => void;
    readonly onExec: ExecObserver;
  },
): HostPool {
  const pool = new HostPool({
    dialer: buildDialer(settings, inventory, clock),
    clock,
    random,
    limits: { channels: settings.ssh.channelsPerHost },
    onExec,
    onDialFailed: (host, thrown) => {
      const code = thrown instanceof ProvisionerError ? thrown.code : 'BUG';
      metrics.host.dialFailed({ host, code });
    },
    onBreaker: (event) => {
      const { host, state, reason } = event;
      if (state === 'open') log.warn({ host, reason }, 'host given up for now');
      if (state === 'closed') log.info({ host }, 'host answers again');
      onBreaker(event);
    },
  });
  metrics.host.readStateFrom(() => pool.states);
  return pool;
}

export function buildDialer({ ssh }: Settings, inventory: Inventory, clock: Clock): SshDialer {
  return new SshDialer(
    {
      mountPath: ssh.mountPath,
      user: ssh.user,
      port: ssh.port,
      keyFile: ssh.keyPath,
      keyPassphrase: ssh.keyPassphrase,
      knownHostsFile: ssh.knownHostsPath,
      trustOnFirstUse: ssh.trustOnFirstUse,
      requireTty: ssh.requireTty,
      loginOf: (host) => inventory.get(host)?.ssh,
    },
    clock,
  );
}

/** A file that is wrong changes nothing: the hosts stay as they were, and log and metric say so. */
function watchedHostsFile(
  { settings, log, clock }: Parts,
  metrics: Metrics,
  inventory: Inventory,
): WatchedFile | undefined {
  const path = settings.hostsFile;
  if (path === undefined) return undefined;
  const refuse = (error: unknown): void => {
    metrics.host.hostsFileRead(false);
    const hosts = inventory.hosts.map(({ name }) => name);
    log.error({ path, err: error, kept: hosts }, 'hosts file not taken');
  };
  return new WatchedFile({
    path,
    clock,
    onFailure: refuse,
    onText: (text) => {
      try {
        const changed = inventory.replace(parseHostsFile(text));
        metrics.host.hostsFileRead(true);
        log.info({ path, hosts: inventory.hosts.length, changed }, 'hosts file taken');
      } catch (error) {
        refuse(error);
      }
    },
  });
}

/** @param nonce a word that nobody can guess */
export function buildZfs(
  { zfs }: Settings,
  nonce: () => string,
  { runner, inventory, unended, gate }: Pick<Hosts, 'runner' | 'inventory' | 'unended' | 'gate'>,
): RemoteZfs {
  const { operationTimeoutMs, exportsFiles } = zfs;
  return new RemoteZfs({
    ...{ runner, nonce, operationTimeoutMs, exportsFiles, unended },
    admit: (location) => {
      gate.require(location);
    },
    commandsOf: (host) => commandsOf(inventory.get(host)),
    zfsCommand: zfs.zfsCommand.join(' '),
    chmodCommand: zfs.chmodCommand.join(' '),
    chownCommand: zfs.chownCommand.join(' '),
    setfaclCommand: zfs.setfaclCommand.join(' '),
  });
}
